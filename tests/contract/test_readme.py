"""Promises of the README: what it counts, shows and tells to install is so."""

import html
import os
import re
import subprocess
from pathlib import Path

import yaml

TOP = Path(__file__).parents[2]
README = (TOP / "README.md").read_text(encoding="utf-8")
CONTENT = TOP / "content"
LANGUAGES = ("de", "hi", "it", "ko", "zh")


def test_number_of_starter_cards_is_what_the_folder_holds() -> None:
    """The README counts the starter cards, without the manual and translations, and each language has eight."""
    translated = {lang: len(list((CONTENT / lang).rglob("*.md"))) for lang in LANGUAGES}
    cards = len(list(CONTENT.rglob("*.md"))) - len(list((CONTENT / "manual").rglob("*.md")))
    assert set(translated.values()) == {8}
    assert (
        f"{cards - sum(translated.values())} cards on what any software company is asked, eight of them"
        in README
    )


def test_alternative_text_names_the_commands_that_the_picture_shows() -> None:
    """Whoever cannot see the picture is told the same commands in the same order."""
    picture = html.unescape((TOP / ".github" / "session.svg").read_text(encoding="utf-8"))
    shown = dict.fromkeys(re.findall(r">kb[\s ]+(\w+)", picture))
    assert shown
    assert (
        f"![A terminal session: {', '.join(f'kb {word}' for word in shown)}](.github/session.svg)" in README
    )


def test_nothing_tells_to_install_a_name_that_nobody_has_published() -> None:
    """Only pyproject.toml gives kb its name, and one module asks pip by it; anybody could take that name."""
    told = [TOP / "README.md", TOP / "CHANGELOG.md", *CONTENT.rglob("*.*"), *(TOP / ".github").rglob("*.*")]
    code = [*(TOP / "kbcli").rglob("*.py"), *(TOP / "kbcli").rglob("*.md")]
    holders = [path.name for path in (*told, *code) if b"kb-support" in path.read_bytes()]
    assert holders == ["installation.py"]


def test_the_action_installs_the_kb_that_it_is_part_of(tmp_path: Path) -> None:
    """Without an input pip gets the top of the action's own checkout; with one that; with `none` nothing."""
    action = TOP / ".github" / "actions" / "check"
    step = yaml.safe_load((action / "action.yml").read_text())["runs"]["steps"][0]["run"]
    program = tmp_path / "python3"
    program.write_text('#!/bin/sh\nfor last; do :; done\necho "$last"\n')
    program.chmod(0o755)

    def install(value: str) -> str:
        environment = {
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "KB_INSTALL": value,
            "GITHUB_ACTION_PATH": str(action),
        }
        done = subprocess.run(
            ["bash", "-c", step], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert Path(install("")).resolve() == TOP
    assert (TOP / "pyproject.toml").is_file()
    assert install("./kb") == "./kb"
    assert install("none") == ""
