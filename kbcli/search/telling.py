"""The few words of a long text, such as a pasted ticket, that say what it is about."""

from collections.abc import Sequence
from math import log
from typing import TYPE_CHECKING

from kbcli.index.analysis.pipeline import QueryWord
from kbcli.index.analysis.words import CHUNK
from kbcli.index.fields import WORD_FIELDS
from kbcli.search.scoring import HEADING

if TYPE_CHECKING:
    from kbcli.index.reader import IndexReader

TELLING_WORDS = 96
"""How many words of a long text find what all of them would (nDCG@10 of half a text looking for its
other half, Cranfield: 64 words .8403, 96 and all .8406; four languages in one base: 64 .378, 96 .384)."""

_MOST_CONSIDERED = 450
"""Different words of a text that are looked up. A ticket that holds more of them is mostly a log."""

_FEWEST_WORDS = 24
_MOST_POSTINGS = 30_000
"""After so many words, those that would bring more postings to go through are left out."""

_FUNCTION_WORD = 0.3


def thin_text(text: str, limit: int = _MOST_CONSIDERED) -> str:
    """A text with at most `limit` different words: the first ones, then the most repeated of the rest.

    People say first what they want; what follows and matters is said more than once. A text that
    holds no more is left as it is.
    """
    counts: dict[str, int] = {}
    words = CHUNK.findall(text)
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    if len(counts) <= limit:
        return text
    firsts = 2 * limit // 3
    different = list(counts)
    repeated = sorted(different[firsts:], key=lambda word: -counts[word])
    kept = {*different[:firsts], *repeated[: limit - firsts]}
    return " ".join(word for word in words if word in kept)


def select_telling_words(
    reader: "IndexReader", words: Sequence[QueryWord], limit: int = TELLING_WORDS
) -> list[QueryWord]:
    """The few words of a long text that say most about what it is about, in the order of the text.

    A word is worth how often it stands there, times its idf, times what a heading that holds it would
    add: about the most that it can give to a score. The index is asked for document frequencies
    only. Words that no card holds are left out. A text of no more different words than `limit` is
    left as it is, unless they are common ones. A word that is repeated stays repeated.
    """
    counts: dict[QueryWord, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    if len(counts) <= min(limit, _FEWEST_WORDS):
        return list(words)
    held = {word: _count_holders(reader, word) for word in counts}
    worth = {word: count * _rate(reader, word, held[word]) for word, count in counts.items() if held[word]}
    # A heading can make a word worth 1 + HEADING times as much: only so many can still get in.
    hopeful = sorted(worth, key=lambda word: -worth[word])[: 3 * limit]
    for word in hopeful:
        if any(reader.document_frequency("title", term) for term, _ in word.terms):
            worth[word] *= 1 + HEADING
    chosen: set[QueryWord] = set()
    postings = 0
    for word in sorted(hopeful, key=lambda word: -worth[word])[:limit]:
        if len(chosen) < _FEWEST_WORDS or postings + held[word] <= _MOST_POSTINGS:
            chosen.add(word)
            postings += held[word]
    return [word for word in words if word in chosen]


def _count_holders(reader: "IndexReader", word: QueryWord) -> int:
    """How many bodies hold a word, about; where none does, how many headings."""
    held = sum(reader.document_frequency("body", term) for term, _ in word.terms)
    return held or sum(
        reader.document_frequency(field, term)
        for field in WORD_FIELDS
        if field != "body"
        for term, _ in word.terms
    )


def _rate(reader: "IndexReader", word: QueryWord, held: int) -> float:
    """The idf of a word times its weight."""
    rate = word.weight * log(1 + reader.doc_count / held)
    return rate * _FUNCTION_WORD if word.is_function else rate
