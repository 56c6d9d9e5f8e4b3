"""The verifier's queue."""

import subprocess
from datetime import date

import pytest

from kbcli.errors import GitError
from kbcli.operations.base import Base
from kbcli.operations.review import review_cards

TODAY = date(2026, 11, 21)


@pytest.fixture
def kb(kb_root):
    """The example knowledge base, with a verifier of the group that has its API cards."""
    return Base(kb_root, today=lambda: TODAY, actor="API-lead@example.org")


def list_ids(kb, **options):
    """The IDs of the queue in order."""
    return [row.card.id for row in review_cards(kb, history=False, **options).rows]


def test_worst_first_and_only_what_needs_a_look(kb):
    """Expired before unverified; verified cards are left out, unless they fall due in the given time."""
    assert list_ids(kb) == ["api/quotas", "billing/refund"]
    assert list_ids(kb, within="90d")[-1] == "api/too-many-requests"


def test_mine_are_those_of_my_groups(kb):
    """A member of a group has the group's cards, and both filters must hold."""
    assert list_ids(kb, mine=True) == ["api/quotas"]
    assert list_ids(kb, mine=True, owner=["billing-team"]) == []


def test_a_branch_has_what_it_touched(kb, kb_root, git_commit):
    """Cards changed since the merge base are in it, not those that the other branch changed meanwhile."""
    subprocess.run(["git", "switch", "-qc", "work"], cwd=kb_root, check=True)
    (kb_root / "new.md").write_text("---\ntitle: New\n---\nText\n")
    git_commit(kb_root, "Work")
    subprocess.run(["git", "switch", "-q", "main"], cwd=kb_root, check=True)
    (kb_root / "api/quotas.md").write_text("---\ntitle: Other\n---\nText\n")
    git_commit(kb_root, "Meanwhile")
    subprocess.run(["git", "switch", "-q", "work"], cwd=kb_root, check=True)
    (kb_root / "billing/refund.md").write_text("---\ntitle: Refund\n---\nOther text\n")
    assert list_ids(kb, base="main") == ["billing/refund", "new"]


def test_without_a_repository_there_is_no_branch(tmp_path):
    """--base outside git is an error that says so."""
    (tmp_path / "kb.toml").write_text("")
    with pytest.raises(GitError, match="no git repository"):
        review_cards(Base(tmp_path), base="main")
