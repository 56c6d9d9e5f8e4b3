"""The index as search sees it, on disk or in memory: several segments as one backend.

It finds the documents that answer a question best: those that scoring every document would find.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import merge, nlargest
from itertools import accumulate, chain, groupby
from operator import itemgetter

from kbcli.foundation.text.pipeline import QueryWord
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.index.formula import K1
from kbcli.knowledge.index.port import Candidate, Candidates, Condition, Health, Question, Terms
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.index.schema import FILE_FIELD
from kbcli.knowledge.index.whoosh.scoring import (
    Coverage,
    Part,
    Scorer,
    Weighed,
    add_parts,
    find_gram_holders,
    find_held,
)
from kbcli.knowledge.index.whoosh.segment_reader import SegmentReader

if TYPE_CHECKING:
    from kbcli.knowledge.index.whoosh.committing import Generation


class DiskReader:
    """A Backend over segments; a document's number is its segment's base and its own.

    `commit` is what its files were at, `schema` the fingerprint it was built under. Any method may
    raise DamagedIndexError: the index must then be built again.
    """

    def __init__(
        self, segments: Sequence[SegmentReader], commit: str | None = None, schema: str = ""
    ) -> None:
        self.segments = tuple(segments)
        self.commit = commit
        self.schema = schema
        counts = (segment.document_count for segment in self.segments)
        *self._bases, self._number_count = accumulate(counts, initial=0)
        self._lengths: dict[str, bytes] = {}
        self.doc_count = sum(segment.live_count for segment in self.segments)

    @property
    def identity(self) -> str:
        """See Backend."""
        return " ".join(segment.identity for segment in self.segments)

    def health(self) -> Health:
        """See Backend."""
        return Health("whole", self.commit, self.schema, self.doc_count)

    def candidates(self, question: Question, limit: int = 200) -> Candidates:
        """See Backend."""
        included, excluded = _find_allowed(self, question)
        if question.words:
            hits, total = _rank(self, question, limit, included, excluded)
        else:
            numbers = self.numbers() if included is None else sorted(included)
            left = [number for number in numbers if number not in excluded]
            hits, total = [(number, 0.0) for number in left[:limit]], len(left)
        return Candidates([Candidate(self, number, score) for number, score in hits], total, self)

    def explain(self, question: Question, number: int) -> "list[tuple[QueryWord, str, float]]":
        """See Candidate."""
        words = _merge_repeated(question.words)
        scorer = Scorer(self, question.lang)
        holders = [
            (scorer.weigh_word(word).holders, find_gram_holders(list(scorer.score_grams(word))))
            for word in words
        ]
        factor = Coverage(self, words, holders, question.lang).multiply({number: 1.0})[number]
        added = [
            (word, field, score * factor)
            for word in words
            for field, score in _explain_word(scorer, word, number)
        ]
        return sorted(added, key=lambda item: (-item[2], item[0].text, item[1]))

    def begin(self, commit: str | None, *, full: bool = False) -> "Generation":
        """See Backend. What is made of this state stays in memory."""
        from kbcli.knowledge.index.whoosh.committing import Generation

        return Generation(self, commit, full=full)

    def find_examples(self, field: str, term: str, limit: int) -> list[CardRecord]:
        """See Vocabulary."""
        numbers, weights = self.postings(field, term)
        best = sorted(zip(weights, numbers, strict=True), key=lambda pair: (-pair[0], pair[1]))
        return [self.record(number) for _, number in best[:limit]]

    def postings(self, field: str, term: str) -> tuple[Sequence[int], Sequence[float]]:
        """Ascending document numbers that hold the term in the field, and how often each does."""
        numbers: Sequence[int] = ()
        weights: Sequence[int] = ()
        for base, segment in zip(self._bases, self.segments, strict=True):
            found, counts = segment.find_postings(field, term)
            if not found:
                continue
            if base:
                found = list(map(base.__add__, found))
            if numbers:
                numbers, weights = [*numbers, *found], [*weights, *counts]
            else:
                numbers, weights = found, counts
        return numbers, weights

    def document_frequency(self, field: str, term: str) -> int:
        """See Statistics."""
        return sum(segment.count_documents(field, term) for segment in self.segments)

    def count_known(self, field: str, terms: Collection[str]) -> dict[str, int]:
        """See Vocabulary."""
        counts: dict[str, int] = {}
        for segment in self.segments:
            for term, count in segment.count_known(field, terms):
                counts[term] = counts.get(term, 0) + count
        return counts

    def lengths(self, field: str) -> Sequence[int]:
        """One byte per document number: the length code of the field (0: no such field)."""
        if field not in self._lengths:
            known = all(field in segment.totals for segment in self.segments)
            codes = b"".join(segment.lengths(field) for segment in self.segments) if known else b""
            self._lengths[field] = codes.ljust(self._number_count, b"\0")
        return self._lengths[field]

    def average_length(self, field: str) -> float:
        """See Statistics."""
        total = sum(segment.totals.get(field, 0) for segment in self.segments)
        return max(total / (self.doc_count or 1), 1.0)

    def terms(self, field: str, prefix: str = "") -> Iterator[tuple[str, int]]:
        """See Vocabulary."""
        if len(self.segments) == 1:
            yield from self.segments[0].iterate_terms(field, prefix)
            return
        streams = [segment.iterate_terms(field, prefix) for segment in self.segments]
        for term, group in groupby(merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
            yield term, sum(count for _, count in group)

    def record(self, number: int) -> CardRecord:
        """See Candidate."""
        place, own = self.locate(number)
        return self.segments[place].record(own)

    def number_of(self, path: str) -> int | None:
        """The number of the document made from a path, or None."""
        numbers, _ = self.postings(FILE_FIELD, path)
        return numbers[0] if numbers else None

    def numbers(self) -> Iterator[int]:
        """The numbers of all live documents, ascending."""
        for base, segment in zip(self._bases, self.segments, strict=True):
            yield from (base + own for own, living in enumerate(segment.alive) if living)

    def locate(self, number: int) -> tuple[int, int]:
        """Which segment holds a document, and the document's number in it."""
        place = bisect_right(self._bases, number) - 1
        return place, number - self._bases[place]

    def digest(self, number: int) -> bytes:
        """See Candidate."""
        place, own = self.locate(number)
        return self.segments[place].digest(own)


_COMMON = 4
"""A word that more than one in so many documents holds is worked out last, for the best documents only."""

_FEW = 500
_LOOK_UP = 12
"""How many steps of working out all documents cost as much as looking one up."""

Hit = tuple[int, float]
"""A document's number and its score, higher is better."""


def _rank(
    reader: DiskReader, question: Question, limit: int, included: set[int] | None, excluded: set[int]
) -> tuple[list[Hit], int]:
    """The best hits, best first (ties by number), and how many documents match at all."""
    words = _merge_repeated(question.words)
    scorer = Scorer(reader, question.lang)
    weighed = [scorer.weigh_word(word) for word in words]
    pieces = [list(scorer.score_grams(word)) for word in words]
    by_pieces = [find_gram_holders(parts) for parts in pieces]
    holders = [(found.holders, others) for found, others in zip(weighed, by_pieces, strict=True)]
    coverage = Coverage(reader, words, holders, question.lang)
    rare, common = _split_common(weighed, reader.doc_count)
    totals = add_parts([scorer.share_all(found) for found in rare])
    _add_pieces(totals, pieces, by_pieces)
    holding = chain.from_iterable(found.holders for found in common)
    matching = totals.keys() | _unite_numbers(holding) if common else totals.keys()
    if included is not None:
        matching = matching & included
    if excluded:
        matching = matching - excluded
    is_restricted = included is not None or bool(excluded)
    if is_restricted:
        totals = {number: totals[number] for number in totals.keys() & matching}
    limit = min(limit, len(matching))
    best = _choose_early(scorer, totals, common, matching, coverage, limit) if common else None
    if best is None:
        totals = add_parts([scorer.share_all(found) for found in common], totals)
        if common and is_restricted:
            totals = {number: totals[number] for number in matching}
        best = _choose_best(totals, limit, coverage)
    return best, len(matching)


def _merge_repeated(words: Sequence[QueryWord]) -> list[QueryWord]:
    """The words without repetitions; a word that stood there n times counts sqrt(n) times."""
    return [
        word if count == 1 else word._replace(weight=word.weight * count**0.5)
        for word, count in Counter(words).items()
    ]


def _split_common(weighed: Sequence[Weighed], doc_count: int) -> tuple[list[Weighed], list[Weighed]]:
    """The words to work out for every document, and the common ones to work out for the best only."""
    least = max(doc_count // _COMMON, _FEW)
    common = {place for place, found in enumerate(weighed) if found.ascends and len(found.numbers) > least}
    if common and len(common) == len(weighed):
        common.remove(max(common, key=lambda place: weighed[place].factor))
    rare = [found for place, found in enumerate(weighed) if place not in common]
    return rare, [weighed[place] for place in sorted(common)]


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
    matching: Collection[int],
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
    best = [(number, score) for number, score in judged.items() if score >= bound]
    return sorted(best, key=lambda hit: (-hit[1], hit[0]))[:limit]


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


def _find_allowed(reader: DiskReader, question: Question) -> tuple[set[int] | None, set[int]]:
    """The documents that meet all conditions which must be met (None: all do), and those that meet another."""
    excluded = _unite_numbers(_find_numbers(reader, condition) for condition in question.none_of)
    if not question.all_of:
        return None, excluded
    included = _find_numbers(reader, question.all_of[0])
    for condition in question.all_of[1:]:
        included &= _find_numbers(reader, condition)
    return included, excluded


def _find_numbers(reader: DiskReader, condition: Condition) -> set[int]:
    """The documents that meet a condition."""
    return _unite_numbers(_intersect(reader, alternative) for alternative in condition)


def _intersect(reader: DiskReader, alternative: Sequence[Terms]) -> set[int]:
    """The documents that hold one of each of these terms; the rarest are looked up first."""
    common: set[int] | None = None
    counted = [(sum(reader.document_frequency(*pair) for pair in terms), terms) for terms in alternative]
    for _, terms in sorted(counted, key=lambda item: item[0]):
        lists = [reader.postings(field, term)[0] for field, term in terms]
        common = _unite_numbers(lists) if common is None else find_held(common, lists)
        if not common:
            break
    return common or set()


def _unite_numbers(lists: Iterable[Iterable[int]]) -> set[int]:
    return set().union(*lists)
