"""The rule interval-extended: no more time for an old verification."""

import pytest

from .conftest import BOB, Repo


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("30d", "90d", True),
        ("90d", "30d", False),
        ("3m", "90d", False),
        ("90d", "never", True),
        ("90d", None, True),
        (None, "1y", False),
        ("4w", "28d", False),
    ],
)
def test_a_later_end_without_a_verification_is_found(
    repo: Repo, before: str | None, after: str | None, found: bool
) -> None:
    """Longer, never and no interval at all are found; shorter, the same in other words, and a first one are not."""
    repo.card(verify_every=before, verified="2026-08-01")
    repo.commit("Add")
    repo.card(verify_every=after, verified="2026-08-01")
    sha = repo.commit("Give it time", author=BOB)
    findings = repo.find("interval-extended")
    assert bool(findings) is found
    if findings:
        assert sha[:10] in findings[0].message
        assert "Bob Sample" in findings[0].message


def test_with_a_verification_it_is_what_the_verifier_chose(repo: Repo) -> None:
    """`kb verify --every 1y` is no trick, and neither is putting the interval back."""
    repo.card(verify_every="30d")
    repo.commit("Add")
    repo.card(verify_every="1y", verified="2026-11-02")
    repo.commit("Verify for longer")
    assert repo.find("interval-extended") == []
    repo.card(verify_every="30d", verified="2026-11-02")
    repo.commit("Shorter")
    repo.card(verify_every="1y", verified="2026-11-02")
    repo.commit("As it was verified")
    assert repo.find("interval-extended") == []


def test_an_edit_that_is_not_committed_counts(repo: Repo) -> None:
    """The working tree is judged as it stands."""
    repo.card(verify_every="30d")
    repo.commit("Add")
    repo.card(verify_every="1y")
    (found,) = repo.find("interval-extended")
    assert "not committed" in found.message


def test_a_mapped_due_date_counts_as_an_interval(repo: Repo) -> None:
    """Where the schema names the due date itself, moving it is the same trick."""
    repo.write("kb.toml", '[fields]\ndue = "review_by"\n')
    repo.card(verify_every=None, review_by="2026-12-01")
    repo.commit("Add")
    repo.card(verify_every=None, review_by="2027-12-01")
    repo.commit("Later", author=BOB)
    assert len(repo.find("interval-extended")) == 1


def test_the_branch_that_did_it_is_blamed(repo: Repo) -> None:
    """One lengthened before was already there; one on the branch is caused by it."""
    for name in ("a.md", "b.md"):
        repo.card(name, verify_every="30d")
    repo.commit("Add")
    repo.card("a.md", verify_every="60d")
    repo.commit("Lengthen a")
    repo.git("switch", "-qc", "work")
    repo.card("b.md", verify_every="60d")
    repo.commit("Lengthen b")
    assert repo.find_caused("main", "interval-extended") == {("interval-extended", "b")}
