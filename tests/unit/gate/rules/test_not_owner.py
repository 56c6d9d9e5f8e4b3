"""The rule not-owner: the verifier belongs to the owner, by kb.toml or CODEOWNERS."""

import pytest

from .conftest import ADA, BOB, GITHUB, Repo


@pytest.mark.parametrize(
    ("owner", "by", "found"),
    [
        ("api-team", "ada@example.org", False),
        ("api-team", "Carl Third", False),
        ("api-team", "api-team", False),
        ("API-Team", "bob@example.org", True),
        ("api-team", "web-team", True),
        ("[api-team, web-team]", "bob@example.org", False),
        ("bob@example.org", "Bob Sample <bob@example.org>", False),
        ("bob@example.org", "ada@example.org", True),
        ("'#support'", "bob@example.org", False),  # nothing says who that is
        ("empty-team", "bob@example.org", False),
        ("everybody", "bob@example.org", False),  # a group of groups
        ("everybody", "eve@example.org", True),
        ("api-team", "ada@example.org, bob@example.org", True),
    ],
)
def test_the_verifier_is_one_of_the_owner(repo: Repo, owner: str, by: str, found: bool) -> None:
    """Groups, groups of groups and persons are known; where nothing names the members, nothing is said."""
    more = 'empty-team = []\neverybody = ["api-team", "web-team", "everybody"]\n'
    repo.write("kb.toml", (repo.root / "kb.toml").read_text() + more)
    repo.card(owner=owner, verified_by=by)
    repo.commit("Add", author=BOB)
    assert bool(repo.find("not-owner")) is found


def test_without_a_verifier_the_commit_tells(repo: Repo) -> None:
    """In a schema without verified_by, those whom the commit that set the date names are the verifiers."""
    repo.card(verified_by=None)
    repo.commit("Review", author=BOB, committer=GITHUB)
    (found,) = repo.find("not-owner")
    assert "“Bob Sample”" in found.message
    repo.card(verified_by=None, verified="2026-11-02")
    repo.commit("Review", f"Co-authored-by: {ADA}", author=BOB, committer=GITHUB)
    assert repo.find("not-owner") == []


@pytest.mark.parametrize("place", [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"])
def test_codeowners_speak_for_a_card_without_owner(repo: Repo, place: str) -> None:
    """The last matching pattern counts, for teams and addresses; a card's own owner comes first."""
    repo.write(place, "* @org/web-team\n/api/ @org/api-team # ours\napi/free/\n*.txt eve@example.org\n")
    for path in ("x.md", "api/y.md", "api/free/z.md"):
        repo.card(path, owner=None)
    repo.card("own.md", owner="ada@example.org")
    repo.commit("Add")
    (found,) = repo.find("not-owner")
    assert found.path == "x.md"
    assert f"@org/web-team (by {place})" in found.message


def test_a_stamp_already_there_is_not_the_change_s(repo: Repo) -> None:
    """A branch is blamed for outsiders who verified on it, not for earlier ones."""
    repo.card(verified_by="bob@example.org")
    repo.commit("Add", author=BOB)
    repo.git("switch", "-qc", "work")
    repo.card("b.md", verified_by="bob@example.org")
    repo.card("a.md", body="Edited.\n", verified_by="bob@example.org")
    repo.commit("Add b", author=BOB)
    assert repo.find_caused("main", "not-owner") == {("not-owner", "b")}
