"""Customers' words: what people type in haste, and what cards call it. A list for each language, carried as data.

A line of `en.txt` is `typed, typed: meant, meant`. Unlike synonyms it goes one way: who types “quit” may mean
“cancel”, and who types “cancel” never means “quit”.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from kbcli.foundation.text.languages import language_code, normalise_word
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.index.formula import HEADING_FIELDS
from kbcli.knowledge.index.port import Statistics

if TYPE_CHECKING:
    from kbcli.knowledge.search.explanation import SynonymUse

LANGUAGES = frozenset(("de", "en"))


@cache
def read_list(code: str) -> Mapping[str, str]:
    """Typed word → what is meant, comma-separated, in a language (ISO 639-1); empty for one without a list."""
    if code not in LANGUAGES:
        return {}
    with open(os.path.join(os.path.dirname(__file__), f"{code}.txt"), encoding="utf-8") as stream:
        lines = [line.partition(": ") for line in stream if not line.startswith("#")]
    return {word: meant.strip() for typed, _, meant in lines for word in typed.split(", ")}


def widen_by_list(
    index: Statistics, words: Sequence[QueryWord], lang: str, analyse: Callable[[str], list[QueryWord]]
) -> tuple[list[QueryWord], tuple["SynonymUse", ...]]:
    """The words of a query with what customers mean by them among their alternatives, and which those were.

    A word that the heading of a card holds means in this base what it says, and is left as it is.
    """
    known = read_list(language_code(lang))
    found = [(place, known.get(normalise_word(word.text), "")) for place, word in enumerate(words)]
    places = [(place, meant) for place, meant in found if meant and _is_strange(index, words[place])]
    if not places:
        return list(words), ()
    from kbcli.knowledge.search.explanation import SynonymUse
    from kbcli.knowledge.search.synonyms import deal_out

    widened, uses = list(words), []
    for place, meant in places:
        for other in meant.split(", "):
            deal_out(widened, [place], analyse(other))
            uses.append(SynonymUse(words[place].text, other))
    return widened, tuple(uses)


def _is_strange(index: Statistics, word: QueryWord) -> bool:
    terms = [term for term, _ in word.terms]
    return word.required and not any(
        index.document_frequency(field, term) for field in HEADING_FIELDS for term in terms
    )
