"""What becomes of a change: committed, or said to be only here; who a new card belongs to; words that no card has."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Outcome

RunKb = Callable[..., Outcome]


@pytest.mark.parametrize(
    ("line", "path", "subject"),
    [
        (["flag", "quotas", "--reason", "old numbers"], "api/quotas.md", "Flag api/quotas"),
        (["edit", "quotas", "--owner", "bo@example.org"], "api/quotas.md", "Edit api/quotas"),
        (["new", "Why", "--folder", "api", "--no-edit"], "api/why.md", "Add api/why"),
    ],
)
def test_a_change_is_committed_or_said_to_be_only_here(
    line: list[str], path: str, subject: str, kb_root: Path, run_kb: RunKb
) -> None:
    """With --commit exactly that file is committed; without, nobody believes that others see it."""
    card = kb_root / path
    before = card.read_bytes() if card.exists() else None
    assert "only here" in run_kb(*line, cwd=kb_root).err
    card.unlink() if before is None else card.write_bytes(before)
    (kb_root / "billing/refund.md").write_text("changed meanwhile")
    done = run_kb(*line, "--commit", cwd=kb_root)
    assert done.code == 0
    assert "committed" in done.err
    assert "only here" not in done.err
    shown = subprocess.run(
        ["git", "show", "--format=%s", "--name-only"], cwd=kb_root, check=True, capture_output=True, text=True
    ).stdout
    assert shown.split("\n\n") == [subject, f"{path}\n"]


def test_a_new_card_belongs_to_somebody(kb_root: Path, run_kb: RunKb) -> None:
    """To who the cards of its folder belong to, else to the group of who writes; else that nobody does is said."""
    run_kb("new", "One", "--folder", "billing", "--no-edit", cwd=kb_root)
    assert "owner: billing-team" in (kb_root / "billing/one.md").read_text()
    assert "nobody answers for it" in run_kb("new", "Two", "--no-edit", cwd=kb_root).err
    (kb_root / "kb.toml").write_text('[groups]\nmine = ["ada@example.org"]\n')
    run_kb("new", "Three", "--folder", "fresh", "--no-edit", cwd=kb_root)
    assert "owner: mine" in (kb_root / "fresh/three.md").read_text()
    run_kb("new", "Four", "--folder", "fresh", "--owner", "other", "--no-edit", cwd=kb_root)
    assert "owner: other" in (kb_root / "fresh/four.md").read_text()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["list", "--tag", "apii"], "no card has the tag “apii”; did you mean “api”?"),
        (["list", "--owner", "api-taem"], "did you mean “api-team”?"),
        (["stale", "--owner", "zzz"], "no card has the owner “zzz”"),
        (["review", "--list", "--type", "how-tos"], "did you mean “how-to”?"),
    ],
)
def test_a_word_that_no_card_has_is_said(line: list[str], said: str, kb_root: Path, run_kb: RunKb) -> None:
    """An empty list is fine, and a misspelt owner or tag is not taken for one."""
    done = run_kb(*line, cwd=kb_root)
    assert (done.code, done.out) == (0, "")
    assert said in done.err
    assert "no card has" not in run_kb("list", "--tag", "api", "--owner", "-", cwd=kb_root).err


def test_ids_that_hold_the_word_come_first(kb_root: Path, run_kb: RunKb) -> None:
    """Of what was meant, those with the word in them come before those that are spelt alike."""
    (kb_root / "rest.md").write_text("---\ntitle: Rest\n---\n\nText.\n")
    (kb_root / "reset-password.md").write_text("---\ntitle: Password\n---\n\nText.\n")
    assert "Nearest: reset-password, rest" in run_kb("show", "reset", cwd=kb_root).err
