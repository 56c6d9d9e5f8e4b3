"""The few words of a long text, such as a pasted ticket, that say what it is about."""

from collections.abc import Sequence
from math import log

from kbcli.index.analysis.pipeline import QueryWord
from kbcli.index.reader import IndexReader
from kbcli.search.scoring import HEADING_FIELDS

TELLING_WORDS = 16
"""How many words of a long text are enough to find what all of them would."""

_FIELDS = ("body", *HEADING_FIELDS)


def select_telling_words(
    reader: IndexReader, words: Sequence[QueryWord], limit: int = TELLING_WORDS
) -> list[QueryWord]:
    """The few words of a long text that say most about what it is about, in the order of the text.

    A word is worth (1 + ln times it stands there) * idf² by what the index says, without reading
    postings; words that no card holds and, while there are others, function words are left out. A
    text of no more words than `limit` is left as it is. A word that is repeated stays repeated.
    """
    counts: dict[QueryWord, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    if len(counts) <= limit:
        return list(words)
    worth = {word: (1 + log(count)) * _rate(reader, word) for word, count in counts.items()}
    known = [word for word in counts if worth[word] > 0]
    telling = [word for word in known if not word.is_function] or known
    chosen = set(sorted(telling, key=lambda word: -worth[word])[:limit])
    return [word for word in words if word in chosen]


def _rate(reader: IndexReader, word: QueryWord) -> float:
    """The square of the word's idf times its weight, 0 when no card holds it."""
    held = sum(max(reader.document_frequency(field, term) for field in _FIELDS) for term, _ in word.terms)
    if not held:
        return 0.0
    return word.weight * log(1 + reader.doc_count / held) ** 2
