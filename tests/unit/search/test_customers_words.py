"""What customers type in haste, and what cards call it."""

from collections.abc import Callable

import pytest

from kbcli.knowledge.search.customers_words import LANGUAGES, read_list

CARDS = {
    "cancel.md": "---\ntitle: Cancel a subscription\n---\nOpen the plan.\n",
    "seats.md": "---\ntitle: How seats are counted\n---\nAll people who may sign in.\n",
    "plan.md": "---\ntitle: Plans\n---\nWho wants to quit may stay.\n",
    "de.md": "---\ntitle: Neues Gerät anmelden\nlang: de\n---\nMit dem alten.\n",
}


@pytest.mark.parametrize(
    ("query", "first"), [("ppl", "seats"), ("quit plan", "plan"), ("wie das Handy", "de")]
)
def test_a_customers_word_finds_what_cards_call_it(make_base: Callable, query: str, first: str) -> None:
    """Cards with what is meant are found, in the query's language, and the typed word still counts most."""
    assert make_base(CARDS).find(query, exact=True)[0] == first
    off = {**CARDS, "kb.toml": "[search]\ncustomers_words = false\n"}
    assert "cancel" in make_base(CARDS).find("quit", exact=True)
    assert "cancel" not in make_base(off).find("quit", exact=True)


def test_it_goes_one_way(make_base: Callable) -> None:
    """Who types what cards say does not find what customers say."""
    assert make_base(CARDS).find("cancel", exact=True) == ["cancel"]


def test_a_word_of_a_heading_keeps_its_meaning(make_base: Callable) -> None:
    """Where a title holds the word it means what it says, and nothing is put beside it."""
    base = make_base({**CARDS, "quit.md": "# Quit smoking\n"})
    assert set(base.find("quit", exact=True)) == {"quit", "plan"}


def test_what_was_used_is_told(make_base: Callable) -> None:
    """The explanation names the typed word and what it was taken for."""
    hit = make_base(CARDS).search("ppl", explain=True).hits[0]
    assert ("ppl", "people") in [tuple(use) for use in hit.explanation.synonyms]


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_the_lists_are_well_formed(lang: str) -> None:
    """Every typed word is one word in lower case that means something else."""
    found = read_list(lang)
    assert len(found) > 80
    for word, meant in found.items():
        assert word.isalnum(), word
        assert word == word.casefold(), word
        others = meant.split(", ")
        assert all(other.strip() for other in others), word
        assert word not in others, word
