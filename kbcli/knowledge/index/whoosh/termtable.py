"""The terms file (`.trm`) of a segment: Whoosh's ordered hash file. Read here, written in `term_writer`.

Layout (big-endian): header · for each key in order its length, its value's length, key and
value · 256 hash tables · their directory · a pickled dict · the positions of all keys in
order · length of the last two. A key is the field's number in two bytes and the term in
UTF-8; a value is `W3TermInfo`: 25 bytes of statistics, then the posting list itself when it
is short, else its place in the postings file.
"""

from collections.abc import Iterator
from struct import Struct
from zlib import crc32

from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.index.whoosh.pages import PagedFile
from kbcli.knowledge.index.whoosh.postings import DamagedIndexError

# Tag, hash function 1 (CRC-32; Whoosh reads which one from here), two unused integers.
HEADER = b"HSH3" + b"\x01" + bytes(8)
LENGTHS = Struct("!ii")
POINTER = Struct("!Iq")
DIRECTORY = Struct("!qi")
INFO = Struct("!BfIBBfII")
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
        directory = file.read(self._directory, TABLES * DIRECTORY.size)
        self._tables = list(DIRECTORY.iter_unpack(directory))
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

    def iterate(self, prefix: bytes) -> Iterator[tuple[bytes, TermEntry]]:
        """Keys that begin with `prefix`, in order, with their entries."""
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            if self._key_at(self._position(middle)) < prefix:
                low = middle + 1
            else:
                high = middle
        if low == self._count:
            return
        read, size = self._file.read, LENGTHS.size
        position, end = self._position(low), self._tables_start
        while position < end:
            key_length, value_length = LENGTHS.unpack(read(position, size))
            item = read(position + size, key_length + value_length)
            if not item.startswith(prefix):
                return
            yield item[:key_length], _unpack_entry(item, key_length)
            position += size + key_length + value_length

    def _position(self, number: int) -> int:
        return int.from_bytes(self._file.read(self._index + number * self._width, self._width), "big")

    def _key_at(self, position: int) -> bytes:
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
