"""kb flag."""

from collections.abc import Callable
from pathlib import Path

import pexpect
from kbprocess import open_terminal

from tests.conftest import Outcome

RunKb = Callable[..., Outcome]


def test_a_flag_names_who_when_and_why(kb_root: Path, run_kb: RunKb) -> None:
    """The report stands in the card, and its state is flagged."""
    done = run_kb("flag", "refund", "--reason", "it takes ten days", cwd=kb_root)
    assert (done.code, done.out) == (0, "billing/refund\tflagged\n")
    text = (kb_root / "billing" / "refund.md").read_text()
    assert "ada@example.org" in text
    assert "2026-11-21" in text
    assert "it takes ten days" in text


def test_a_flag_without_a_reason_is_refused(kb_root: Path, run_kb: RunKb) -> None:
    """In a pipe nobody can be asked for the reason."""
    for arguments in ((), ("--reason", "  ")):
        assert run_kb("flag", "refund", *arguments, cwd=kb_root).code == 2


def test_the_reason_is_asked_for_on_a_terminal(kb_root: Path) -> None:
    """A person is asked what is wrong."""
    child = open_terminal("flag", "refund", cwd=kb_root)
    child.expect("What is wrong: ")
    child.sendline("it takes ten days")
    child.expect("flagged: it takes ten days")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_a_reason_cannot_move_the_cursor(kb_root: Path, run_kb: RunKb) -> None:
    """Control characters of a reason are shown, not sent to the terminal."""
    done = run_kb("flag", "refund", "--reason", "a\x1b[2Jb", "--format", "table", cwd=kb_root)
    assert "\x1b" not in done.out
