"""Writing the terms file (`.trm`) and the postings file (`.pst`) of a segment; see `termtable` for the layout."""

import sys
from array import array
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, chain, repeat, starmap
from operator import add
from zlib import crc32

from kbcli.knowledge.index.whoosh.postings import INLINE_LIMIT, encode_block, encode_inline, encode_start
from kbcli.knowledge.index.whoosh.termtable import DIRECTORY, EXTENT, HEADER, INFO, LENGTHS, POINTER, TABLES


class TermWriter:
    """Collects terms in ascending order, with their posting lists, and gives the bytes of both files."""

    def __init__(self) -> None:
        self._data = bytearray(HEADER)
        self._positions: list[int] = []
        self._hashes: list[int] = []
        self.postings = bytearray()

    @property
    def count(self) -> int:
        """How many terms there are."""
        return len(self._positions)

    def add_terms(
        self,
        keys: Sequence[bytes],
        lists: Sequence[list[int]],
        codes: bytes | bytearray,
        places: Sequence[bytes],
    ) -> None:
        """Append keys, greater than every one before, and for each its documents and weights in turn.

        `codes` and `places` hold, by document number, the field's length code and `pack_place`.
        """
        values: list[bytes] = []
        for pairs in lists:
            if len(pairs) == 2:
                # By far the most terms stand in one document.
                head, tail = _frame_single(pairs[1], codes[pairs[0]])
                values.append(head + places[pairs[0]] + tail)
                continue
            values.append(self._pack_term(pairs[0::2], pairs[1::2], codes))
        self._extend(keys, values)

    def _pack_term(self, numbers: list[int], weights: list[int], codes: bytes | bytearray) -> bytes:
        """The value of a term that stands in several documents; a long list goes to the postings."""
        found = [codes[number] for number in numbers]
        shortest, longest = min(found), max(found)
        if len(numbers) <= INLINE_LIMIT:
            return _pack_value(numbers, weights, shortest, longest, encode_inline(numbers, tuple(weights)))
        block = encode_block(numbers, weights, shortest, longest)
        extent = EXTENT.pack(len(self.postings), len(block))
        self.postings += block
        return _pack_value(numbers, weights, shortest, longest, extent)

    def _extend(self, keys: Sequence[bytes], values: Sequence[bytes]) -> None:
        key_lengths, value_lengths = list(map(len, keys)), list(map(len, values))
        starts = map(LENGTHS.pack, key_lengths, value_lengths)
        sizes = map(add, map(add, key_lengths, value_lengths), repeat(LENGTHS.size))
        self._positions += list(accumulate(sizes, initial=len(self._data)))[:-1]
        self._hashes += map(crc32, keys)
        self._data += b"".join(chain.from_iterable(zip(starts, keys, values, strict=True)))

    def finish(self, field_numbers: dict[str, int]) -> bytearray:
        """The whole terms file. `field_numbers` maps a field to the number its keys begin with."""
        from pickle import dumps

        data = self._data
        directory = self._write_tables()
        for position, slots in directory:
            data += DIRECTORY.pack(position, slots)
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
        """Write a table of twice as many slots as terms for each last byte of a hash; gives places and sizes."""
        buckets: list[list[tuple[int, int]]] = [[] for _ in range(TABLES)]
        for pair in zip(self._hashes, self._positions, strict=True):
            buckets[pair[0] & 255].append(pair)
        directory = []
        empty = bytes(POINTER.size)
        for bucket in buckets:
            slots = 2 * len(bucket)
            directory.append((len(self._data), slots))
            table = [empty] * slots
            homes = [(hashed >> 8) % slots for hashed, _ in bucket]
            for slot, pointer in zip(homes, starmap(POINTER.pack, bucket), strict=True):
                while table[slot] is not empty:
                    slot = slot + 1 if slot + 1 < slots else 0  # noqa: PLW2901
                table[slot] = pointer
            self._data += b"".join(table)
        return directory


def pack_place(number: int) -> bytes:
    """What the value of a term that stands in one document alone says of its number."""
    return number.to_bytes(4, "big") * 2 + encode_start((number,))


@lru_cache(maxsize=4096)
def _frame_single(weight: int, code: int) -> tuple[bytes, bytes]:
    """What stands in such a value before `pack_place`, and what behind it, for a document's length code."""
    value = _pack_value((0,), (weight,), code, code, encode_inline((0,), (weight,)))
    head, tail = value.split(pack_place(0), 1)
    return head, tail


def _pack_value(
    numbers: Sequence[int], weights: Sequence[int], shortest: int, longest: int, postings: bytes
) -> bytes:
    """The value of a term: its statistics and `postings` (an inline list, or an extent).

    `shortest` and `longest` are the least and the greatest length code among its documents.
    """
    inline = len(numbers) <= INLINE_LIMIT
    first, last = numbers[0], numbers[-1]
    return (
        INFO.pack(inline, sum(weights), len(numbers), shortest, longest, max(weights), first, last) + postings
    )
