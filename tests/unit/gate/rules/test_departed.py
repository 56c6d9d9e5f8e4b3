"""The rule departed: whoever an earlier kb.toml named and today's does not has left."""

from .conftest import BOB, KB_TOML, Repo

WITHOUT_BOB = '[groups]\napi-team = ["ada@example.org"]\nweb-team = []\n'


def test_a_verifier_who_left_the_roster_is_found(repo: Repo) -> None:
    """Bob was in web-team until a day; what he verified is found, what Ada did is not."""
    repo.card("a.md", verified_by="Bob Sample <bob@example.org>")
    repo.card("b.md")
    repo.commit("Add", author=BOB)
    assert repo.find("departed") == []
    repo.write("kb.toml", WITHOUT_BOB)
    repo.commit("Bob leaves")
    (found,) = repo.find("departed")
    assert found.card == "a"
    assert "of web-team until 2026-11-01" in found.message


def test_a_group_that_lost_everybody_and_a_person_who_left_own_nothing(repo: Repo) -> None:
    """An owner group without members that once had some, and an owner who left, are found; one that never had any is not."""
    repo.card("a.md", owner="web-team", verified=None, verified_by=None)
    repo.card("b.md", owner="bob@example.org", verified=None, verified_by=None)
    repo.card("c.md", owner="new-team", verified=None, verified_by=None)
    repo.commit("Add")
    repo.write("kb.toml", WITHOUT_BOB + "new-team = []\n")
    repo.commit("Bob leaves")
    assert [found.path for found in repo.find("departed")] == ["a.md", "b.md"]


def test_strangers_and_new_names_have_not_left(repo: Repo) -> None:
    """Somebody no kb.toml ever named, and Ada under a new address that people joins, are not said to have left."""
    repo.card("a.md", verified_by="eve@example.org")
    repo.card("b.md", verified_by="ada@example.org")
    repo.commit("Add")
    repo.write(
        "kb.toml", '[groups]\napi-team = ["Ada Example"]\n[people]\n"Ada Example" = ["ada@new.example"]\n'
    )
    repo.write(".mailmap", "Ada Example <ada@new.example> <ada@example.org>\n")
    repo.commit("Ada marries")
    assert repo.find("departed") == []


def test_without_a_roster_nothing_is_said(repo: Repo) -> None:
    """A kb.toml that names nobody any more judges nobody; one that cannot be read in the past is passed over."""
    repo.card(verified_by="bob@example.org")
    repo.commit("Add")
    repo.write("kb.toml", "[groups\n")
    repo.commit("Break it")
    repo.write("kb.toml", "[groups]\napi-team = []\n")
    repo.commit("Empty")
    assert repo.find("departed") == []
    repo.write("kb.toml", KB_TOML.replace('"bob@example.org"', '"carl@example.org"'))
    assert [found.card for found in repo.find("departed")] == ["a"]
