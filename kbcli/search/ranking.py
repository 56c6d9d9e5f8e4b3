"""Which documents answer a query best (first working version)."""

from collections.abc import Container, Sequence
from typing import NamedTuple

from kbcli.index.analysis.pipeline import QueryWord
from kbcli.index.reader import IndexReader


class Hit(NamedTuple):
    """A document's number and its score, higher is better."""

    number: int
    score: float


class Ranking(NamedTuple):
    """The best hits, best first (ties by number), and how many documents match at all."""

    hits: list[Hit]
    total: int


class Contribution(NamedTuple):
    """What one query word in one field added to a document's score."""

    word: str
    field: str
    score: float


def rank(
    reader: IndexReader,
    words: Sequence[QueryWord],
    *,
    limit: int = 10,
    allowed: Container[int] | None = None,
    query_lang: str = "",
) -> Ranking:
    """The best documents for the words; `allowed` restricts them to those document numbers."""
    scores: dict[int, float] = {}
    for word in words:
        for term, weight in word.terms:
            for field in ("title", "aliases", "tags", "body"):
                numbers, weights = reader.postings(field, term)
                for number, frequency in zip(numbers, weights, strict=True):
                    if allowed is None or number in allowed:
                        scores[number] = scores.get(number, 0.0) + weight * frequency
    hits = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit]
    return Ranking([Hit(*hit) for hit in hits], len(scores))


def explain(
    reader: IndexReader, words: Sequence[QueryWord], number: int, *, query_lang: str = ""
) -> list[Contribution]:
    """What each word in each field added to one document's score, largest first."""
    return []


def select_telling_words(reader: IndexReader, words: Sequence[QueryWord], limit: int = 12) -> list[QueryWord]:
    """The few words of a long text that say most about what it is about."""
    return list(words[:limit])
