"""What a command may load: start-up is what people feel all day."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "typer", "rich", "whoosh", "git", "frontmatter", "yaml", "tomlkit", "markdown_it", "babel",
    "jinja2", "asyncio", "urllib.request", "xml", "hypothesis", "pydantic", "click", "gitdb",
}  # fmt: skip


def list_modules(arguments: list[str], folder: Path) -> set[str]:
    """The modules that a run of kb has loaded when it ends."""
    code = (
        "import sys\nfrom kbcli.__main__ import main\n"
        f"sys.argv = ['kb', *{arguments!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return set(process.stderr.split())


@pytest.fixture
def warm_base(tmp_path: Path) -> Path:
    """A small knowledge base whose index is built."""
    (tmp_path / "kb.toml").write_text('lang = "en"\n')
    (tmp_path / "limits.md").write_text("---\ntitle: Rate limits\n---\n\nWait a minute, then try again.\n")
    list_modules(["search", "limits"], tmp_path)
    return tmp_path


def test_version_loads_nothing(tmp_path: Path) -> None:
    """`kb --version` loads none of the heavy libraries and only a handful of kb's own modules."""
    loaded = list_modules(["--version"], tmp_path)
    assert not loaded & HEAVY
    assert {name for name in loaded if name.startswith("kbcli")} <= {"kbcli", "kbcli.__main__"}


def test_help_loads_no_library_but_typer(tmp_path: Path) -> None:
    """`kb --help` needs Typer, and nothing of what the commands need."""
    loaded = list_modules(["--help"], tmp_path)
    assert not loaded & (HEAVY - {"typer"})


def test_warm_search_loads_no_library(warm_base: Path) -> None:
    """A search with a warm index loads neither Typer nor Whoosh, YAML or rich."""
    loaded = list_modules(["search", "limits"], warm_base)
    assert "kbcli.search.engine" in loaded
    assert not loaded & HEAVY


def test_search_with_unusual_flags_answers_the_same(warm_base: Path) -> None:
    """The light parser and Typer read one definition: both ways give the same answer."""
    command = [sys.executable, "-m", "kbcli", "--kb", str(warm_base)]
    light = subprocess.run([*command, "search", "limits", "--format", "json"], capture_output=True, check=True)
    # A short option glued to its value is Typer's business.
    full = subprocess.run([*command, "search", "limits", "-n10", "--format", "json"], capture_output=True, check=True)
    assert light.stdout == full.stdout
    assert b"limits" in light.stdout
