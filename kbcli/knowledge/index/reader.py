"""What search needs of an index, on disk or in memory."""

from array import array
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeAlias

from kbcli.knowledge.index.record import CardRecord


class IndexReader(Protocol):
    """Read access to one consistent state of the index.

    Documents are numbered 0 … `doc_count` - 1 over all segments, without gaps for search:
    a deleted document's number may exist, but it is never in a posting list returned here.
    """

    doc_count: int
    """How many documents are live."""

    def postings(self, field: str, term: str) -> tuple[Sequence[int], Sequence[float]]:
        """Ascending document numbers that hold the term in the field, and its weight in each."""
        ...

    def document_frequency(self, field: str, term: str) -> int:
        """How many documents hold the term in the field, without reading the postings."""
        ...

    def lengths(self, field: str) -> Sequence[int]:
        """One byte per document number: the length code of the field (0: no such field)."""
        ...

    def average_length(self, field: str) -> float:
        """Mean number of terms of the field over the live documents, at least 1."""
        ...

    def terms(self, field: str, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Terms of a field that begin with the prefix, in order, with their document frequency."""
        ...

    def record(self, number: int) -> CardRecord:
        """What the index keeps of a document, to show it and to judge its state."""
        ...

    def number_of(self, path: str) -> int | None:
        """The number of the document made from a path, or None."""
        ...


Numbers: TypeAlias = "array[int]"
