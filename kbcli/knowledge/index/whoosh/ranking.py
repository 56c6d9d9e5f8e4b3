"""Which documents answer a question best: those that scoring every document would find."""

from collections.abc import Container, Iterable, Sequence
from collections.abc import Set as AbstractSet
from heapq import nlargest
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from kbcli.foundation.text.pipeline import QueryWord
from kbcli.knowledge.index.formula import K1
from kbcli.knowledge.index.port import Condition, Contribution, Question, Terms
from kbcli.knowledge.index.whoosh.scoring import (
    Coverage,
    Holders,
    Part,
    Scorer,
    Weighed,
    add_parts,
    find_gram_holders,
)

if TYPE_CHECKING:
    from kbcli.knowledge.index.whoosh.disk import DiskReader

_COMMON = 4
"""A word that more than one in so many documents holds is worked out last, for the best documents only."""

_FEW = 500
_LOOK_UP = 12
"""How many steps of working out all documents cost as much as looking one up."""


class Hit(NamedTuple):
    """A document's number and its score, higher is better."""

    number: int
    score: float


class Ranking(NamedTuple):
    """The best hits, best first (ties by number), and how many documents match at all."""

    hits: list[Hit]
    total: int


def rank(
    reader: "DiskReader",
    words: Sequence[QueryWord],
    *,
    limit: int = 10,
    allowed: Container[int] | None = None,
    query_lang: str = "",
) -> Ranking:
    """The best documents for the words: those that scoring every document would find.

    `allowed` restricts them to those document numbers. With `query_lang` (BCP 47) documents in
    that language come before like ones in others.
    """
    words = merge_repeated(words)
    scorer = Scorer(reader, query_lang)
    weighed = [scorer.weigh_word(word) for word in words]
    pieces = [list(scorer.score_grams(word)) for word in words]
    by_pieces = [find_gram_holders(parts) for parts in pieces]
    holders = [Holders(found.holders, others) for found, others in zip(weighed, by_pieces, strict=True)]
    coverage = Coverage(reader, words, holders, query_lang)
    rare, common = _split_common(weighed, reader.doc_count)
    totals = add_parts([scorer.share_all(found) for found in rare])
    _add_pieces(totals, pieces, by_pieces)
    matching = totals.keys() | _unite(common) if common else totals.keys()
    if allowed is not None:
        matching = (
            matching & allowed
            if isinstance(allowed, AbstractSet)
            else set(filter(allowed.__contains__, matching))
        )
        totals = {number: totals[number] for number in totals.keys() & matching}
    limit = min(limit, len(matching))
    best = _choose_early(scorer, totals, common, matching, coverage, limit) if common else None
    if best is None:
        totals = add_parts([scorer.share_all(found) for found in common], totals)
        if allowed is not None and common:
            totals = {number: totals[number] for number in matching}
        best = _choose_best(totals, limit, coverage)
    return Ranking(best, len(matching))


def merge_repeated(words: Sequence[QueryWord]) -> list[QueryWord]:
    """The words without repetitions; a word that stood there n times counts sqrt(n) times."""
    counts: dict[QueryWord, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return [
        word if count == 1 else word._replace(weight=word.weight * count**0.5)
        for word, count in counts.items()
    ]


def _split_common(weighed: Sequence[Weighed], doc_count: int) -> tuple[list[Weighed], list[Weighed]]:
    """The words to work out for every document, and the common ones to work out for the best only."""
    least = max(doc_count // _COMMON, _FEW)
    common = {place for place, found in enumerate(weighed) if found.ascends and len(found.numbers) > least}
    if common and len(common) == len(weighed):
        common.remove(max(common, key=lambda place: weighed[place].factor))
    rare = [found for place, found in enumerate(weighed) if place not in common]
    return rare, [weighed[place] for place in sorted(common)]


def _unite(weighed: Sequence[Weighed]) -> set[int]:
    return set().union(*(numbers for found in weighed for numbers in found.holders))


def _add_pieces(
    totals: dict[int, float], pieces: Sequence[Sequence[Part]], by_pieces: Sequence[set[int]]
) -> None:
    """Add what pieces of words give, to documents that hold a word, or enough pieces of one."""
    for numbers in by_pieces:
        for number in numbers:
            totals.setdefault(number, 0.0)
    for part in chain.from_iterable(pieces):
        factor = part.factor
        for number, share in zip(part.numbers, part.shares, strict=True):
            if number in totals:
                totals[number] += factor * share


def _choose_early(
    scorer: Scorer,
    totals: dict[int, float],
    common: Sequence[Weighed],
    matching: AbstractSet[int],
    coverage: Coverage,
    limit: int,
) -> list[Hit] | None:
    """The best without the bodies that hold common words, where those cannot change who is best; else None.

    `totals` has what the other words add. The least that a document can reach is that and its headings;
    the most is what all common words could add, which a body does up to their factors. Documents
    whose most is below the least of the best need not be looked at (after Turtle and Flood 1995).
    """
    least = add_parts([scorer.share_headings(found) for found in common], dict(totals))
    if least.keys() - matching:
        least = {number: least[number] for number in least.keys() & matching}
    if len(least) < limit or limit <= 0:
        return None
    rest = sum(found.factor for found in common)
    threshold = nlargest(limit, least.values())[-1]
    sure = coverage.multiply({number: score for number, score in least.items() if score >= threshold})
    bound = nlargest(limit, sure.values())[-1]
    candidates = {number: score for number, score in least.items() if score + rest >= bound}
    if rest >= bound or len(candidates) * _LOOK_UP > sum(len(found.numbers) for found in common):
        return None
    for found in common:
        for number in candidates:
            candidates[number] += scorer.score_body(found, number)
    return _choose_best(candidates, limit, coverage)


def _choose_best(totals: dict[int, float], limit: int, coverage: Coverage) -> list[Hit]:
    """The best after multiplying, which never raises a score."""
    if limit <= 0 or not totals:
        return []
    least = nlargest(limit, totals.values())[-1]
    judged = coverage.multiply({number: score for number, score in totals.items() if score >= least})
    bound = nlargest(limit, judged.values())[-1]
    if len(judged) < len(totals):
        judged |= coverage.multiply({n: score for n, score in totals.items() if bound <= score < least})
    best = [Hit(number, score) for number, score in judged.items() if score >= bound]
    return sorted(best, key=lambda hit: (-hit.score, hit.number))[:limit]


def explain(reader: "DiskReader", question: Question, number: int) -> list[Contribution]:
    """What each word in each field added to one document's score, largest first.

    They add up to the document's score, the factors for missing words and language included. What
    fields add together is shared out among them by how often they hold the word.
    """
    words = merge_repeated(question.words)
    scorer = Scorer(reader, question.lang)
    holders = [
        Holders(scorer.weigh_word(word).holders, find_gram_holders(list(scorer.score_grams(word))))
        for word in words
    ]
    factor = Coverage(reader, words, holders, question.lang).multiply({number: 1.0})[number]
    added = [
        Contribution(word, field, score * factor)
        for word in words
        for field, score in _explain_word(scorer, word, number)
    ]
    return sorted(added, key=lambda item: (-item.score, item.word.text, item.field))


def _explain_word(scorer: Scorer, word: QueryWord, number: int) -> list[tuple[str, float]]:
    """The fields of one document that hold a word, and what each adds."""
    weighed = scorer.weigh_word(word)
    frequencies = scorer.weigh_fields(word, number)
    together = sum(frequencies.values())
    heading = together - frequencies.get("body", 0.0)
    added = []
    for field, frequency in frequencies.items():
        score = frequency / (K1 + together)
        if field != "body":
            score += weighed.bonus * frequency / (K1 + heading)
        added.append((field, weighed.factor * score))
    grams = sum(
        part.factor * share
        for part in scorer.score_grams(word)
        for other, share in zip(part.numbers, part.shares, strict=True)
        if other == number
    )
    return [*added, ("grams", grams)] if grams else added


class AllBut:
    """Every number but some."""

    def __init__(self, excluded: Container[int]) -> None:
        self._excluded = excluded

    def __contains__(self, number: object) -> bool:
        return number not in self._excluded


def find_allowed(reader: "DiskReader", question: Question) -> Container[int] | None:
    """The numbers that the conditions of a question leave; None for all."""
    excluded = _unite_numbers(_find_numbers(reader, condition) for condition in question.none_of)
    if question.all_of:
        included = _find_numbers(reader, question.all_of[0])
        for condition in question.all_of[1:]:
            included &= _find_numbers(reader, condition)
        return included - excluded
    return AllBut(excluded) if excluded else None


def _find_numbers(reader: "DiskReader", condition: Condition) -> set[int]:
    """The documents that meet a condition."""
    return _unite_numbers(_intersect(reader, alternative) for alternative in condition)


def _intersect(reader: "DiskReader", alternative: Sequence[Terms]) -> set[int]:
    """The documents that hold one of each of these terms; the rarest are looked up first."""
    common: set[int] | None = None
    counted = [(sum(reader.document_frequency(*pair) for pair in terms), terms) for terms in alternative]
    for _, terms in sorted(counted, key=lambda item: item[0]):
        holders = _unite_numbers(reader.postings(field, term)[0] for field, term in terms)
        common = holders if common is None else common & holders
        if not common:
            break
    return common or set()


def _unite_numbers(lists: Iterable[Iterable[int]]) -> set[int]:
    return set().union(*lists)
