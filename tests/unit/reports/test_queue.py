"""The verifier's queue."""

import subprocess
from datetime import date

import pytest

from kbcli.config import load_config
from kbcli.errors import GitError
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.reports.queue import find_touched_paths, list_queue
from kbcli.knowledge.trust.filters import make_filter

TODAY = date(2026, 11, 21)


@pytest.fixture
def library(kb_root):
    """The cards of the example knowledge base."""
    return load_library(load_config(kb_root, kb_root, {}))


def ids(report):
    """The IDs of the queue in order."""
    return [row.card.id for row in report.rows]


def test_worst_first_and_only_what_needs_a_look(library):
    """Expired before unverified; verified cards are left out, unless they fall due in the given time."""
    assert ids(list_queue(library, TODAY)) == ["api/quotas", "billing/refund"]
    assert ids(list_queue(library, TODAY, within=90))[-1] == "api/too-many-requests"


def test_mine_are_those_of_my_groups(library):
    """A member of a group has the group's cards, and both filters must hold."""
    mine = make_filter(library.config, owner=["API-lead@example.org"])
    assert ids(list_queue(library, TODAY, mine=mine)) == ["api/quotas"]
    other = make_filter(library.config, owner=["billing-team"])
    assert ids(list_queue(library, TODAY, mine=mine, filters=other)) == []


def test_a_branch_has_what_it_touched(library, kb_root, git_commit):
    """Cards changed since the merge base are in it, not those that the other branch changed meanwhile."""
    subprocess.run(["git", "switch", "-qc", "work"], cwd=kb_root, check=True)
    (kb_root / "new.md").write_text("---\ntitle: New\n---\nText\n")
    git_commit(kb_root, "Work")
    subprocess.run(["git", "switch", "-q", "main"], cwd=kb_root, check=True)
    (kb_root / "api/quotas.md").write_text("---\ntitle: Other\n---\nText\n")
    git_commit(kb_root, "Meanwhile")
    subprocess.run(["git", "switch", "-q", "work"], cwd=kb_root, check=True)
    (kb_root / "billing/refund.md").write_text("---\ntitle: Refund\n---\nOther text\n")
    library = load_library(library.config)
    paths = find_touched_paths(library, "main")
    assert paths == {"new.md", "billing/refund.md"}
    assert ids(list_queue(library, TODAY, paths=paths)) == ["billing/refund", "new"]


def test_without_a_repository_there_is_no_branch(tmp_path):
    """--base outside git is an error that says so."""
    library = load_library(load_config(tmp_path, None, {}))
    with pytest.raises(GitError, match="no git repository"):
        find_touched_paths(library, "main")
