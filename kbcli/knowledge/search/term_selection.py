"""The few words of a long text, such as a pasted ticket, that say what it is about."""

from collections import Counter
from collections.abc import Sequence
from heapq import nlargest
from math import log, sqrt
from typing import TYPE_CHECKING

from kbcli.foundation.text.pipeline import QueryWord
from kbcli.foundation.text.words import CHUNK
from kbcli.knowledge.search.scoring import HEADING, HEADING_FIELDS

if TYPE_CHECKING:
    from kbcli.knowledge.index.reader import IndexReader

TELLING_WORDS = 96
"""How many words of a long text find what all of them would (nDCG@10 of half a text looking for its
other half, Cranfield, before words faded: 64 words .847, 96 and all .849)."""

_MOST_CONSIDERED = 450
"""Different words of a text that are looked up. What holds more of them is mostly pasted."""

MOST_PASTED = 150
"""The same of its log."""

_FEWEST_WORDS = 24
_MOST_POSTINGS = 30_000
"""After so many words, those that would bring more postings to go through are left out."""

_FADE = 128
"""A word counts half where so many different ones stand before it: people say first what they want."""

_MOST_REPEATED = 4
"""A word that stands there more often counts no more: it belongs to a form or to what was pasted."""

_LOG_WORDS = 60
"""So many words of a log count in full; more of them count less each, by the root of their number."""

_FUNCTION_WORD = 0.1


def thin_text(text: str, limit: int = _MOST_CONSIDERED) -> str:
    """A text with at most `limit` different words: the first ones, then the most repeated of the rest.

    People say first what they want; what follows and matters is said more than once. A text that
    holds no more is left as it is.
    """
    words = CHUNK.findall(text)
    counts = Counter(words)
    if len(counts) <= limit:
        return text
    firsts = 2 * limit // 3
    different = list(counts)
    repeated = sorted(different[firsts:], key=lambda word: -counts[word])
    kept = {*different[:firsts], *repeated[: limit - firsts]}
    return " ".join(word for word in words if word in kept)


def add_pasted(words: Sequence[QueryWord], pasted: Sequence[QueryWord]) -> list[QueryWord]:
    """The words of a text and, behind them, those of the log in it that it does not say itself, each once."""
    own = set(words)
    added = [word for word in dict.fromkeys(pasted) if word not in own]
    share = sqrt(min(1.0, _LOG_WORDS / max(1, len(added))))
    return [*words, *(word._replace(weight=word.weight * share) for word in added)]


def select_telling_words(
    reader: "IndexReader", words: Sequence[QueryWord], limit: int = TELLING_WORDS
) -> list[QueryWord]:
    """The few words of a long text that say most about what it is about, in the order of the text.

    A word is worth how often it stands there, times its idf, times what a heading that holds it would
    add: about the most that it can give to a score. The further behind it first stands, the less it
    weighs, here and in the ranking. The index is asked for document frequencies only. Words that no
    card holds are left out. A text of few different words is left as it is. A word that is
    repeated stays repeated, up to a bound.

    Among 10,000 cards 400 words find the right one with nDCG@10 .91 (all words: .88), 100 with .86
    (.85), 80 within a log with .86 (.01); `python -m tests.bench.tickets` measures the like.
    """
    counts = Counter(words)
    if len(counts) <= min(limit, _FEWEST_WORDS):
        return list(words)
    faded = {
        word: word._replace(weight=word.weight * _FADE / (_FADE + place)) for place, word in enumerate(counts)
    }
    held = {word: count for word in counts if (count := _count_holders(reader, word))}
    worth = {
        word: min(counts[word], _MOST_REPEATED) * _rate(reader, faded[word], count)
        for word, count in held.items()
    }
    # A heading can make a word worth 1 + HEADING times as much: only so many can still get in.
    hopeful = nlargest(3 * limit, worth, key=worth.__getitem__)
    for word in hopeful:
        if _count_headings(reader, word):
            worth[word] *= 1 + HEADING
    left: dict[QueryWord, int] = {}
    postings = 0
    for word in nlargest(limit, hopeful, key=worth.__getitem__):
        if len(left) < _FEWEST_WORDS or postings + held[word] <= _MOST_POSTINGS:
            left[word] = _MOST_REPEATED
            postings += held[word]
    chosen = []
    for word in words:
        if left.get(word):
            left[word] -= 1
            chosen.append(faded[word])
    return chosen


def _count_holders(reader: "IndexReader", word: QueryWord) -> int:
    """About how many bodies hold a word; where none does, how many headings, or else a piece of it."""
    return (
        sum(reader.document_frequency("body", term) for term, _ in word.terms)
        or _count_headings(reader, word)
        or max((reader.document_frequency("grams", gram) for gram in word.grams), default=0)
    )


def _count_headings(reader: "IndexReader", word: QueryWord) -> int:
    return sum(reader.document_frequency(field, term) for field in HEADING_FIELDS for term, _ in word.terms)


def _rate(reader: "IndexReader", word: QueryWord, held: int) -> float:
    """The idf of a word times its weight."""
    rate = word.weight * log(1 + reader.doc_count / held)
    return rate * _FUNCTION_WORD if word.is_function else rate
