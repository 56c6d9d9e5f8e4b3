"""The few words of a long text, such as a pasted ticket, that say what it is about."""

from collections.abc import Sequence
from math import log
from typing import TYPE_CHECKING

from kbcli.index.analysis.pipeline import QueryWord
from kbcli.search.scoring import HEADING

if TYPE_CHECKING:
    from kbcli.index.reader import IndexReader

TELLING_WORDS = 32
"""How many words of a long text find about what all of them would."""

_FUNCTION_WORD = 0.3


def select_telling_words(
    reader: "IndexReader", words: Sequence[QueryWord], limit: int = TELLING_WORDS
) -> list[QueryWord]:
    """The few words of a long text that say most about what it is about, in the order of the text.

    A word is worth how often it stands there, times its idf, times what a heading that holds it would
    add: about the most that it can give to a score. The index is asked for document frequencies
    only. Words that no body holds are left out. A text of no more different words than `limit` is
    left as it is. A word that is repeated stays repeated.
    """
    counts: dict[QueryWord, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    if len(counts) <= limit:
        return list(words)
    worth = {word: count * _rate(reader, word) for word, count in counts.items()}
    known = [word for word in counts if worth[word] > 0]
    # A heading can make a word worth 1 + HEADING times as much: only so many can still get in.
    hopeful = sorted(known, key=lambda word: -worth[word])[: 3 * limit]
    for word in hopeful:
        if any(reader.document_frequency("title", term) for term, _ in word.terms):
            worth[word] *= 1 + HEADING
    chosen = set(sorted(hopeful, key=lambda word: -worth[word])[:limit])
    return [word for word in words if word in chosen]


def _rate(reader: "IndexReader", word: QueryWord) -> float:
    """The idf of a word times its weight, 0 when no body holds it."""
    held = sum(reader.document_frequency("body", term) for term, _ in word.terms)
    if not held:
        return 0.0
    rate = word.weight * log(1 + reader.doc_count / held)
    return rate * _FUNCTION_WORD if word.is_function else rate
