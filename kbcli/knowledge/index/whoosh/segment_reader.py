"""Reading one segment of the index without Whoosh, and without unpickling anything.

Whoosh's own files hold no checksums. kb keeps a CRC-32 for every 1024 bytes in one file beside each
segment, and looks at a page's sum the first time anything is read from it, so that opening stays
cheap and no damaged byte is ever used.

The terms file (`.trm`) is Whoosh's ordered hash file, big-endian: header · for each key in order its
length, its value's length, key and value · 256 hash tables · their directory · a pickled dict · the
positions of all keys in order · length of the last two. A key is the field's number in two bytes
and the term in UTF-8; a value is `W3TermInfo`: 25 bytes of statistics, then the posting list itself
when it is short, else its place in the postings file (`.pst`).
"""

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import compress
from json import loads
from struct import Struct
from zlib import crc32

from kbcli.foundation.disk.files import unpack_array
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.index.schema import (
    DIGEST_SIZE,
    FACTS_COLUMN,
    FACTS_SIZE,
    FIELD_NUMBERS,
    FIELDS,
    POSTINGS,
    RECORD_COLUMN,
    TERMS,
)
from kbcli.knowledge.index.whoosh.postings import DamagedIndexError, decode_block, decode_inline

if TYPE_CHECKING:
    from mmap import mmap

PAGE = 1024


def sum_pages(data: bytes | bytearray | memoryview) -> "array[int]":
    """The CRC-32 of every page of a file's bytes."""
    view = memoryview(data)
    return array("I", [crc32(view[start : start + PAGE]) for start in range(0, len(view), PAGE)])


class PagedFile:
    """Random access to one file's bytes; `sums` are its page sums, None for bytes held in memory."""

    __slots__ = ("_buffer", "_seen", "_sums", "size")

    def __init__(self, buffer: "bytes | bytearray | mmap", sums: Sequence[int] | None = None) -> None:
        self._buffer = buffer
        self.size = len(buffer)
        self._sums = sums
        self._seen = bytearray(len(sums)) if sums is not None else bytearray()

    def read(self, start: int, length: int) -> bytes:
        """The bytes from `start` on. Raises DamagedIndexError for a bad page or a place outside the file."""
        end = start + length
        if start < 0 or length < 0 or end > self.size:
            raise DamagedIndexError("an entry of the index leads outside its file")
        if self._sums is not None and length:
            first, last = start // PAGE, (end - 1) // PAGE
            if self._seen.find(0, first, last + 1) >= 0:
                self._check(first, last)
        return bytes(self._buffer[start:end])

    def view(self, start: int, length: int) -> "bytes | bytearray | mmap":
        """The whole file, of which the bytes from `start` on may be looked at. Raises DamagedIndexError as `read` does."""
        last = (start + length - 1) // PAGE
        if not 0 <= start <= self.size - length:
            raise DamagedIndexError("an entry of the index leads outside its file")
        if self._sums is not None and not (self._seen[start // PAGE] and self._seen[last]):
            self._check(start // PAGE, last)
        return self._buffer

    def check_all(self) -> None:
        """Look at every page. Raises DamagedIndexError."""
        self.read(0, self.size)

    def _check(self, first: int, last: int) -> None:
        sums, seen, buffer = self._sums, self._seen, self._buffer
        assert sums is not None
        for page in range(first, last + 1):
            if not seen[page]:
                if crc32(buffer[page * PAGE : (page + 1) * PAGE]) != sums[page]:
                    raise DamagedIndexError("a page of the index does not match its checksum")
                seen[page] = 1


# Tag, hash function 1 (CRC-32; Whoosh reads which one from here), two unused integers.
HEADER = b"HSH3" + b"\x01" + bytes(8)
LENGTHS = Struct("!ii")
POINTER = Struct("!Iq")
DIRECTORY = Struct("!qi")
INFO = Struct("!BfIBBfII")
COUNT = Struct("!5xI")
"""What INFO says of the number of documents, alone."""
EXTENT = Struct("!qi")
TABLES = 256


class TermEntry(NamedTuple):
    """One term of a segment: number of documents, the first and last of them, where its postings are.

    `inline` holds the value bytes when the postings stand in them (from `offset` on), and is
    None when they are `length` bytes at `offset` of the postings file.
    """

    documents: int
    first: int
    last: int
    inline: bytes | None
    offset: int
    length: int


class TermTable:
    """Looks terms up in a terms file: by hash for one, by binary search for a prefix.

    `count` is how many terms it holds, known from the manifest.
    """

    def __init__(self, file: PagedFile, count: int) -> None:
        self._file = file
        self._count = count
        end = file.size - 4
        size = int.from_bytes(file.read(end, 4), "big")
        self._directory = end - size - TABLES * DIRECTORY.size
        self._width = 4 if end - size < 2**32 else 8
        self._index = end - count * self._width
        self._tables = list(DIRECTORY.iter_unpack(file.read(self._directory, TABLES * DIRECTORY.size)))
        self._tables_start: int = self._tables[0][0]

    def find(self, key: bytes) -> TermEntry | None:
        """The entry of one key, or None."""
        read = self._file.read
        hashed = crc32(key)
        table, slots = self._tables[hashed & 255]
        if not slots:
            return None
        slot = (hashed >> 8) % slots
        for _ in range(slots):
            found, position = POINTER.unpack(read(table + slot * POINTER.size, POINTER.size))
            if not position:
                return None
            if found == hashed:
                key_length, value_length = LENGTHS.unpack(read(position, LENGTHS.size))
                if key_length == len(key):
                    item = read(position + LENGTHS.size, key_length + value_length)
                    if item.startswith(key):
                        return _unpack_entry(item, key_length)
            slot = (slot + 1) % slots
        return None

    def find_all(self, keys: Iterable[bytes]) -> Iterator[tuple[bytes, TermEntry]]:
        """Those of the keys that there are, with their entries. Of many that there are not, sooner than one by one."""
        tables, view, size, pointer = self._tables, self._file.view, POINTER.size, POINTER.unpack_from
        for key in keys:
            hashed = crc32(key)
            table, slots = tables[hashed & 255]
            slot = (hashed >> 8) % slots if slots else 0
            for _ in range(slots):
                found, position = pointer(view(table + slot * size, size), table + slot * size)
                if not position:
                    break
                if found == hashed and (entry := self.find(key)):
                    yield key, entry
                    break
                slot = (slot + 1) % slots

    def iterate(self, prefix: bytes) -> Iterator[tuple[bytes, bytes, int]]:
        """Keys that begin with `prefix`, in order, each with a block of bytes and where in it its value stands.

        Neighbours stand side by side in the file, so that many are read at a time.
        """
        first = bisect_left(range(self._count), prefix, key=self._key_at)
        position, end = (
            self._position(first) if first < self._count else self._tables_start,
            self._tables_start,
        )
        size, reach = LENGTHS.size, PAGE
        while position < end:
            block = self._file.read(position, min(reach, end - position))
            start = 0
            while start + size <= len(block):
                key_length, value_length = LENGTHS.unpack_from(block, start)
                value = start + size + key_length
                if key_length < 0 or value_length < 0:
                    raise DamagedIndexError("a term of the index is damaged")
                if value + value_length > len(block):
                    break
                key = block[start + size : value]
                if not key.startswith(prefix):
                    return
                yield key, block, value
                start = value + value_length
            if not start and reach >= end - position:
                raise DamagedIndexError("a term of the index is damaged")
            reach = PAGE if start else 2 * reach
            position += start

    def _position(self, number: int) -> int:
        return int.from_bytes(self._file.read(self._index + number * self._width, self._width), "big")

    def _key_at(self, number: int) -> bytes:
        position = self._position(number)
        key_length, _ = LENGTHS.unpack(self._file.read(position, LENGTHS.size))
        return self._file.read(position + LENGTHS.size, key_length)


def _unpack_entry(item: bytes, start: int) -> TermEntry:
    try:
        inline, _, count, _, _, _, first, last = INFO.unpack_from(item, start)
        if inline:
            return TermEntry(count, first, last, item, start + INFO.size, 0)
        offset, length = EXTENT.unpack_from(item, start + INFO.size)
    except Exception as error:
        raise DamagedIndexError("a term of the index is damaged") from error
    return TermEntry(count, first, last, None, offset, length)


FACTS = Struct(f"!{DIGEST_SIZE}s{len(FIELDS)}I")
"""A row of facts: the digest, and the number of terms in each scored field."""
_OFFSET = Struct("!I")
_MOST_RECORDS = 20_000
"""Records of a segment that stay in memory once read: some 2 kB each, for a process that lives long."""

_TEXT_TRAILER = len(b"IIX")
Postings = tuple[Sequence[int], Sequence[int]]


class SegmentReader:
    """One segment: its documents are numbered from 0, deleted ones included.

    `term_count` counts the terms of `deleted` documents too. `totals` is the number of terms by scored
    field over the live documents. `name` tells what was written from all else that was: its ID and the
    sum of its bytes.
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
        self._records: dict[int, CardRecord] = {}
        self.term_count = term_count
        self.document_count = document_count
        self.totals = totals
        self.deleted = tuple(sorted(deleted))
        self.live_count = document_count - len(self.deleted)
        self.alive = bytearray(b"\1") * document_count
        for number in self.deleted:
            self.alive[number] = 0

    @property
    def identity(self) -> str:
        """A text that differs where the segment would answer otherwise."""
        deleted = ",".join(map(str, self.deleted))
        return f"{self._name}-{deleted}" if deleted else self._name

    def without(self, numbers: Iterable[int]) -> "SegmentReader":
        """The same segment with more documents deleted."""
        more = set(numbers).difference(self.deleted)
        totals = dict(self.totals)
        for number in more:
            _, *lengths = FACTS.unpack(self.facts(number))
            for field, length in zip(FIELDS, lengths, strict=True):
                totals[field] -= length
        return SegmentReader(
            self._files,
            self.document_count,
            self.term_count,
            totals,
            more.union(self.deleted),
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

    def count_known(self, field: str, terms: Iterable[str]) -> Iterator[tuple[str, int]]:
        """Those of the terms that a live document holds, with the number of these."""
        number = FIELD_NUMBERS.get(field)
        if number is None or not self.document_count:
            return
        start = number.to_bytes(2, "big")
        keys = (start + term.encode("utf-8", "surrogatepass") for term in terms)
        for key, entry in self._terms.find_all(keys):
            if count := self._count_live(entry):
                yield key[2:].decode("utf-8", "surrogatepass"), count

    def iterate_terms(self, field: str, prefix: str) -> Iterator[tuple[str, int]]:
        """Terms that begin with the prefix and that a live document holds, with the number of these."""
        unpack, are_all_live = COUNT.unpack_from, not self.deleted
        for key, block, value in self._iterate(field, prefix):
            (count,) = unpack(block, value)
            if are_all_live or (count := self._count_live(_unpack_entry(block, value))):
                yield key[2:].decode("utf-8", "surrogatepass"), count

    def iterate_postings(self, field: str) -> Iterator[tuple[str, Sequence[int], Sequence[int]]]:
        """Every term of a field with its live postings, which may be none."""
        for key, block, value in self._iterate(field, ""):
            yield key[2:].decode("utf-8", "surrogatepass"), *self._read_postings(_unpack_entry(block, value))

    def lengths(self, field: str) -> bytes:
        """The length code of a scored field for each document."""
        return self._files[f"._{field}_len.col"].read(0, self.document_count)

    def record(self, number: int) -> CardRecord:
        """What is kept of a document; read once, as a segment never changes."""
        known = self._records.get(number)
        if known is None:
            known = self._read_record(number)
            if len(self._records) < _MOST_RECORDS:
                self._records[number] = known
        return known

    def _read_record(self, number: int) -> CardRecord:

        try:
            return CardRecord._make(
                tuple(value) if isinstance(value, list) else value
                for value in loads(self.record_bytes(number).decode("utf-8", "surrogatepass"))
            )
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

    @cached_property
    def _terms(self) -> TermTable:
        return TermTable(self._files[TERMS], self.term_count)

    def _find(self, field: str, term: str) -> TermEntry | None:
        number = FIELD_NUMBERS.get(field)
        if number is None or not self.document_count:
            return None
        return self._terms.find(number.to_bytes(2, "big") + term.encode("utf-8", "surrogatepass"))

    def _iterate(self, field: str, prefix: str) -> Iterator[tuple[bytes, bytes, int]]:
        number = FIELD_NUMBERS.get(field)
        if number is None or not self.document_count:
            return iter(())
        start = number.to_bytes(2, "big")
        return self._terms.iterate(start + prefix.encode("utf-8", "surrogatepass"))

    def _read_postings(self, entry: TermEntry) -> Postings:
        if entry.inline is not None:
            numbers, weights = decode_inline(entry.inline, entry.offset, entry.documents)
        else:
            numbers, weights = decode_block(
                self._files[POSTINGS].read(entry.offset, entry.length), entry.documents
            )
        if self._may_be_deleted(entry):
            alive = self.alive
            kept = [alive[number] for number in numbers]
            return list(compress(numbers, kept)), list(compress(weights, kept))
        return numbers, weights

    def _count_live(self, entry: TermEntry) -> int:
        return len(self._read_postings(entry)[0]) if self._may_be_deleted(entry) else entry.documents

    def _may_be_deleted(self, entry: TermEntry) -> bool:
        """Whether a deleted document lies between the first and last document of a term."""
        place = bisect_left(self.deleted, entry.first)
        return place < len(self.deleted) and self.deleted[place] <= entry.last


def split_sums(data: bytes, sizes: Iterable[int]) -> "list[array[int]]":
    """The page sums of each file, from the bytes of the sums file and the files' sizes in order."""
    sums, parts, start = unpack_array("I", data), [], 0
    for size in sizes:
        count = (size + PAGE - 1) // PAGE
        parts.append(sums[start : start + count])
        start += count
    return parts
