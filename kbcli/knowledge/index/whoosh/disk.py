"""The index on disk as search sees it: several segments as one reader."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby
from operator import itemgetter

from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.index.schema import FILE_FIELD
from kbcli.knowledge.index.whoosh.segment_reader import SegmentReader


class DiskReader:
    """An IndexReader over segments; a document's number is its segment's base and its own.

    Any method may raise DamagedIndexError: the index must then be built again.
    """

    def __init__(self, segments: Sequence[SegmentReader]) -> None:
        self.segments = tuple(segments)
        self._bases: list[int] = []
        base = 0
        for segment in self.segments:
            self._bases.append(base)
            base += segment.document_count
        self._number_count = base
        self._lengths: dict[str, bytes] = {}
        self.doc_count = sum(segment.live_count for segment in self.segments)

    def postings(self, field: str, term: str) -> tuple[Sequence[int], Sequence[float]]:
        """See IndexReader."""
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
        """See IndexReader."""
        return sum(segment.count_documents(field, term) for segment in self.segments)

    def lengths(self, field: str) -> Sequence[int]:
        """See IndexReader."""
        found = self._lengths.get(field)
        if found is None:
            found = self._lengths[field] = self._read_lengths(field)
        return found

    def _read_lengths(self, field: str) -> bytes:
        if any(field not in segment.totals for segment in self.segments):
            return bytes(self._number_count)
        return b"".join(segment.lengths(field) for segment in self.segments)

    def average_length(self, field: str) -> float:
        """See IndexReader."""
        total = sum(segment.totals.get(field, 0) for segment in self.segments)
        return max(total / (self.doc_count or 1), 1.0)

    def terms(self, field: str, prefix: str = "") -> Iterator[tuple[str, int]]:
        """See IndexReader."""
        if len(self.segments) == 1:
            yield from self.segments[0].iterate_terms(field, prefix)
            return
        streams = [segment.iterate_terms(field, prefix) for segment in self.segments]
        for term, group in groupby(merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
            yield term, sum(count for _, count in group)

    def record(self, number: int) -> CardRecord:
        """See IndexReader."""
        place, own = self.locate(number)
        return self.segments[place].record(own)

    def number_of(self, path: str) -> int | None:
        """See IndexReader."""
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
        """The digest of the file that a document was made from."""
        place, own = self.locate(number)
        return self.segments[place].digest(own)
