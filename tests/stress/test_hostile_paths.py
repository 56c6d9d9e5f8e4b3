"""Nothing that a clone says leads kb out of the repository, and nothing that it holds is run."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commandlines import list_looks

pytestmark = pytest.mark.skipif(os.name != "posix", reason="symbolic links need rights on Windows")

SECRET = "xyzzy-secret"
# Files of a base that may be links; what the secret file behind each holds, so that reading it would show.
LINKED = {
    "card.md": f"---\ntitle: {SECRET}\n---\n{SECRET}\n",
    "templates/answer.md": f"---\ntitle: x\n---\n{SECRET}\n",
    "synonyms.toml": f'"refund" = "{SECRET}"\n',
    "search-tests.toml": f'[[test]]\nquery = "{SECRET}"\nexpect = ["{SECRET}"]\n',
    "kb-baseline.json": f'{{"kb_baseline": 1, "findings": [["{SECRET}", "{SECRET}", ""]]}}',
    "CODEOWNERS": f"* @{SECRET}\n",
    ".gitattributes": f"*.json merge={SECRET}\n",
    ".mailmap": f"{SECRET} <ada@example.org>\n",
    ".github/workflows/kb.yml": f"# {SECRET}\n",
    ".pre-commit-config.yaml": f"repos:\n- repo: {SECRET}\n",
}
CHANGES = (
    ["new", "Fresh", "--no-edit"], ["check", "--update-baseline"], ["init", "--github", "--pre-commit"],
    ["verify", "card", "--yes"], ["edit", "card", "--title", "x"], ["flag", "card", "--reason", "x"], ["unflag", "card"],
    ["mv", "card", "other"], ["mv", "api/quotas", "card"], ["show", "card"], ["show", "card", "--raw"],
)  # fmt: skip


def read_all(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def look_and_change(root: Path, outside: Path, run_kb: Callable[..., Any]) -> None:
    """Run every command; nothing of the folder outside may be told, changed or added to."""
    before = read_all(outside)
    lines = [
        line
        for line in list_looks({"card": "api/quotas", "word": "refund", "base": "HEAD"})
        if line[-1] == "json"
    ]
    for line in (*lines, *CHANGES):
        done = run_kb(*line, cwd=root)
        assert done.code in (0, 1, 2, 3), (line, done.err)
        # The name of the rule of a baseline entry is quoted where the file is refused; its content never is.
        assert SECRET not in done.out + done.err, (line, done)
        assert read_all(outside) == before, line
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink() and ".git" not in path.parts:
            assert SECRET not in path.read_text(errors="replace"), path


@pytest.mark.parametrize(
    ("name", "by"),
    [
        pytest.param(
            name,
            by,
            marks=() if by == "file" and name in ("card.md", "kb-baseline.json") else pytest.mark.stress,
        )
        for name in LINKED
        for by in ("file", "folder", "hops")
    ],
)
def test_a_link_out_is_neither_read_nor_written(
    kb_root: Path, tmp_path: Path, run_kb: Callable[..., Any], name: str, by: str
) -> None:
    """A file, its folder, or a link to a link that leads outside: no command reads or writes what is there."""
    outside = tmp_path / "outside"
    (outside / name).parent.mkdir(parents=True)
    (outside / name).write_text(LINKED[name])
    place = kb_root / name
    top = name.partition("/")[0]
    if by == "folder" and top != name:
        (kb_root / top).symlink_to(outside / top)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        target = outside / name
        if by == "hops":
            (kb_root / "hop").symlink_to(outside)
            target = Path(os.path.relpath(kb_root / "hop" / name, place.parent))
        place.symlink_to(target)
    subprocess.run(["git", "add", "-A"], cwd=kb_root, check=True)
    look_and_change(kb_root, outside, run_kb)


def test_settings_that_are_a_link_out(kb_root: Path, tmp_path: Path, run_kb: Callable[..., Any]) -> None:
    """A kb.toml, or a content folder of the git root, that leads outside is refused."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/kb.toml").write_text(f'title = "{SECRET}"\n')
    (tmp_path / "outside/card.md").write_text(LINKED["card.md"])
    (kb_root / "kb.toml").unlink()
    (kb_root / "kb.toml").symlink_to(tmp_path / "outside/kb.toml")
    for line in (["search", "refund"], ["list"], ["check"], ["doctor"], ["new", "x", "--no-edit"]):
        done = run_kb(*line, cwd=kb_root)
        assert SECRET not in done.out + done.err
        assert done.code == 3 or line == ["doctor"], line
    (kb_root / "kb.toml").unlink()
    (kb_root / "content").symlink_to(tmp_path / "outside")
    for line in (["search", SECRET], ["list"], ["new", "x", "--no-edit"]):
        done = run_kb(*line, cwd=kb_root)
        assert (done.code, SECRET in done.out) == (3, False), (line, done)
    assert sorted(path.name for path in (tmp_path / "outside").iterdir()) == ["card.md", "kb.toml"]


def test_values_that_lead_out(kb_root: Path, tmp_path: Path, run_kb: Callable[..., Any]) -> None:
    """Globs, IDs, dependencies, sources and links with `..`, absolute paths and homes are findings, and not read."""
    (tmp_path / "outside.md").write_text(LINKED["card.md"])
    ways = (
        "../outside",
        "../outside.md",
        "card:../outside",
        str(tmp_path / "outside.md"),
        "~/x",
        "../*",
        "a/../../outside.md",
        "C:\\x",
        "/etc/passwd",
        "..",
        "\x00",
    )
    for number, way in enumerate(ways):
        quoted = '"' + way.replace("\\", "\\\\").replace("\x00", "\\0") + '"'
        (kb_root / f"way{number}.md").write_text(
            f"---\ntitle: Way\ntranslation_of: {quoted}\ndepends_on: [{quoted}]\ndistinct_from: [{quoted}]\nformer_ids: [{quoted}]\n---\n[x]({way.replace(chr(0), '')})\n"
        )
    (kb_root / "kb.toml").write_text('include = ["**/*.md", "../*", "/etc/*"]\n')
    look_and_change(kb_root, tmp_path / "nothing", run_kb)
    (kb_root / "kb-baseline.json").unlink()
    found = run_kb("check", "--format", "plain", cwd=kb_root).out
    for number in range(len(ways) - 1):
        assert f"way{number}.md:" in found
    assert found.count("outside-path") >= len(ways) - 2


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(
            place, marks=() if place in ("a/../../x", ".git/hooks", "link/deep") else pytest.mark.stress
        )
        for place in (
            "../x",
            "/tmp/x",
            "~/x",
            "a/../../x",
            ".git/hooks",
            ".git/x",
            "link",
            "link/deep",
            "a\\b",
            "\x00",
            "--x/../../y",
        )
    ],
)
def test_places_that_lead_out(kb_root: Path, tmp_path: Path, run_kb: Callable[..., Any], place: str) -> None:
    """`mv` and `new --folder` put nothing outside of the repository or into .git."""
    (tmp_path / "outside").mkdir()
    (kb_root / "link").symlink_to(tmp_path / "outside")
    before = read_all(tmp_path)
    for line in (
        ["mv", "--", "api/quotas", f"{place}/"],
        ["mv", "--", "api/quotas", f"{place}/new"],
        ["new", "Fresh", "--no-edit", f"--folder={place}"],
    ):
        assert run_kb(*line, cwd=kb_root).code in (2, 3), line
    after = {name: data for name, data in read_all(tmp_path).items() if not name.startswith("home/")}
    assert after == {name: data for name, data in before.items() if not name.startswith("home/")}


def test_templates_and_settings_name_no_command(kb_root: Path, run_kb: Callable[..., Any]) -> None:
    """Whatever a template, kb.toml or a card says that looks like code is text."""
    code = "$(touch pwned) `touch pwned` {__import__('os').system('touch pwned')} {{ 7*7 }} <%= `touch pwned` %> {title.__class__} !!python/object/apply:os.system ['touch pwned']"
    (kb_root / "templates").mkdir()
    (kb_root / "templates/answer.md").write_text(f"---\ntitle: {{title}}\n---\n{code}\n{{title}}\n")
    keys = (
        "editor",
        "pager",
        "command",
        "hook",
        "browser",
        "shell",
        "plugin",
        "import",
        "template_command",
        "git",
    )
    (kb_root / "kb.toml").write_text(
        "".join(f'{key} = "touch pwned"\n' for key in keys) + '[hooks]\npre = "touch pwned"\n'
    )
    (kb_root / "code.md").write_text(
        f"---\ntitle: !!python/object/apply:os.system ['touch pwned']\nowner: {code[:40]!r}\n---\n{code}\n"
    )
    done = run_kb("new", "A {date} title $(touch pwned)", "--no-edit", "--format", "plain", cwd=kb_root)
    assert done.code == 0, done
    text = Path(done.out.rstrip("\n").split("\t")[1]).read_text()
    assert "$(touch pwned) `touch pwned` {__import__('os')" in text
    assert "{title.__class__}" in text
    for line in list_looks({"card": "code", "word": "refund", "base": "HEAD"}):
        if line[-1] in ("table", "html"):
            run_kb(*line, cwd=kb_root)
    assert not list(kb_root.parent.rglob("pwned"))


def test_editor_and_pager_run_without_a_shell(kb_root: Path, tmp_path: Path) -> None:
    """EDITOR and PAGER with spaces and quotes are split into words; what they hold and a file's name reach no shell."""
    script = tmp_path / "my editor"
    script.write_text(
        f"#!{sys.executable}\nimport sys\nopen({str(tmp_path / 'said')!r}, 'w').write(repr(sys.argv[1:]))\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    card = kb_root / "a; touch pwned $(touch pwned).md"
    card.write_text("# Odd\n")
    environment = {
        **os.environ,
        "EDITOR": f"'{script}' --wait \"$(touch pwned)\" ; touch pwned",
        "PAGER": f"'{script}' `touch pwned`",
    }
    done = subprocess.run(
        [sys.executable, "-m", "kbcli", "edit", card.stem],
        cwd=kb_root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done
    assert (tmp_path / "said").read_text() == repr(
        ["--wait", "$(touch pwned)", ";", "touch", "pwned", str(card)]
    )
    assert not list(tmp_path.rglob("pwned"))


def test_completion_offers_nothing_that_a_shell_would_run(
    kb_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Tab no ID or value with a meaning to a shell is offered: bash would put it on the command line as it is."""
    import typer

    from kbcli.doors.cli.options import complete_field

    ctx = typer.Context(typer.core.TyperCommand("kb"))
    for name in (
        "a$(touch pwned)",
        "a`touch pwned`",
        "a;touch pwned",
        "a|b",
        "a&b",
        "a>b",
        "a'b",
        'a"b',
        "a b",
        "a\\b",
        "a\x1bb",
        "a*",
        "a!b",
        "a\nb",
        "~a",
        "-a",
    ):
        (kb_root / f"{name}.md").write_text(f"---\ntitle: x\ntags: ['{name.replace(chr(39), '')}']\n---\n")
    (kb_root / "aé-ok_1.2.md").write_text("---\ntags: [é-ok]\n---\n")
    monkeypatch.chdir(kb_root)
    assert set(complete_field("cards")(ctx, "")) == {
        "api/quotas",
        "api/too-many-requests",
        "billing/refund",
        "aé-ok_1.2",
    }
    assert set(complete_field("tags")(ctx, "")) == {"api", "limits", "billing", "é-ok", "ab"}


@pytest.mark.stress
def test_nothing_is_left_behind(kb_root: Path, run_kb: Callable[..., Any]) -> None:
    """Looking writes nothing into a repository."""
    before = read_all(kb_root)
    for line in list_looks({"card": "api/quotas", "word": "refund", "base": "HEAD"}):
        run_kb(*line, cwd=kb_root)
    assert read_all(kb_root) == before
    shutil.rmtree(kb_root)
