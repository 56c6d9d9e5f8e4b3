"""How well the first hit fits."""

from collections.abc import Callable

import pytest

from kbcli.foundation.text.pipeline import analyse_query
from kbcli.knowledge.search.fitting import FITTING, measure_fit
from kbcli.knowledge.search.ticket_text import read_ticket

NAMES = ["refund", "invoice", "seat", "plan", "discount", "receipt", "voucher", "tax"]


class Counts:
    """Statistics of a base in which some words stand in so many cards each, and all others in none."""

    def __init__(self, **held: int) -> None:
        self.doc_count = 100
        self._held = held

    def document_frequency(self, field: str, term: str) -> int:
        """How many cards hold a term."""
        return self._held.get(term, 0) if field == "body" else 0

    def average_length(self, field: str) -> float:
        """Not asked for."""
        raise AssertionError(field)


def make_files() -> dict[str, str]:
    """Cards on things that customers pay for."""
    return {
        f"{name}.md": f"---\ntitle: Explain the {name}\nlang: en\n---\nAn answer about the {name} for customers.\n"
        for name in NAMES
    }


def test_a_higher_score_fits_better_and_a_missing_word_worse() -> None:
    """The fit grows with the score, from 0 towards 1, and shrinks with a word that no card holds."""
    index, words = Counts(refund=2), analyse_query("refund", ("en",))
    fits = [measure_fit(index, words, score) for score in (0, 2, 5, 12)]
    assert fits == sorted(fits)
    assert fits[0] == 0
    assert fits[-1] < 1
    assert measure_fit(index, analyse_query("refund submarine", ("en",)), 5) < fits[2]
    assert measure_fit(index, words * 2, 5) == fits[2]
    assert measure_fit(index, [], 5) == 0


def test_pairs_that_only_neighbour_are_not_missed() -> None:
    """Of Chinese words written without spaces, pairs across two of them stand in no card and tell nothing."""
    index = Counts(退款=2, 政策=2)
    joined = measure_fit(index, analyse_query("退款政策", ("zh",)), 10)
    assert joined == measure_fit(index, analyse_query("退款 政策", ("zh",)), 10) > FITTING


@pytest.mark.parametrize(
    "query", ["refund", "explain the invoice", "What is the discount for?", "voucher tax"]
)
def test_what_a_card_is_about_fits(make_base: Callable, query: str) -> None:
    """Neither a bare word nor a sentence about a card's topic is doubted."""
    found = make_base(make_files()).search(query)
    assert found.fit is not None
    assert found.fit >= FITTING
    assert not found.is_weak


@pytest.mark.parametrize(
    "query", ["How do I bake sourdough bread for customers?", "submarine engine answer noise"]
)
def test_a_question_of_another_domain_does_not_fit(make_base: Callable, query: str) -> None:
    """Cards that share a word with a question and not its topic are listed, and called weak."""
    found = make_base(make_files()).search(query)
    assert found.hits
    assert found.is_weak


@pytest.mark.parametrize("query", ['"the refund"', "ref*", "submarine", read_ticket("Hello,\nrefund please")])
def test_what_was_not_calibrated_has_no_fit(make_base: Callable, query: object) -> None:
    """A phrase, a prefix, a ticket and no hit at all have none, and are not called weak."""
    found = make_base(make_files()).search(query)
    assert found.fit is None
    assert not found.is_weak


def test_a_filter_leaves_the_fit(make_base: Callable) -> None:
    """How well a card fits the words does not depend on what else it must be."""
    base = make_base(make_files())
    assert base.search("refund lang:en").fit == base.search("refund").fit
