"""Reading one segment of the index without Whoosh, and without unpickling anything."""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import compress
from struct import Struct

from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.index.fields import FIELDS
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.index.schema import (
    DIGEST_SIZE,
    FACTS_COLUMN,
    FACTS_SIZE,
    FIELD_NUMBERS,
    POSTINGS,
    RECORD_COLUMN,
    TERMS,
)  # fmt: skip
from kbcli.knowledge.index.whoosh.pages import PAGE, PagedFile
from kbcli.knowledge.index.whoosh.postings import DamagedIndexError, decode_block, decode_inline
from kbcli.knowledge.index.whoosh.termtable import TermEntry, TermTable

if TYPE_CHECKING:
    from typing import Any

_OFFSET = Struct("!I")
_TEXT_TRAILER = len(b"IIX")
Postings = tuple[Sequence[int], Sequence[int]]


class SegmentReader:
    """One segment: its documents are numbered from 0, deleted ones included.

    `totals` is the number of terms by scored field over the live documents. `name` tells what was
    written from all else that was: its ID and the sum of its bytes.
    """

    def __init__(
        self,
        files: Mapping[str, PagedFile],
        document_count: int,
        term_count: int,
        totals: dict[str, int],
        deleted: Collection[int] = (),
        name: str = "",
    ) -> None:
        self._files = files
        self._name = name
        self._table: TermTable | None = None
        self._term_count = term_count
        self.document_count = document_count
        self.totals = totals
        self._deleted = sorted(deleted)
        self.alive = bytearray(b"\1") * document_count
        for number in self._deleted:
            self.alive[number] = 0

    @property
    def live_count(self) -> int:
        """How many documents are not deleted."""
        return self.document_count - len(self._deleted)

    @property
    def identity(self) -> str:
        """A text that differs where the segment would answer otherwise."""
        deleted = ",".join(map(str, self._deleted))
        return f"{self._name}-{deleted}" if deleted else self._name

    @property
    def term_count(self) -> int:
        """How many terms there are, those of deleted documents included."""
        return self._term_count

    @property
    def deleted(self) -> tuple[int, ...]:
        """The numbers of deleted documents, ascending."""
        return tuple(self._deleted)

    def without(self, numbers: Iterable[int]) -> "SegmentReader":
        """The same segment with more documents deleted."""
        more = set(numbers).difference(self._deleted)
        totals = dict(self.totals)
        for number in more:
            for field, length in unpack_facts(self.facts(number))[1].items():
                totals[field] -= length
        return SegmentReader(
            self._files,
            self.document_count,
            self._term_count,
            totals,
            more.union(self._deleted),
            self._name,
        )

    def find_postings(self, field: str, term: str) -> Postings:
        """Live documents that hold the term, ascending, and how often each does."""
        entry = self._find(field, term)
        return ((), ()) if entry is None else self._read_postings(entry)

    def count_documents(self, field: str, term: str) -> int:
        """How many live documents hold the term."""
        entry = self._find(field, term)
        return 0 if entry is None else self._count_live(entry)

    def iterate_terms(self, field: str, prefix: str) -> Iterator[tuple[str, int]]:
        """Terms that begin with the prefix and that a live document holds, with the number of these."""
        for term, entry in self._iterate(field, prefix):
            if count := self._count_live(entry):
                yield term, count

    def iterate_postings(self, field: str) -> Iterator[tuple[str, Sequence[int], Sequence[int]]]:
        """Every term of a field with its live postings, which may be none."""
        for term, entry in self._iterate(field, ""):
            yield term, *self._read_postings(entry)

    def lengths(self, field: str) -> bytes:
        """The length code of a scored field for each document."""
        return self._files[f"._{field}_len.col"].read(0, self.document_count)

    def record(self, number: int) -> CardRecord:
        """What is kept of a document."""
        from json import loads

        try:
            values: list[Any] = loads(self.record_bytes(number).decode("utf-8", "surrogatepass"))
            return CardRecord._make(tuple(value) if isinstance(value, list) else value for value in values)
        except (ValueError, TypeError) as error:
            raise DamagedIndexError("a record of the index is damaged") from error

    def record_bytes(self, number: int) -> bytes:
        """A record as it is stored: JSON in UTF-8."""
        file = self._files[f".{RECORD_COLUMN}.col"]
        offsets = file.size - _TEXT_TRAILER - 4 * self.document_count
        (offset,) = _OFFSET.unpack(file.read(offsets + 4 * number, 4))
        (length,) = _OFFSET.unpack(file.read(offsets - 4 * self.document_count + 4 * number, 4))
        return file.read(offset, length)

    def facts(self, number: int) -> bytes:
        """The row of facts of a document: digest of its file, exact lengths."""
        return self._files[f".{FACTS_COLUMN}.col"].read(number * FACTS_SIZE, FACTS_SIZE)

    def digest(self, number: int) -> bytes:
        """The digest of a document's file."""
        return self.facts(number)[:DIGEST_SIZE]

    def check_all(self) -> None:
        """Look at every byte. Raises DamagedIndexError."""
        for file in self._files.values():
            file.check_all()

    def _terms(self) -> TermTable:
        if self._table is None:
            self._table = TermTable(self._files[TERMS], self._term_count)
        return self._table

    def _find(self, field: str, term: str) -> TermEntry | None:
        number = FIELD_NUMBERS.get(field)
        if number is None or not self.document_count:
            return None
        return self._terms().find(number.to_bytes(2, "big") + term.encode("utf-8", "surrogatepass"))

    def _iterate(self, field: str, prefix: str) -> Iterator[tuple[str, TermEntry]]:
        number = FIELD_NUMBERS.get(field)
        if number is None or not self.document_count:
            return
        start = number.to_bytes(2, "big")
        for key, entry in self._terms().iterate(start + prefix.encode("utf-8", "surrogatepass")):
            yield key[2:].decode("utf-8", "surrogatepass"), entry

    def _read_postings(self, entry: TermEntry) -> Postings:
        if entry.inline is not None:
            numbers, weights = decode_inline(entry.inline, entry.offset, entry.documents)
        else:
            block = self._files[POSTINGS].read(entry.offset, entry.length)
            numbers, weights = decode_block(block, entry.documents)
        if self._may_be_deleted(entry):
            alive = self.alive
            kept = [alive[number] for number in numbers]
            return list(compress(numbers, kept)), list(compress(weights, kept))
        return numbers, weights

    def _count_live(self, entry: TermEntry) -> int:
        return len(self._read_postings(entry)[0]) if self._may_be_deleted(entry) else entry.documents

    def _may_be_deleted(self, entry: TermEntry) -> bool:
        """Whether a deleted document lies between the first and last document of a term."""
        deleted = self._deleted
        place = bisect_left(deleted, entry.first)
        return place < len(deleted) and deleted[place] <= entry.last


def split_sums(data: bytes, sizes: Iterable[int]) -> "list[array[int]]":
    """The page sums of each file, from the bytes of the sums file and the files' sizes in order."""
    sums = array("I")
    sums.frombytes(data)
    if sys.byteorder == "big":
        sums.byteswap()
    parts, start = [], 0
    for size in sizes:
        count = (size + PAGE - 1) // PAGE
        parts.append(sums[start : start + count])
        start += count
    return parts


def unpack_facts(facts: bytes) -> tuple[bytes, dict[str, int]]:
    """The digest, and the number of terms by scored field, that a row of facts holds."""
    lengths = [int.from_bytes(facts[start : start + 4], "big") for start in range(DIGEST_SIZE, len(facts), 4)]
    return facts[:DIGEST_SIZE], dict(zip(FIELDS, lengths, strict=True))
