"""Which documents answer a query best."""

from bisect import bisect_left
from collections.abc import Callable, Container, Sequence
from heapq import nlargest
from typing import NamedTuple

from kbcli.index.analysis.languages import language_code
from kbcli.index.analysis.pipeline import QueryWord
from kbcli.index.reader import IndexReader
from kbcli.search.scoring import Part, Scorer, add_parts, find_gram_holders
from kbcli.search.telling import select_telling_words

__all__ = ["Contribution", "Hit", "Ranking", "explain", "rank", "select_telling_words"]

MISSING = 0.1
MISSING_KEYWORD = 0.75
"""How much of its score a document without any required word would lose: of a question, of keywords."""

MOST_KEYWORDS = 4
"""So many required words and no function word are keywords, of which people expect all."""

FOREIGN = 0.85
"""What the score of a document in another language than the query's is multiplied by."""


class Hit(NamedTuple):
    """A document's number and its score, higher is better."""

    number: int
    score: float


class Ranking(NamedTuple):
    """The best hits, best first (ties by number), and how many documents match at all."""

    hits: list[Hit]
    total: int


def rank(
    reader: IndexReader,
    words: Sequence[QueryWord],
    *,
    limit: int = 10,
    allowed: Container[int] | None = None,
    query_lang: str = "",
) -> Ranking:
    """The best documents for the words: exactly those that scoring every document would find.

    `allowed` restricts them to those document numbers. With `query_lang` (BCP 47) documents in
    that language come before like ones in others.
    """
    scorer = Scorer(reader)
    words = merge_repeated(words)
    parts, required = [], []
    admitted: set[int] = set()
    pieces: list[Part] = []
    for word in words:
        part = scorer.score_word(word)
        grams = list(scorer.score_grams(word)) if word.grams else []
        holders = find_gram_holders(grams) if grams else set()
        parts.append(part)
        pieces += grams
        admitted |= holders
        if word.required:
            required.append((part.holders, holders))
    totals = add_parts(parts)
    if pieces:
        _add_pieces(totals, pieces, admitted)
    if allowed is not None:
        totals = _restrict(totals, allowed)
    judge = _Judge(reader, required, _missing_factor(words), query_lang)
    return Ranking(_choose_best(totals, limit, judge.factor), len(totals))


def merge_repeated(words: Sequence[QueryWord]) -> list[QueryWord]:
    """The words without repetitions; a word that stood there n times counts sqrt(n) times."""
    counts: dict[QueryWord, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return [
        word if count == 1 else word._replace(weight=word.weight * count**0.5) for word, count in counts.items()
    ]


def _missing_factor(words: Sequence[QueryWord]) -> float:
    count = sum(word.required for word in words)
    if count <= MOST_KEYWORDS and not any(word.is_function for word in words):
        return MISSING_KEYWORD
    return MISSING


def _add_pieces(totals: dict[int, float], pieces: Sequence[Part], admitted: set[int]) -> None:
    """Add what pieces of words give, to documents that hold a word, or enough pieces of one."""
    for number in admitted:
        totals.setdefault(number, 0.0)
    for part in pieces:
        factor = part.factor
        for number, share in zip(part.numbers, part.shares, strict=True):
            if number in totals:
                totals[number] += factor * share


def _restrict(totals: dict[int, float], allowed: Container[int]) -> dict[int, float]:
    if isinstance(allowed, (set, frozenset)):
        return {number: totals[number] for number in totals.keys() & allowed}
    return {number: score for number, score in totals.items() if number in allowed}


class _Judge:
    """What the score of a document is multiplied by, at most 1: words that it lacks, its language."""

    def __init__(
        self,
        reader: IndexReader,
        required: Sequence[tuple[tuple[Sequence[int], ...], set[int]]],
        missing: float,
        query_lang: str,
    ) -> None:
        self._required = required
        self._missing = missing if len(required) > 1 else 0.0
        code = language_code(query_lang)
        self._own: Sequence[int] = reader.postings("lang", code)[0] if code else ()

    def factor(self, number: int) -> float:
        """The factor of one document."""
        factor = 1.0
        if self._missing:
            held = sum(
                any(_holds(numbers, number) for numbers in holders) or number in pieces
                for holders, pieces in self._required
            )
            factor -= self._missing * (1 - (held / len(self._required)) ** 2)
        if len(self._own) and not _holds(self._own, number):
            factor *= FOREIGN
        return factor


def _holds(numbers: Sequence[int], number: int) -> bool:
    place = bisect_left(numbers, number)
    return place < len(numbers) and numbers[place] == number


def _choose_best(totals: dict[int, float], limit: int, factor: Callable[[int], float]) -> list[Hit]:
    """The best by score times factor, where no factor is above 1."""
    if limit <= 0 or not totals:
        return []
    highest = nlargest(limit, totals.values())
    sure = [number for number, score in totals.items() if score >= highest[-1]]
    judged = {number: totals[number] * factor(number) for number in sure}
    if len(judged) < len(totals):
        bound = nlargest(limit, judged.values())[-1]
        for number, score in totals.items():
            if score >= bound and number not in judged:
                judged[number] = score * factor(number)
    best = sorted(judged.items(), key=lambda item: (-item[1], item[0]))[:limit]
    return [Hit(number, score) for number, score in best]


class Contribution(NamedTuple):
    """What one query word in one field added to a document's score."""

    word: str
    field: str
    score: float


def explain(
    reader: IndexReader, words: Sequence[QueryWord], number: int, *, query_lang: str = ""
) -> list[Contribution]:
    """What each word in each field added to one document's score, largest first.

    They add up to the score before what `explain_factors` says.
    """
    return []
