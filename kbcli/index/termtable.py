"""The terms file (`.trm`) of a segment: Whoosh's ordered hash file, written and read.

Layout (big-endian): header · for each key in order its length, its value's length, key and
value · 256 hash tables · their directory · a pickled dict · the positions of all keys in
order · length of the last two. A key is the field's number in two bytes and the term in
UTF-8; a value is `W3TermInfo`: 25 bytes of statistics, then the posting list itself when it
is short, else its place in the postings file.
"""

import sys
from array import array
from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple
from zlib import crc32

from kbcli.index.pages import PagedFile
from kbcli.index.postings import DamagedIndexError

# Tag, hash function 1 (CRC-32; Whoosh reads which one from here), two unused integers.
_HEADER = b"HSH3" + b"\x01" + bytes(8)
_LENGTHS = Struct("!ii")
_POINTER = Struct("!Iq")
_DIRECTORY = Struct("!qi")
_INFO = Struct("!BfIBBfII")
_EXTENT = Struct("!qi")
_TABLES = 256


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


class TermWriter:
    """Collects keys in ascending order and gives the bytes of the file."""

    def __init__(self) -> None:
        self._data = bytearray(_HEADER)
        self._positions: list[int] = []
        self._hashes: list[int] = []

    def add(self, key: bytes, value: bytes) -> None:
        """Append a key that is greater than every one before."""
        data = self._data
        self._positions.append(len(data))
        self._hashes.append(crc32(key))
        data += _LENGTHS.pack(len(key), len(value))
        data += key
        data += value

    @property
    def count(self) -> int:
        """How many keys there are."""
        return len(self._positions)

    def finish(self, field_numbers: dict[str, int]) -> bytearray:
        """The whole file. `field_numbers` maps a field to the number its keys begin with."""
        from pickle import dumps

        data = self._data
        directory = self._write_tables()
        for position, slots in directory:
            data += _DIRECTORY.pack(position, slots)
        extras_start = len(data)
        positions = array("I" if extras_start < 2**32 else "q", self._positions)
        extras = {"fieldmap": field_numbers, "indextype": positions.typecode, "indexlen": len(positions)}
        data += dumps(extras, 2)
        if sys.byteorder == "little":
            positions.byteswap()
        data += positions.tobytes()
        data += (len(data) - extras_start).to_bytes(4, "big")
        return data

    def _write_tables(self) -> list[tuple[int, int]]:
        buckets: list[list[tuple[int, int]]] = [[] for _ in range(_TABLES)]
        for pair in zip(self._hashes, self._positions, strict=True):
            buckets[pair[0] & 255].append(pair)
        directory = []
        pack_into, width = _POINTER.pack_into, _POINTER.size
        for bucket in buckets:
            slots = 2 * len(bucket)
            directory.append((len(self._data), slots))
            table, used = bytearray(width * slots), bytearray(slots)
            for hashed, position in bucket:
                slot = (hashed >> 8) % slots
                if used[slot]:
                    slot = used.find(0, slot)
                    if slot < 0:
                        slot = used.find(0)
                used[slot] = 1
                pack_into(table, slot * width, hashed, position)
            self._data += table
        return directory


def pack_term_value(
    numbers: list[int], weights: list[int], codes: bytes | bytearray, postings: bytes
) -> bytes:
    """The value of a term: its statistics and `postings` (an inline list, or an extent).

    `codes` are the field's length codes by document number, empty for a field without them.
    """
    count = len(numbers)
    if not codes:
        shortest = longest = 0
    elif count == 1:
        shortest = longest = codes[numbers[0]]
    else:
        found = [codes[number] for number in numbers]
        shortest, longest = min(found), max(found)
    inline = len(numbers) and postings[:2] == b"\x80\x03"
    return (
        _INFO.pack(
            bool(inline), sum(weights), count, shortest, longest, max(weights), numbers[0], numbers[-1]
        )
        + postings
    )


def pack_extent(offset: int, length: int) -> bytes:
    """The place of a block in the postings file."""
    return _EXTENT.pack(offset, length)


class TermTable:
    """Looks terms up in a terms file: by hash for one, by binary search for a prefix.

    `count` is how many terms it holds, known from the manifest.
    """

    def __init__(self, file: PagedFile, count: int) -> None:
        self._file = file
        self._count = count
        end = file.size - 4
        size = int.from_bytes(file.read(end, 4), "big")
        self._directory = end - size - _TABLES * _DIRECTORY.size
        self._width = 4 if end - size < 2**32 else 8
        self._index = end - count * self._width
        directory = file.read(self._directory, _TABLES * _DIRECTORY.size)
        self._tables = list(_DIRECTORY.iter_unpack(directory))
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
            found, position = _POINTER.unpack(read(table + slot * _POINTER.size, _POINTER.size))
            if not position:
                return None
            if found == hashed:
                key_length, value_length = _LENGTHS.unpack(read(position, _LENGTHS.size))
                if key_length == len(key):
                    item = read(position + _LENGTHS.size, key_length + value_length)
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
        read, size = self._file.read, _LENGTHS.size
        position, end = self._position(low), self._tables_start
        while position < end:
            key_length, value_length = _LENGTHS.unpack(read(position, size))
            item = read(position + size, key_length + value_length)
            if not item.startswith(prefix):
                return
            yield item[:key_length], _unpack_entry(item, key_length)
            position += size + key_length + value_length

    def _position(self, number: int) -> int:
        return int.from_bytes(self._file.read(self._index + number * self._width, self._width), "big")

    def _key_at(self, position: int) -> bytes:
        key_length, _ = _LENGTHS.unpack(self._file.read(position, _LENGTHS.size))
        return self._file.read(position + _LENGTHS.size, key_length)


def _unpack_entry(item: bytes, start: int) -> TermEntry:
    try:
        inline, _, count, _, _, _, first, last = _INFO.unpack_from(item, start)
        if inline:
            return TermEntry(count, first, last, item, start + _INFO.size, 0)
        offset, length = _EXTENT.unpack_from(item, start + _INFO.size)
    except Exception as error:
        raise DamagedIndexError("a term of the index is damaged") from error
    return TermEntry(count, first, last, None, offset, length)
