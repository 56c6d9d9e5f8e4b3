"""How well a card fits a question: comparable between questions and between knowledge bases."""

from collections.abc import Iterable
from math import log

from kbcli.foundation.text.languages import is_hangul, is_unspaced
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.knowledge.index.formula import DOUBT, HEADING, K1
from kbcli.knowledge.index.port import Statistics
from kbcli.knowledge.index.schema import WORD_FIELDS

FITTING = 0.5
"""The fit below which a card hardly answers."""

_HALF = 0.214
"""What makes a fit of a half. Chosen on the even half of seven sets and the tests of the starter knowledge base, so that
2 % of the right first hits are below it; `python -m tests.bench.fit` tells what it does on the odd half."""


def measure_fit(index: Statistics, words: Iterable[QueryWord], score: float) -> float:
    """How well a card with a score by the words of a question fits it, 0 to 1.

    x / (x + _HALF), where x is the score, counted in words that one card alone holds, times the part it is of the
    score of a card that is about nothing but the question, and has each of its words in title and text. A word that
    no card holds is missed as well; but not a pair of signs that only neighbour in a script without spaces.
    """
    ideal = 0.0
    for word in {word.terms: word for word in words}.values():
        held = max(
            (index.document_frequency(field, term) for term, _ in word.terms for field in WORD_FIELDS),
            default=0,
        )
        if held or not any(is_unspaced(sign) or is_hangul(sign) for sign in word.text):
            tells = word.weight * log(1 + (max(index.doc_count - held, 0) + 0.5) / (held + 0.5))
            ideal += tells * (DOUBT if word.is_function else 1.0)
    if not ideal:
        return 0.0
    most = ideal * (K1 + 1) * (1 + HEADING)
    found = score * score / most / log(1 + index.doc_count)
    return found / (found + _HALF)
