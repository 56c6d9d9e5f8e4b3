"""Writing one segment of the index: Whoosh's W3 files, inverted in memory in one pass.

Whoosh's own writer sorts every posting on disk and pickles each number by itself; this one
keeps a dict of terms, and writes the same files six times as fast. Positions are not kept:
phrases are checked against the texts.
"""

import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import compress
from json import JSONEncoder

from kbcli.foundation.typed import TYPE_CHECKING, Any, NamedTuple
from kbcli.knowledge.index.documents import IndexDocument
from kbcli.knowledge.index.fields import FIELDS, encode_length
from kbcli.knowledge.index.schema import (
    FACTS_COLUMN,
    FIELD_NUMBERS,
    FILE_FIELD,
    POSTINGS,
    RECORD_COLUMN,
    SUMS,
    TERMS,
)  # fmt: skip
from kbcli.knowledge.index.whoosh.pages import sum_pages
from kbcli.knowledge.index.whoosh.term_writer import TermWriter, pack_place

if TYPE_CHECKING:
    from kbcli.knowledge.index.whoosh.segment_reader import SegmentReader

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
        self._facts += digest + _pack_lengths(lengths)
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

    def absorb(self, segment: "SegmentReader") -> None:
        """Take in the live documents of a segment, as they were analysed then."""
        alive = segment.alive
        base = len(self._records)
        numbers, following = [], base
        for living in alive:
            numbers.append(following)
            following += living
        for field in FIELDS:
            self._codes[field] += bytes(compress(segment.lengths(field), alive))
            self._totals[field] += segment.totals[field]
        self._records += [segment.record_bytes(number) for number, living in enumerate(alive) if living]
        for number, living in enumerate(alive):
            if living:
                self._facts += segment.facts(number)
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
                keys = [start + term.encode("utf-8", "surrogatepass") for term in some]
                terms.add_terms(keys, list(map(inverted.pop, some)), codes, places)
        return terms


def _pack_lengths(lengths: Iterable[int]) -> bytes:
    return b"".join(length.to_bytes(4, "big") for length in lengths)


def _pack_texts(texts: list[bytes]) -> bytes:
    """Whoosh's VarBytesColumn with stored offsets: texts, lengths, offsets, their types, X."""
    lengths = array("I", map(len, texts))
    offsets = array("I", [0])
    offset = 0
    for length in lengths[:-1]:
        offset += length
        offsets.append(offset)
    if sys.byteorder == "little":
        lengths.byteswap()
        offsets.byteswap()
    return b"".join((*texts, lengths.tobytes(), offsets.tobytes(), b"IIX"))


def _pack_sums(files: Iterable[Buffer]) -> bytes:
    """The page sums of the files, one after the other, little-endian."""
    packed = bytearray()
    for data in files:
        sums = sum_pages(data)
        if sys.byteorder == "big":
            sums.byteswap()
        packed += sums.tobytes()
    return bytes(packed)
