"""kb verify."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from kbprocess import open_terminal

from tests.conftest import TODAY, Outcome

RunKb = Callable[..., Outcome]
Commit = Callable[..., str]
CARD = "api/too-many-requests.md"


def test_a_card_is_stamped(kb_root: Path, run_kb: RunKb) -> None:
    """--yes writes day, verifier and digest; ID, result and due date are the answer."""
    done = run_kb(
        "verify", "refund", "--yes", "--every", "30d", "--evidence", "https://example.org/a", cwd=kb_root
    )
    assert (done.code, done.out) == (0, "billing/refund\tverified\t2026-12-21\n")
    text = (kb_root / "billing" / "refund.md").read_text()
    for line in (
        "verified: 2026-11-21",
        "verified_by: ada@example.org",
        "verified_digest: v2:",
        "https://example.org/a",
    ):
        assert line in text


def test_without_anybody_to_ask_nothing_is_stamped(kb_root: Path, run_kb: RunKb) -> None:
    """In a script --yes is needed: otherwise the card is refused and stays as it is."""
    before = (kb_root / CARD).read_bytes()
    done = run_kb("verify", "too-many-requests", cwd=kb_root)
    assert done.code == 3
    assert "--yes" in done.err
    assert (kb_root / CARD).read_bytes() == before


def test_good_cards_are_stamped_beside_refused_ones(kb_root: Path, run_kb: RunKb) -> None:
    """A draft, an unknown and an ambiguous reference are refused; the other card is verified all the same."""
    run_kb("edit", "refund", "--status", "draft", cwd=kb_root)
    done = run_kb("verify", "refund", "no-such-card", "quotas", "--yes", "--format", "json", cwd=kb_root)
    assert done.code == 3
    envelope = json.loads(done.out)
    results = {entry["reference"]: entry["result"] for entry in envelope["data"]["cards"]}
    assert results == {"refund": "refused", "no-such-card": "refused", "quotas": "verified"}
    assert len(envelope["problems"]) == 2
    assert f"verified: {TODAY}" in (kb_root / "api" / "quotas.md").read_text()


def test_ids_come_from_standard_input(kb_root: Path, run_kb: RunKb) -> None:
    """`kb list … | kb verify - --yes` takes the first column, each card once."""
    listed = run_kb("list", "--tag", "api", cwd=kb_root).out
    done = run_kb("verify", "-", "--yes", cwd=kb_root, stdin=listed + listed)
    assert [line.split("\t")[0] for line in done.out.splitlines()] == ["api/quotas", "api/too-many-requests"]


def test_the_difference_since_the_verification_is_shown(
    kb_root: Path, run_kb: RunKb, git_commit: Commit
) -> None:
    """What changed since the verified version is shown by words before anything is stamped."""
    path = kb_root / CARD
    path.write_text(path.read_text().replace("than the plan allows", "than its quota allows"))
    git_commit(kb_root, day="2026-11-05")
    done = run_kb("verify", "too-many-requests", "--yes", "--format", "table", cwd=kb_root)
    assert "- The customer sent more requests than [-the plan-] allows." in done.out
    assert "+ The customer sent more requests than {+its quota+} allows." in done.out


def test_a_second_verification_of_a_day_commits_nothing_and_is_no_failure(
    kb_root: Path, run_kb: RunKb
) -> None:
    """Who verifies again what is stamped and committed reads that git has it already."""
    assert run_kb("verify", "quotas", "--yes", "--commit", cwd=kb_root).code == 0
    again = run_kb("verify", "quotas", "--yes", "--commit", cwd=kb_root)
    assert (again.code, "git has all of it already" in again.err) == (0, True)


def test_the_commit_holds_exactly_the_stamped_cards(kb_root: Path, run_kb: RunKb) -> None:
    """--commit commits the card with a Verified-by trailer and leaves other changes alone."""
    (kb_root / "billing" / "refund.md").write_text("changed meanwhile")
    assert run_kb("verify", "quotas", "--yes", "--commit", cwd=kb_root).code == 0
    shown = subprocess.run(
        ["git", "show", "--stat=200", "HEAD"], cwd=kb_root, capture_output=True, text=True, check=True
    ).stdout
    assert "Verified-by: Ada Example <ada@example.org>" in shown
    assert "api/quotas.md" in shown
    assert "refund" not in shown


def test_a_flagged_card_is_not_stamped_unasked(kb_root: Path, run_kb: RunKb) -> None:
    """--yes alone refuses a card that was reported as wrong, and says what was; --unflag settles it."""
    path = kb_root / "api" / "quotas.md"
    run_kb("flag", "quotas", "--reason", "old numbers", cwd=kb_root)
    before = path.read_bytes()
    first = run_kb("verify", "quotas", "refund", "--yes", cwd=kb_root)
    assert first.code == 3
    assert "old numbers" in first.err
    assert "--unflag" in first.err
    assert path.read_bytes() == before
    assert first.out.splitlines()[1].startswith("billing/refund\tverified")
    assert run_kb("verify", "quotas", "--yes", "--unflag", cwd=kb_root).code == 0
    assert "flagged:" not in path.read_text()


@pytest.mark.parametrize("text", ["notaurl", "https://", "file:///etc/passwd", "https://a b/"])
def test_evidence_is_something_to_look_at(kb_root: Path, run_kb: RunKb, text: str) -> None:
    """What is no web address is wrong usage, and nothing is stamped."""
    done = run_kb("verify", "quotas", "--yes", "--evidence", text, cwd=kb_root)
    assert done.code == 2
    assert text in done.err
    assert "verified: 2026-09-01" in (kb_root / "api" / "quotas.md").read_text()


def test_nobody_in_particular_cannot_verify(kb_root: Path, run_kb: RunKb, isolated_environment: Path) -> None:
    """Without an identity in git --by is needed, and is what is written."""
    (isolated_environment / ".gitconfig").write_text("")
    assert run_kb("verify", "quotas", "--yes", cwd=kb_root).code == 3
    assert run_kb("verify", "quotas", "--yes", "--by", "bo@example.org", cwd=kb_root).code == 0
    assert "verified_by: bo@example.org" in (kb_root / "api" / "quotas.md").read_text()


def test_never_needs_a_reason(kb_root: Path, run_kb: RunKb) -> None:
    """A card that never falls due again says why."""
    assert run_kb("verify", "quotas", "--yes", "--every", "never", cwd=kb_root).code == 2
    assert (
        run_kb("verify", "quotas", "--yes", "--every", "never", "--reason", "history", cwd=kb_root).code == 0
    )


@pytest.mark.parametrize(("answer", "result"), [("y", "verified today by ada"), ("n", "")])
def test_a_person_is_asked_on_a_terminal(kb_root: Path, answer: str, result: str) -> None:
    """State and text are shown, then the question; no is no error and writes nothing."""
    before = (kb_root / CARD).read_bytes()
    arguments = ("--today", str(TODAY), "verify", "too-many-requests")
    child = open_terminal(*arguments, cwd=kb_root, size=(30, 100))
    child.expect("verified 20 days ago")
    child.expect("as it was verified")
    child.expect("more requests than the plan allows")
    child.expect(r"Is all of it right today \[y/N\]")
    child.sendline(answer)
    if result:
        child.expect(result)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert ((kb_root / CARD).read_bytes() == before) == (answer == "n")


def test_a_list_from_a_pipe_can_still_be_answered(kb_root: Path) -> None:
    """`kb list | kb verify -` asks on the terminal, as standard input holds the list."""
    kb = f"{sys.executable} -m kbcli --today {TODAY}"
    child = pexpect.spawn(
        "sh", ["-c", f"{kb} list --tag limits | {kb} verify -"], cwd=str(kb_root), encoding="utf-8"
    )
    child.expect("Is all of it right today")
    child.sendline("y")
    child.expect("verified today by ada")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_pinning_adds_digests_to_what_is_trusted(kb_root: Path, run_kb: RunKb) -> None:
    """--pin says by what each card was judged, writes only digests, and --commit commits only those cards."""
    before = (kb_root / CARD).read_text()
    dry = run_kb("verify", "--pin", "--dry-run", cwd=kb_root)
    rows = [line.split("\t")[:3] for line in dry.out.splitlines()]
    assert rows == [
        ["api/quotas", "untrusted", "history"], ["api/too-many-requests", "pinned", "history"],
        ["billing/refund", "untrusted", ""],
    ]  # fmt: skip
    assert (kb_root / CARD).read_text() == before
    done = run_kb("verify", "--pin", "--commit", "--format", "json", cwd=kb_root)
    assert done.code == 0
    data = json.loads(done.out)["data"]
    assert data["summary"] == {"pinned": 1, "kept": 0, "untrusted": 2, "refused": 0}
    added = set((kb_root / CARD).read_text().splitlines()) - set(before.splitlines())
    assert added == {f"verified_digest: {data['pins'][1]['digest']}"}
    shown = subprocess.run(
        ["git", "show", "--name-only", "--format=", data["commit"]],
        cwd=kb_root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert shown == f"{CARD}\n"
    again = run_kb("verify", "--pin", "too-many-requests", cwd=kb_root)
    assert again.out.split("\t")[:3] == ["api/too-many-requests", "kept", "digest"]


def test_pinning_verifies_nothing(kb_root: Path, run_kb: RunKb) -> None:
    """Options that stamp do not go with --pin, nor --dry-run without it."""
    assert run_kb("verify", "--pin", "--by", "bo", cwd=kb_root).code == 2
    assert run_kb("verify", "quotas", "--dry-run", cwd=kb_root).code == 2
    assert run_kb("verify", cwd=kb_root).code == 2
