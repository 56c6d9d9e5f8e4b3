"""The user's editor and pager."""

import os
import stat
import sys
from pathlib import Path

import pexpect
import pytest
from kbprocess import open_terminal

from kbcli.doors.cli.programs import open_pager, run_editor
from kbcli.errors import KbError
from kbcli.operations.programs import find_editor, find_pager


def write_script(path: Path, text: str) -> Path:
    """An executable Python script."""
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_visual_comes_before_editor_and_both_are_split_into_words() -> None:
    """The command may have options and quoted words."""
    assert find_editor({"VISUAL": "code --wait 'a b'", "EDITOR": "vi"}) == (
        ["code", "--wait", "a b"],
        "VISUAL",
    )
    assert find_editor({"VISUAL": " ", "EDITOR": "vi"}) == (["vi"], "EDITOR")
    assert find_pager({"PAGER": "less -S"}) == (["less", "-S"], "PAGER")


def test_an_unclosed_quote_is_said() -> None:
    """A command that cannot be split is an error with a remedy, not a traceback."""
    with pytest.raises(KbError, match="EDITOR is"):
        find_editor({"EDITOR": "vi 'x"})


def test_nothing_at_all_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a variable and without any usual editor kb says what to set."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(KbError, match="no editor was found") as caught:
        find_editor({})
    assert "EDITOR" in caught.value.hint


def test_the_editor_gets_the_file_as_one_word_and_no_shell(tmp_path: Path) -> None:
    """Spaces, semicolons and dollars in a path reach the editor as they are."""
    target = tmp_path / "a b; $(touch hacked).md"
    target.write_text("old")
    editor = write_script(
        tmp_path / "my editor", "import sys\nopen(sys.argv[-1], 'w').write(' '.join(sys.argv[1:-1]))\n"
    )
    run_editor(target, {"EDITOR": f"'{editor}' --wait '$(id)'"})
    assert target.read_text() == "--wait $(id)"
    assert sorted(path.name for path in tmp_path.glob("*")) == [
        "a b; $(touch hacked).md",
        "home",
        "my editor",
    ]


def test_an_editor_that_fails_or_is_missing_is_an_error(tmp_path: Path) -> None:
    """Nothing goes on as if the text had been saved."""
    failing = write_script(tmp_path / "failing", "raise SystemExit(3)")
    with pytest.raises(KbError, match="exit status 3"):
        run_editor(tmp_path / "x", {"EDITOR": str(failing)})
    with pytest.raises(KbError, match="cannot be started") as caught:
        run_editor(tmp_path / "x", {"EDITOR": "no-such-editor-here"})
    assert "EDITOR" in caught.value.hint


def test_a_pager_that_leaves_early_is_fine_and_a_missing_one_is_told(tmp_path: Path) -> None:
    """Closing the pager before the end is no error; without one the caller prints by itself."""
    quick = write_script(tmp_path / "quick", "")
    assert open_pager("line\n" * 100_000, {"PAGER": str(quick)})
    assert not open_pager("text", {"PAGER": "no-such-pager-here"})


def test_the_pager_reads_utf8_whatever_the_locale_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Less shows signs, not <E2><80><A6>, also where the locale is C; what people set themselves stays."""
    monkeypatch.delenv("LESSCHARSET", raising=False)
    seen = tmp_path / "seen"
    script = f"import os, sys\nopen({str(seen)!r}, 'wb').write(os.environb[b'LESSCHARSET'] + sys.stdin.buffer.read())\n"
    pager = write_script(tmp_path / "pager", script)
    assert open_pager("…", {"PAGER": str(pager)})
    assert seen.read_bytes() == b"utf-8" + "…".encode()
    monkeypatch.setenv("LESSCHARSET", "latin1")
    assert open_pager("x", {"PAGER": str(pager)})
    assert seen.read_bytes() == b"latin1x"


@pytest.mark.parametrize(("term", "paged"), [("dumb", False), ("xterm", True)])
def test_a_terminal_that_cannot_move_its_cursor_is_not_paged(
    kb_root: Path, tmp_path: Path, term: str, paged: bool
) -> None:
    """In an editor's shell window (TERM=dumb) a card longer than the screen is printed, without colours."""
    pager = write_script(tmp_path / "pager", "print('PAGED')")
    environment = {**os.environ, "TERM": term, "PAGER": str(pager)}
    child = open_terminal("show", "api/quotas", cwd=kb_root, size=(4, 80), env=environment)
    child.expect(pexpect.EOF)
    assert ("PAGED" in child.before) is paged
    assert paged or ("Request quotas" in child.before and "\x1b" not in child.before)
