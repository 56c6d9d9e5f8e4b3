"""kb review."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest
from kbprocess import open_terminal

from kbcli.doors.cli.reviewing import hold_interrupt
from tests.conftest import TODAY, Outcome

RunKb = Callable[..., Outcome]
Commit = Callable[..., str]
Start = Callable[..., pexpect.spawn]
KEYS = r"\[q\] quit"


@pytest.fixture
def start(kb_root: Path) -> Iterator[Start]:
    """Start `kb review …` on a terminal of its own."""
    children: list[pexpect.spawn] = []

    def begin(*arguments: str, env: dict[str, str] | None = None) -> pexpect.spawn:
        command = ("--no-color", "--today", str(TODAY), "review", *arguments)
        child = open_terminal(
            *command, cwd=kb_root, size=(40, 100), env={**os.environ, "TERM": "xterm", **(env or {})}
        )
        children.append(child)
        return child

    yield begin
    for child in children:
        child.close(force=True)


def end(child: pexpect.spawn) -> int:
    """The exit status, once it has ended."""
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus is not None
    return child.exitstatus


def git(folder: Path, *arguments: str) -> str:
    """What git answers."""
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_a_pipe_gets_the_queue(kb_root: Path, run_kb: RunKb) -> None:
    """Without a terminal the queue is printed, worst first, in each format, and the exit is 0."""
    plain = run_kb("review", cwd=kb_root)
    assert plain.code == 0
    rows = [line.split("\t") for line in plain.out.splitlines()]
    assert [(row[0], row[1], row[2]) for row in rows] == [
        ("api/quotas", "expired", "-51"),
        ("billing/refund", "unverified", ""),
    ]
    data = json.loads(run_kb("review", "--format", "json", cwd=kb_root).out)["data"]
    assert [card["id"] for card in data["cards"]] == ["api/quotas", "billing/refund"]
    assert data["cards"][0]["basis"] == "history"
    assert "judged by git history" in run_kb("review", "--format", "table", cwd=kb_root).out


def test_filters_narrow_the_queue(kb_root: Path, run_kb: RunKb) -> None:
    """Owner, state, span, number and --mine (by the address in git) choose cards."""

    def ids(*arguments: str) -> list[str]:
        return [line.split("\t")[0] for line in run_kb("review", *arguments, cwd=kb_root).out.splitlines()]

    assert ids("--owner", "billing-team") == ["billing/refund"]
    assert ids("--state", "expired") == ["api/quotas"]
    assert ids("--within", "90d", "-n", "3")[-1] == "api/too-many-requests"
    assert ids("--limit", "1") == ["api/quotas"]
    assert ids("--mine") == []
    git(kb_root, "config", "user.email", "API-Lead@example.org")
    assert ids("--mine") == ["api/quotas"]


def test_a_branch_s_cards(kb_root: Path, run_kb: RunKb, git_commit: Commit) -> None:
    """--base shows what this branch touched, by history where there is no digest; an unknown name is exit 3."""
    git(kb_root, "switch", "-qc", "work")
    card = kb_root / "api/too-many-requests.md"
    card.write_text(card.read_text().replace("than the plan allows", "than its quota allows"))
    done = run_kb("review", "--base", "main", cwd=kb_root)
    assert [line.split("\t")[:2] for line in done.out.splitlines()] == [["api/too-many-requests", "changed"]]
    assert run_kb("review", "--base", "no-such-branch", cwd=kb_root).code == 3


def test_keys_decide(kb_root: Path, start: Start, git_commit: Commit) -> None:
    """The difference is shown by words; v verifies, f flags with a reason, s skips, and the sum says so."""
    card = kb_root / "api/quotas.md"
    card.write_text(card.read_text().replace("a quota a minute", "a quota a second"))
    git_commit(kb_root, "Change", "2026-11-05")
    child = start("--within", "90d")
    child.expect("1 of 3")
    child.expect("expired 7 weeks ago")
    child.expect(r"\[-minute-\].*\{\+second\+\}")
    child.expect(KEYS)
    child.send("v")
    child.expect("verified today by ada")
    child.expect("2 of 3")
    child.expect("never verified; so read all of it")
    child.expect("five days")
    child.expect(KEYS)
    child.send("f")
    child.expect("What is wrong")
    child.sendline("it takes ten days")
    child.expect("3 of 3")
    child.expect("as it was verified")
    child.expect(KEYS)
    child.send("s")
    child.expect("Review: 1 verified, 1 flagged, 1 skipped")
    assert end(child) == 0
    assert f"verified: {TODAY}" in card.read_text()
    assert "reason: it takes ten days" in (kb_root / "billing/refund.md").read_text()
    assert "verified_digest" not in (kb_root / "api/too-many-requests.md").read_text()


def test_ctrl_c_loses_nothing(kb_root: Path, start: Start) -> None:
    """What was verified before Ctrl-C stays so, the sum is printed, nothing is committed, and the exit is 130."""
    head = git(kb_root, "rev-parse", "HEAD")
    child = start("--commit")
    child.expect(KEYS)
    child.send("v")
    child.expect("2 of 2")
    child.expect(KEYS)
    child.sendcontrol("c")
    child.expect("Review: 1 verified, 1 left")
    child.expect("not committed")
    assert end(child) == 130
    assert f"verified: {TODAY}" in (kb_root / "api/quotas.md").read_text()
    assert git(kb_root, "rev-parse", "HEAD") == head


def test_ctrl_c_in_a_question_is_the_same(kb_root: Path, start: Start) -> None:
    """Interrupted while it asks for a reason, nothing is flagged and the exit is 130."""
    child = start()
    child.expect(KEYS)
    child.send("f")
    child.expect("What is wrong")
    child.sendcontrol("c")
    # One that comes between the question and readline's first wait is noticed with the next sign.
    if child.expect(["2 left", pexpect.TIMEOUT], timeout=3):
        child.sendcontrol("c")
        child.expect("2 left")
    assert end(child) == 130
    assert "flagged" not in (kb_root / "api/quotas.md").read_text()


def test_the_commit_holds_exactly_the_verified_cards(kb_root: Path, start: Start) -> None:
    """--commit at the end is one commit with a Verified-by trailer; a flagged card is not in it."""
    child = start("--commit")
    child.expect(KEYS)
    child.send("v")
    child.expect("2 of 2")
    child.expect(KEYS)
    child.send("f")
    child.expect("What is wrong")
    child.sendline("no")
    child.expect("committed")
    assert end(child) == 0
    shown = git(kb_root, "show", "--name-only", "--format=%(trailers:key=Verified-by,valueonly)", "HEAD")
    assert shown.split() == ["Ada", "Example", "<ada@example.org>", "api/quotas.md"]
    assert git(kb_root, "status", "--short") == " M billing/refund.md\n"


def test_the_editor_then_the_card_again(kb_root: Path, start: Start, tmp_path: Path) -> None:
    """The key e opens $EDITOR and shows the card with the new difference; only v then stamps it."""
    script = tmp_path / "edit.py"
    script.write_text("import sys\nopen(sys.argv[1], 'a').write('Ask for more.\\n')\n")
    child = start(env={"EDITOR": f"{sys.executable} {script}"})
    child.expect(KEYS)
    child.send("e")
    child.expect(r"\+ Ask for more")
    child.expect(KEYS)
    child.send("q")
    child.expect("Review: 1 edited, 2 left")
    assert end(child) == 0
    assert "verified: 2026-09-01" in (kb_root / "api/quotas.md").read_text()


def test_interval_log_and_text(kb_root: Path, start: Start) -> None:
    """The key i sets the interval at once, l shows the life and t the text, and an unknown key does nothing."""
    child = start()
    child.expect(KEYS)
    child.send("x")
    child.expect(KEYS)
    child.send("l")
    child.expect("for the first time")
    child.expect(KEYS)
    child.send("t")
    child.expect("Each plan has a quota")
    child.expect(KEYS)
    child.send("i")
    child.expect("now 30d")
    child.sendline("soon")
    child.expect(KEYS)
    child.send("i")
    child.expect("now 30d")
    child.sendline("6m")
    child.expect("due 2027-03-01")
    child.expect(KEYS)
    child.send("q")
    child.expect("1 rescheduled, 2 left")
    assert end(child) == 0
    assert "verify_every: 6m" in (kb_root / "api/quotas.md").read_text()


def test_a_flag_is_settled_or_stays(kb_root: Path, start: Start, run_kb: RunKb) -> None:
    """Verifying a flagged card asks whether the report is settled; where it is not, nothing is stamped."""
    run_kb("flag", "quotas", "--reason", "old numbers", cwd=kb_root)
    child = start()
    child.expect(KEYS)
    child.send("v")
    child.expect(r"old numbers\. Is that settled\? \[y/N\]")
    child.send("n")
    child.expect("Nothing was stamped")
    child.expect(KEYS)
    assert f"verified: {TODAY}" not in (kb_root / "api/quotas.md").read_text()
    child.send("v")
    child.expect(r"Is that settled\? \[y/N\]")
    child.send("y")
    child.expect("verified today")
    child.expect(KEYS)
    child.send("q")
    assert end(child) == 0
    assert "flagged" not in (kb_root / "api/quotas.md").read_text()


def test_a_text_that_cannot_be_known_is_not_made_up(kb_root: Path, start: Start) -> None:
    """Where history lacks the verified text, that is said and the whole text shown, with no difference."""
    card = kb_root / "api/quotas.md"
    card.write_text(
        card.read_text().replace("verified_by", "verified_digest: v1:0000000000000000\nverified_by")
    )
    child = start("--state", "changed", "--state", "expired")
    child.expect("verified text is not known: no version of this file in git has its digest")
    child.expect("Each plan has a quota")
    child.expect(KEYS)
    assert "@@" not in child.before
    child.send("q")
    assert end(child) == 0


def test_keys_pressed_too_early_verify_nothing(kb_root: Path, start: Start, tmp_path: Path) -> None:
    """A key pressed before the card was shown is forgotten: nobody has seen what it would vouch for."""
    script = tmp_path / "edit.py"
    script.write_text(
        "import sys, time\nprint('editing', flush=True)\ntime.sleep(0.6)\nopen(sys.argv[1], 'a').write('More.\\n')\n"
    )
    child = start("-n", "1", env={"EDITOR": f"{sys.executable} {script}"})
    child.expect(KEYS)
    child.send("e")
    child.expect("editing")
    child.send("v")
    child.expect(r"\+ More")
    child.expect(KEYS)
    child.send("q")
    child.expect("Review: 1 edited, 1 left")
    assert end(child) == 0


def test_an_interrupt_waits_for_the_stamp() -> None:
    """Ctrl-C during a write counts after it, so that what was written is in the sum."""
    done = []
    before = signal.getsignal(signal.SIGINT)

    def stamp() -> None:
        with hold_interrupt():
            signal.raise_signal(signal.SIGINT)
            done.append("written")

    with pytest.raises(KeyboardInterrupt):
        stamp()
    assert done == ["written"]
    assert signal.getsignal(signal.SIGINT) is before


def test_an_empty_queue_is_good_news(kb_root: Path, start: Start, run_kb: RunKb) -> None:
    """Nothing to review is said, with exit 0, on a terminal and in a pipe."""
    child = start("--owner", "nobody")
    child.expect("Nothing waits for a review")
    assert end(child) == 0
    child = start("--list")
    child.expect("trust score")
    assert end(child) == 0
    done = run_kb("review", "--owner", "nobody", cwd=kb_root)
    assert (done.code, done.out) == (0, "")
