"""An index held in memory: the same questions as to the one on disk, for tests and measuring."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from kbcli.knowledge.index.documents import FIELDS, IndexDocument
from kbcli.knowledge.index.lengths import encode_length
from kbcli.knowledge.index.record import CardRecord


class MemoryReader:
    """An IndexReader over documents that were just analysed, numbered in the order given."""

    def __init__(self, documents: Iterable[IndexDocument]) -> None:
        self._records: list[CardRecord] = []
        self._postings: dict[str, dict[str, tuple[list[int], list[float]]]] = {}
        self._lengths: dict[str, bytearray] = {field: bytearray() for field in FIELDS}
        self._totals: Counter[str] = Counter()
        self._sorted: dict[str, list[str]] = {}
        for document in documents:
            self._add(document)
        self.doc_count = len(self._records)

    def _add(self, document: IndexDocument) -> None:
        number = len(self._records)
        self._records.append(document.record)
        for field in FIELDS:
            length = len(document.terms.get(field, ()))
            self._lengths[field].append(encode_length(length))
            self._totals[field] += length
        for field, terms in document.terms.items():
            inverted = self._postings.setdefault(field, {})
            for term, count in Counter(terms).items():
                numbers, weights = inverted.setdefault(term, ([], []))
                numbers.append(number)
                weights.append(float(count))

    def postings(self, field: str, term: str) -> tuple[Sequence[int], Sequence[float]]:
        """See IndexReader."""
        return self._postings.get(field, {}).get(term, ((), ()))

    def document_frequency(self, field: str, term: str) -> int:
        """See IndexReader."""
        return len(self.postings(field, term)[0])

    def lengths(self, field: str) -> Sequence[int]:
        """See IndexReader."""
        return self._lengths.get(field) or bytes(self.doc_count)

    def average_length(self, field: str) -> float:
        """See IndexReader."""
        return max(self._totals[field] / (self.doc_count or 1), 1.0)

    def terms(self, field: str, prefix: str = "") -> Iterator[tuple[str, int]]:
        """See IndexReader."""
        inverted = self._postings.get(field, {})
        if field not in self._sorted:
            self._sorted[field] = sorted(inverted)
        names = self._sorted[field]
        for position in range(bisect_left(names, prefix), len(names)):
            if not names[position].startswith(prefix):
                return
            yield names[position], len(inverted[names[position]][0])

    def record(self, number: int) -> CardRecord:
        """See IndexReader."""
        return self._records[number]

    def number_of(self, path: str) -> int | None:
        """See IndexReader."""
        return next((number for number, record in enumerate(self._records) if record.path == path), None)
