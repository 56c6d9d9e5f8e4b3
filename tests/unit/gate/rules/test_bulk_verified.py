"""The rule bulk-verified: many stamps in one commit, with nothing to show for them."""

import pytest

from .conftest import BOB, Repo


def add_cards(repo: Repo, count: int) -> None:
    """Cards that were verified long ago."""
    for number in range(count):
        repo.card(f"c{number:02}.md", f"Text {number}.\n", verified="2026-01-01")
    repo.commit("Add")


def stamp(repo: Repo, count: int, *trailers: str, day: str = "2026-11-01", **fields: str) -> str:
    """Give cards a new date in one commit."""
    for number in range(count):
        repo.card(f"c{number:02}.md", f"Text {number}.\n", verified=day, **fields)
    return repo.commit("Bump", *trailers, author=BOB)


def test_more_than_the_limit_at_once_is_found_in_each_card(repo: Repo) -> None:
    """Eleven stamps in one commit are eleven findings that name it; new cards that come with a date are none."""
    add_cards(repo, 11)
    assert repo.find("bulk-verified") == []
    sha = stamp(repo, 11)
    found = repo.find("bulk-verified")
    assert len(found) == 11
    assert sha[:10] in found[0].message
    assert "11 cards at once" in found[0].message


def test_ten_are_a_day_s_work_unless_kb_toml_says_otherwise(repo: Repo) -> None:
    """Ten are allowed by default; `limit` sets another number."""
    add_cards(repo, 10)
    stamp(repo, 10)
    assert repo.find("bulk-verified") == []
    repo.write("kb.toml", "[rules.bulk-verified]\nlimit = 9\n")
    assert len(repo.find("bulk-verified")) == 10


@pytest.mark.parametrize(
    ("trailers", "fields"),
    [(("Evidence: ticket 12, read with the team",), {}), ((), {"evidence": "[https://example.org]"})],
)
def test_evidence_and_edits_make_it_work(
    repo: Repo, trailers: tuple[str, ...], fields: dict[str, str]
) -> None:
    """An Evidence trailer, or evidence added to the cards, says what was looked at."""
    add_cards(repo, 12)
    stamp(repo, 12, *trailers, **fields)
    assert repo.find("bulk-verified") == []


def test_edited_cards_do_not_count(repo: Repo) -> None:
    """Of twelve stamps, those whose text changed were read by somebody."""
    add_cards(repo, 12)
    for number in range(12):
        repo.card(f"c{number:02}.md", "Rewritten.\n" if number < 2 else f"Text {number}.\n")
    repo.commit("Review")
    assert repo.find("bulk-verified") == []


def test_verifying_again_mends_it_for_that_card(repo: Repo) -> None:
    """A card that was verified since stands on its own; the others keep the number of then."""
    add_cards(repo, 11)
    stamp(repo, 11)
    repo.card("c00.md", "Text 0.\n", verified="2026-11-02")
    repo.commit("Verify c00")
    found = repo.find("bulk-verified")
    assert [item.card for item in found] == [f"c{number:02}" for number in range(1, 11)]
    assert "11 cards at once" in found[0].message


def test_a_bulk_of_long_ago_was_already_there(repo: Repo) -> None:
    """A branch is blamed for its own bulk, by the cards in it, and not for an older one; a merge adds none."""
    add_cards(repo, 24)
    stamp(repo, 12)
    repo.git("switch", "-qc", "work")
    repo.card("c00.md", "Edited.\n", verified="2026-11-01")
    repo.commit("Edit")
    assert repo.find_caused("main", "bulk-verified") == set()
    for number in range(12, 24):
        repo.card(f"c{number:02}.md", f"Text {number}.\n", verified="2026-11-03")
    repo.commit("Bump the others")
    caused = {("bulk-verified", f"c{number:02}") for number in range(12, 24)}
    assert repo.find_caused("main", "bulk-verified") == caused
    repo.git("switch", "-q", "main")
    repo.write("notes.txt", "x")
    repo.commit("Meanwhile")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge", "work")
    assert repo.find_caused("HEAD^1", "bulk-verified") == caused
