"""Writing one segment of the index: Whoosh's W3 files, inverted in memory in one pass.

Whoosh's own writer sorts every posting on disk and pickles each number by itself; this one
keeps a dict of terms, and writes the same files six times as fast. Positions are not kept:
phrases are checked against the texts.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, chain, compress, repeat, starmap
from json import JSONEncoder
from operator import add
from zlib import crc32

from kbcli.foundation.disk.files import pack_array
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.knowledge.index.documents import IndexDocument
from kbcli.knowledge.index.schema import (
    FACTS_COLUMN,
    FIELD_NUMBERS,
    FIELDS,
    FILE_FIELD,
    POSTINGS,
    RECORD_COLUMN,
    SUMS,
    TERMS,
    encode_length,
)
from kbcli.knowledge.index.whoosh.postings import (
    INLINE_LIMIT,
    encode_block,
    encode_inline,
    encode_start,
)
from kbcli.knowledge.index.whoosh.segment_reader import (
    DIRECTORY,
    EXTENT,
    FACTS,
    HEADER,
    INFO,
    LENGTHS,
    POINTER,
    TABLES,
    SegmentReader,
    sum_pages,
)


class TermWriter:
    """Collects terms in ascending order, with their posting lists, and gives the bytes of both files.

    The layout is told where they are read: in `segment_reader`.
    """

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
        data += dumps(
            {"fieldmap": field_numbers, "indextype": positions.typecode, "indexlen": len(positions)}, 2
        )
        data += pack_array(positions.typecode, positions, "big")
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
    head, tail = _pack_value((0,), (weight,), code, code, encode_inline((0,), (weight,))).split(
        pack_place(0), 1
    )
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


Buffer = bytes | bytearray

_TERMS_AT_ONCE = 4096

_encode_json = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class SegmentData(NamedTuple):
    """A finished segment: its files by their ending, and what the manifest says of it.

    `totals` is the number of terms in each scored field over all documents.
    """

    files: Mapping[str, Buffer]
    document_count: int
    term_count: int
    totals: dict[str, int]


class SegmentBuilder:
    """Takes documents in, and gives the bytes of a segment's files."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._inverted: dict[str, dict[str, list[int]]] = {field: {} for field in sorted(FIELD_NUMBERS)}
        self._codes = {field: bytearray() for field in FIELDS}
        self._totals = dict.fromkeys(FIELDS, 0)
        self._records: list[bytes] = []
        self._facts = bytearray()
        self.posting_count = 0

    @property
    def document_count(self) -> int:
        """How many documents were taken in."""
        return len(self._records)

    @property
    def term_count(self) -> int:
        """How many different terms there are so far, over all fields."""
        return sum(map(len, self._inverted.values()))

    def add(self, document: IndexDocument, digest: bytes) -> None:
        """Take in a document; `digest` is that of its file's bytes."""
        number = len(self._records)
        terms = document.terms
        self._records.append(_encode_json(document.record).encode("utf-8", "surrogatepass"))
        lengths = [len(terms.get(field, ())) for field in FIELDS]
        for field, length in zip(FIELDS, lengths, strict=True):
            self._codes[field].append(encode_length(length))
            self._totals[field] += length
        self._facts += FACTS.pack(digest, *lengths)
        for field, found in terms.items():
            self._invert(field, number, {found[0]: 1} if len(found) == 1 else Counter(found))
        self._invert(FILE_FIELD, number, {document.record.path: 1})

    def _invert(self, field: str, number: int, counts: Mapping[str, int]) -> None:
        inverted = self._inverted[field]
        find = inverted.get
        for term, count in counts.items():
            postings = find(term)
            if postings is None:
                inverted[term] = [number, count]
            else:
                postings += (number, count)
        self.posting_count += len(counts)

    def absorb(self, segment: SegmentReader) -> None:
        """Take in the live documents of a segment, as they were analysed then."""
        alive = segment.alive
        numbers = list(accumulate(alive, initial=len(self._records)))
        live = [number for number, living in enumerate(alive) if living]
        for field in FIELDS:
            self._codes[field] += bytes(compress(segment.lengths(field), alive))
            self._totals[field] += segment.totals[field]
        self._records += map(segment.record_bytes, live)
        self._facts += b"".join(map(segment.facts, live))
        for field, inverted in self._inverted.items():
            for term, found, weights in segment.iterate_postings(field):
                if found:
                    pairs = [0] * (2 * len(found))
                    pairs[0::2] = [numbers[number] for number in found]
                    pairs[1::2] = weights
                    inverted.setdefault(term, []).extend(pairs)
                    self.posting_count += len(found)

    def pack(self) -> tuple[Any, ...]:
        """All that was taken in, as plain values for `join`."""
        return self._records, self._facts, self._codes, self._totals, self._inverted, self.posting_count

    def join(self, packed: tuple[Any, ...]) -> None:
        """Take in what another builder packed; its documents come after those that are here."""
        records, facts, codes, totals, inverted, posting_count = packed
        numbers = list(range(len(self._records), len(self._records) + len(records)))
        self._records += records
        self._facts += facts
        for field in FIELDS:
            self._codes[field] += codes[field]
            self._totals[field] += totals[field]
        for field, found in inverted.items():
            own = self._inverted[field]
            for term, pairs in found.items():
                pairs[0::2] = map(numbers.__getitem__, pairs[0::2])
                before = own.setdefault(term, pairs)
                if before is not pairs:
                    before += pairs
        self.posting_count += posting_count

    def finish(self) -> SegmentData:
        """The segment; the builder is empty afterwards and can begin the next."""
        terms = self._write_terms()
        term_count = terms.count
        files: dict[str, Buffer] = {
            TERMS: terms.finish(dict(FIELD_NUMBERS)),
            POSTINGS: terms.postings,
            "._stored.col": bytes(len(self._records)) + b"B",
            f".{RECORD_COLUMN}.col": _pack_texts(self._records),
            f".{FACTS_COLUMN}.col": self._facts,
        }
        for field, codes in self._codes.items():
            files[f"._{field}_len.col"] = codes
        files[SUMS] = _pack_sums(files.values())
        segment = SegmentData(files, len(self._records), term_count, self._totals)
        self._clear()
        return segment

    def _write_terms(self) -> TermWriter:
        terms = TermWriter()
        places = list(map(pack_place, range(len(self._records))))
        for field, inverted in self._inverted.items():
            start = FIELD_NUMBERS[field].to_bytes(2, "big")
            codes = self._codes.get(field) or bytes(len(self._records))
            names = sorted(inverted)
            for at in range(0, len(names), _TERMS_AT_ONCE):
                some = names[at : at + _TERMS_AT_ONCE]
                terms.add_terms(
                    [start + term.encode("utf-8", "surrogatepass") for term in some],
                    list(map(inverted.pop, some)),
                    codes,
                    places,
                )
        return terms


def _pack_texts(texts: list[bytes]) -> bytes:
    """Whoosh's VarBytesColumn with stored offsets: texts, lengths, offsets, their types, X."""
    lengths = list(map(len, texts))
    offsets = accumulate(lengths[:-1], initial=0)
    return b"".join((*texts, pack_array("I", lengths, "big"), pack_array("I", offsets, "big"), b"IIX"))


def _pack_sums(files: Iterable[Buffer]) -> bytes:
    """The page sums of the files, one after the other, little-endian."""
    return b"".join(pack_array("I", sum_pages(data), "little") for data in files)
