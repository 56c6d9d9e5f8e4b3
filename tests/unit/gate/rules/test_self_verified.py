"""The rule self-verified: off unless asked for, then whoever wrote the text may not vouch for it."""

from kbcli.foundation.git.log import load_history
from kbcli.knowledge.gate.run import run_check
from kbcli.operations.rules import RULES

from .conftest import ADA, BOB, TODAY, Repo


def test_it_is_off_by_default(repo: Repo) -> None:
    """History alone does not switch it on."""
    repo.card()
    repo.commit("Add")
    assert (
        "self-verified" not in run_check(repo.load(), TODAY, RULES, history=load_history(repo.root)).by_rule
    )


def test_the_last_editor_of_the_text_is_found(repo: Repo) -> None:
    """Ada edits and verifies: found. Bob changes tags in between: still her text. Bob edits: another pair of eyes."""
    repo.card(verified=None, verified_by=None)
    repo.commit("Add", author=BOB)
    repo.card(verified=None, verified_by=None, body="Wait two minutes.\n")
    repo.commit("Edit", author=ADA)
    repo.card(verified=None, verified_by=None, body="Wait two minutes.\n", tags="[x]")
    repo.commit("Tag", author=BOB)
    repo.card(body="Wait two minutes.\n", tags="[x]")
    repo.commit("Verify", author=ADA)
    (found,) = repo.find("self-verified")
    assert repo.git("rev-parse", "HEAD~2")[:10] in found.message
    repo.card(body="Wait three minutes.\n", verified="2026-11-02")
    repo.commit("Edit", author=BOB)
    repo.card(body="Wait three minutes.\n", verified="2026-11-03")
    repo.commit("Verify", author=ADA)
    assert repo.find("self-verified") == []


def test_co_authors_wrote_it_too(repo: Repo) -> None:
    """Whoever is named as co-author of the text wrote it."""
    repo.card(verified=None, verified_by=None)
    repo.commit("Add", f"Co-authored-by: {ADA}", author=BOB)
    repo.card()
    repo.commit("Verify", author=ADA)
    assert len(repo.find("self-verified")) == 1


def test_the_text_of_a_merged_branch_is_the_one_it_ended_with(repo: Repo) -> None:
    """Without a digest the date of a branch stands for its last text, whoever wrote that after the date."""
    for text, found in (("Wait two minutes.\n", 0), ("Wait three minutes.\n", 1)):
        repo.card(body=text)
        repo.commit("Edit", author=BOB)
        repo.git("switch", "-qc", f"side{found}")
        repo.card(body=text, verified=f"2026-11-1{found}")
        repo.commit("Verify", author=ADA)
        if found:
            repo.card(body=f"{text}More.\n", verified=f"2026-11-1{found}")
            repo.commit("Edit", author=ADA)
        repo.git("switch", "-q", "main")
        repo.git("merge", "-q", "--no-ff", "-m", "Merge", f"side{found}")
        assert len(repo.find("self-verified")) == found
