"""Where a date came from: undoing, redoing and merging verify nothing."""

import pytest
from datedgit import make_repository

from kbcli.config import load_config
from kbcli.foundation.git.log import load_history
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.gate.differential import compare_with_base
from kbcli.knowledge.past.provenance import find_changed, judge_change
from kbcli.operations.rules import RULES
from tests.unit.gate.rules.conftest import BOB, TODAY, Repo

OLD, NEW = "Wait a minute.\n", "Wait two minutes.\n"


@pytest.fixture
def dated(tmp_path) -> Repo:
    """A repository with a card that was verified by date on 1 October, when it said OLD."""
    root = tmp_path / "repository"
    make_repository(root)
    repo = Repo(root)
    repo.write("kb.toml", "")
    repo.card(body=OLD, verified="2026-10-01")
    repo.commit("Begin")
    return repo


def judge(repo: Repo) -> bool | None:
    """What history says of the card; both ways of asking must agree."""
    library = load_library(load_config(repo.root, repo.root, environment={}))
    found = find_changed(library, load_history(repo.root)).get("a.md")
    assert judge_change(library.config, library.cards[0]) is found
    return found


def test_reverting_a_verification_does_not_verify_what_stands_there(dated: Repo) -> None:
    """The date goes back to that of the old text, and the text is the new one: changed."""
    dated.card(body=NEW, verified="2026-10-01")
    dated.commit("Edit")
    dated.card(body=NEW, verified="2026-11-01")
    dated.commit("Verify")
    assert judge(dated) is False
    dated.git("revert", "--no-edit", "HEAD")
    assert judge(dated) is True


def test_reverting_a_revert_does_not_verify_either(dated: Repo) -> None:
    """A verification that is put back is still one of the text it was given to."""
    dated.card(body=OLD, verified="2026-11-01")
    dated.commit("Verify")
    dated.git("revert", "--no-edit", "HEAD")
    dated.card(body=NEW, verified="2026-10-01")
    dated.commit("Edit")
    dated.card(body=NEW, verified="2026-11-01")
    dated.commit("Verify again, as of then")
    assert judge(dated) is True
    dated.card(body=OLD, verified="2026-11-01")
    assert judge(dated) is False


def test_a_wrong_date_put_right_is_the_date_of_its_text(dated: Repo) -> None:
    """2062 corrected to 2026 is a date that was set once, when it was corrected."""
    dated.card(body=NEW, verified="2062-11-01")
    dated.commit("Verify with a typo")
    dated.card(body=NEW, verified="2026-11-01")
    dated.commit("Correct the year")
    assert judge(dated) is False
    dated.card(body=OLD, verified="2026-11-01")
    assert judge(dated) is True


@pytest.mark.parametrize("conflict", [False, True])
def test_a_merge_verifies_nothing(dated: Repo, conflict: bool) -> None:
    """A text edited on a branch, merged beside a date set on the other, was never verified as a whole."""
    long = "\n\n".join(f"Paragraph {number} of the answer." for number in range(9))
    dated.card(body=f"{long}\n", verified="2026-10-01")
    dated.commit("Lengthen")
    dated.git("switch", "-qc", "side")
    dated.card(body=f"{long}\n\nEdited on the branch.\n", verified="2026-10-02" if conflict else "2026-10-01")
    dated.commit("Edit", author=BOB)
    dated.git("switch", "-q", "main")
    dated.card(body=f"{long}\n", verified="2026-11-01")
    dated.commit("Verify")
    dated.clock += 48
    dated.git("merge", "-q", "--no-ff", "-m", "Merge", "side", check=conflict is False)
    if conflict:
        dated.card(body=f"{long}\n\nEdited on the branch.\n", verified="2026-11-01")
        dated.commit("Merge")
    assert judge(dated) is True


def test_a_change_is_compared_by_history_on_both_sides(dated: Repo) -> None:
    """With history, an edit of long ago was already there, and one on the branch is caused by it."""
    dated.card("b.md", verified="2026-10-01")
    dated.commit("Add b")
    dated.card(body=NEW, verified="2026-10-01")
    dated.commit("Edit a")
    dated.git("switch", "-qc", "work")
    dated.card(body="Wait an hour.\n", verified="2026-10-01")
    dated.card("b.md", "Edited.\n", verified="2026-10-01")
    dated.commit("Edit both")
    library = load_library(load_config(dated.root, dated.root, environment={}))
    done = compare_with_base(library, TODAY, "main", RULES, history=load_history(dated.root))
    assert [found.card for found in done.caused.findings if found.rule == "changed"] == ["b"]
    assert [found.card for found in done.existing if found.rule == "changed"] == ["a"]


def branch_off(repo: Repo, *steps: tuple[str, str], name: str = "side") -> None:
    """A branch with a commit for each text and date, and back to the main line."""
    repo.git("switch", "-qc", name)
    for body, day in steps:
        repo.card(body=body, verified=day)
        repo.commit("Step", author=BOB)
    repo.git("switch", "-q", "main")


def merge(repo: Repo, *names: str, check: bool = True) -> None:
    """Merge branches at a time of the repository's own."""
    repo.clock += 1
    repo.git("merge", "-q", "--no-ff", "-m", "Merge", *names, check=check)


def test_a_merged_branch_is_one_change(dated: Repo) -> None:
    """A date set before the text in the same pull request is the date of the text that was merged, and of no other."""
    branch_off(dated, (OLD, "2026-11-01"), (NEW, "2026-11-01"))
    merge(dated, "side")
    assert judge(dated) is False
    dated.card(body=OLD, verified="2026-11-01")
    dated.commit("Edit")
    assert judge(dated) is True
    dated.card(body=NEW, verified="2026-11-01")
    assert judge(dated) is False


def test_a_branch_that_is_not_merged_is_judged_commit_by_commit(dated: Repo) -> None:
    """Nor is one that the main line was moved forward to: nothing says where a change began."""
    branch_off(dated, (OLD, "2026-11-01"), (NEW, "2026-11-01"))
    dated.git("merge", "-q", "--ff-only", "side")
    assert judge(dated) is True


def test_a_squashed_branch_is_one_change_too(dated: Repo) -> None:
    """Its one commit says the same as its merge would."""
    branch_off(dated, (OLD, "2026-11-01"), (NEW, "2026-11-01"))
    dated.git("merge", "-q", "--squash", "side")
    dated.commit("Squash")
    assert judge(dated) is False


def test_a_branch_that_took_in_the_main_line_is_one_change(dated: Repo) -> None:
    """What was merged into the branch while it was open was there when it was merged."""
    dated.card("b.md", verified="2026-10-01")
    dated.commit("Add another")
    branch_off(dated, (OLD, "2026-11-01"))
    dated.card("b.md", "Edited.\n", verified="2026-10-01")
    dated.commit("Edit another")
    dated.git("switch", "-q", "side")
    merge(dated, "main")
    dated.card(body=NEW, verified="2026-11-01")
    dated.commit("Edit")
    dated.git("switch", "-q", "main")
    merge(dated, "side")
    assert judge(dated) is False


@pytest.mark.parametrize("way", ["beside the main line", "in one merge", "in the merge itself"])
def test_a_text_that_no_branch_had_was_not_verified(dated: Repo, way: str) -> None:
    """A date of a branch is not that of what another one, the main line or the merge itself wrote."""
    long = "\n\n".join(f"Paragraph {number} of the answer." for number in range(9))
    edited = f"{long}\n\nEdited elsewhere.\n"
    dated.card(body=f"{long}\n", verified="2026-10-01")
    dated.commit("Lengthen")
    branch_off(dated, (f"{long}\n", "2026-11-01"))
    if way == "beside the main line":
        dated.card(body=edited, verified="2026-10-01")
        dated.commit("Edit")
        merge(dated, "side")
    elif way == "in one merge":
        branch_off(dated, (edited, "2026-10-01"), name="other")
        merge(dated, "side", "other", check=False)
        dated.card(body=edited, verified="2026-11-01")
        dated.commit("Merge")
    else:
        dated.git("merge", "-q", "--no-ff", "--no-commit", "side")
        dated.card(body=edited, verified="2026-11-01")
        dated.commit("Merge")
    assert judge(dated) is True


def test_a_change_compared_with_its_base_is_one_change(dated: Repo) -> None:
    """Date, then text on a branch: with --base it caused nothing; an edit beside an old date it did."""
    dated.card("b.md", verified="2026-10-01")
    dated.commit("Add b")
    dated.git("switch", "-qc", "work")
    dated.card(verified="2026-11-01")
    dated.commit("Date")
    dated.card(body=NEW, verified="2026-11-01")
    dated.commit("Text")
    dated.card("b.md", NEW, verified="2026-10-01")
    dated.commit("Edit")
    assert judge(dated) is True
    assert dated.find_caused("main", "changed") == {("changed", "b")}


def test_a_cut_off_main_line_is_not_taken_for_a_branch(dated: Repo, tmp_path) -> None:
    """Where a shallow clone begins between a branch and its fork, what was one change is not known."""
    dated.card(body=OLD, verified="2026-11-01")
    dated.commit("Verify")
    dated.card(body=NEW, verified="2026-11-01")
    dated.commit("Edit")
    dated.git("branch", "side")
    for number in range(4):
        dated.write("notes.txt", str(number))
        dated.commit("Work")
    dated.git("switch", "-q", "side")
    dated.write("other.txt", "")
    dated.commit("Branch")
    dated.git("switch", "-q", "main")
    merge(dated, "side")
    assert judge(dated) is True
    clone = Repo(dated.clone(tmp_path / "clone", 5))
    assert judge(clone) is None
