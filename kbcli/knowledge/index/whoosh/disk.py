"""The index as search sees it, on disk or in memory: several segments as one backend."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby
from operator import itemgetter

from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.index.question import Candidates, Question
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.index.schema import FILE_FIELD
from kbcli.knowledge.index.whoosh.ranking import explain, find_candidates
from kbcli.knowledge.index.whoosh.segment_reader import SegmentReader

if TYPE_CHECKING:
    from kbcli.foundation.text.pipeline import QueryWord
    from kbcli.knowledge.index.port import Health
    from kbcli.knowledge.index.whoosh.generation import Generation


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
        self._bases: list[int] = []
        base = 0
        for segment in self.segments:
            self._bases.append(base)
            base += segment.document_count
        self._number_count = base
        self._lengths: dict[str, bytes] = {}
        self.doc_count = sum(segment.live_count for segment in self.segments)

    @property
    def identity(self) -> str:
        """A text that differs where the index would answer otherwise, and else stays: for caches of answers."""
        return " ".join(segment.identity for segment in self.segments)

    def health(self) -> "Health":
        """See Backend."""
        from kbcli.knowledge.index.port import Health

        return Health("whole", self.commit, self.schema, self.doc_count)

    def candidates(self, question: Question, limit: int = 200) -> Candidates:
        """See Backend."""
        return find_candidates(self, question, limit)

    def explain(self, question: Question, number: int) -> "list[tuple[QueryWord, str, float]]":
        """See Candidate."""
        return explain(self, question, number)

    def begin(self, commit: str | None, *, full: bool = False) -> "Generation":
        """See Backend. What is made of this state stays in memory."""
        from kbcli.knowledge.index.whoosh.generation import Generation

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

    def lengths(self, field: str) -> Sequence[int]:
        """One byte per document number: the length code of the field (0: no such field)."""
        found = self._lengths.get(field)
        if found is None:
            found = self._lengths[field] = self._read_lengths(field)
        return found

    def _read_lengths(self, field: str) -> bytes:
        if any(field not in segment.totals for segment in self.segments):
            return bytes(self._number_count)
        return b"".join(segment.lengths(field) for segment in self.segments)

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


class OpenIndex:
    """An index ready to be asked.

    `is_stale`: another kb is writing, and this is the last state it completed. `built`: how many
    cards were (re)indexed now. `temporary`: why the index is only in memory, "" when it is not.
    """

    __slots__ = ("built", "is_stale", "reader", "temporary")

    def __init__(
        self, reader: DiskReader, *, is_stale: bool = False, built: int = 0, temporary: str = ""
    ) -> None:
        self.reader = reader
        self.is_stale = is_stale
        self.built = built
        self.temporary = temporary

    def close(self) -> None:
        """Let go of the files. Nothing is lost by not calling it."""
        self.reader = DiskReader(())
