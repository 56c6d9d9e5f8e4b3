"""The terms of an index and how many documents hold each: made by who fills the index, sent to each reader once.

A field is a text of lines, `term<tab>count`, in order; it travels in parts, compressed, each called by its sum. Of fields that
name documents the numbers of these stand in place of the count, so that who is called so need not be asked.
"""

import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b

from kbcli.foundation.opensearch.access import EngineError
from kbcli.foundation.opensearch.records import take

_PART_BYTES = 4_000_000
_MOST_BYTES = 256_000_000
_MANY = 1_000
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_RETURNS = {"\\": "\\", "n": "\n", "t": "\t"}


def pack_numbers(numbers: Mapping[str, Collection[int]]) -> bytes:
    """The lines of a field that names documents."""
    pairs = (
        (_escape(term), b",".join(b"%d" % number for number in sorted(found)))
        for term, found in numbers.items()
        if found
    )
    return b"".join(sorted(b"%b\t%b\n" % pair for pair in pairs))


def pack_files(files: Mapping[int, tuple[str, bytes]]) -> bytes:
    """The lines of a table of files: path and digest by number."""
    lines = (
        b"%015d\t%b\t%b\n" % (number, digest.hex().encode(), _escape(path))
        for number, (path, digest) in files.items()
    )
    return b"".join(sorted(lines))


def pack_counts(counts: Mapping[str, int]) -> bytes:
    """The lines of a field."""
    return b"".join(
        sorted(b"%b\t%d\n" % (_escape(term), count) for term, count in counts.items() if count > 0)
    )


def split_parts(lines: bytes) -> list[bytes]:
    """The lines of a field in parts, each of whole lines."""
    parts, start = [], 0
    while start < len(lines):
        end = lines.rfind(b"\n", start, start + _PART_BYTES) + 1 or len(lines)
        parts.append(lines[start:end])
        start = end
    return parts


def name_part(part: bytes) -> str:
    """What a part is called: by all that is in it."""
    return f"terms-{blake2b(part, digest_size=16).hexdigest()}"


def press_part(part: bytes) -> str:
    """A part as a JSON text."""
    return b64encode(zlib.compress(part, 6)).decode()


def open_part(name: str, pressed: object) -> bytes:
    """A part again. Raises EngineError for one that is not what its name says."""
    part = b""
    with suppress(TypeError, ValueError, zlib.error):
        part = zlib.decompressobj().decompress(b64decode(take(str, pressed), validate=True), _PART_BYTES + 1)
    if name_part(part) != name:
        raise EngineError("its list of words is damaged")
    return part


class Terms:
    """The terms of one field, read out of their lines without taking these apart."""

    def __init__(self, lines: bytes) -> None:
        self._lines = lines
        self._all: dict[str, int] | None = None

    def count(self, term: str) -> int:
        """How many documents hold a term."""
        if self._all is not None:
            return self._all.get(term, 0)
        value = self._look_up(_escape(term))
        return 0 if value is None else self._count(value)

    def count_known(self, terms: Collection[str]) -> dict[str, int]:
        """Those of the terms that documents hold."""
        if len(terms) > _MANY:
            self._all = self._all if self._all is not None else dict(self.iterate())
        return {term: count for term in terms if (count := self.count(term))}

    def iterate(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        """The terms that begin with a prefix, in order."""
        return ((_return(term), self._count(value)) for term, value in self._iterate(_escape(prefix)))

    def _count(self, value: bytes) -> int:
        return int(value)

    def _iterate(self, key: bytes) -> Iterator[tuple[bytes, bytes]]:
        place = self._find(key)
        while self._lines.startswith(key, place) and place < len(self._lines):
            end = self._lines.index(b"\n", place)
            term, _, value = self._lines[place:end].partition(b"\t")
            yield term, value
            place = end + 1

    def _look_up(self, term: bytes) -> bytes | None:
        """What stands behind a term."""
        key = term + b"\t"
        place = self._find(key)
        if not self._lines.startswith(key, place):
            return None
        return self._lines[place + len(key) : self._lines.index(b"\n", place)]

    def _find(self, key: bytes) -> int:
        """Where the first line begins that is not below a key."""
        low, high = 0, len(self._lines)
        while low < high:
            start = self._lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = self._lines.index(b"\n", start) + 1
            if self._lines[start:end] < key:
                low = end
            else:
                high = start
        return low


class Numbers(Terms):
    """The terms of a field that names documents."""

    def list_numbers(self, term: str) -> list[int]:
        """The numbers of the documents that hold a term, ascending."""
        value = self._look_up(_escape(term))
        return [] if value is None else [int(number) for number in value.split(b",")]

    def iterate_numbers(self) -> Iterator[tuple[str, list[int]]]:
        """All terms, each with its documents."""
        return (
            (_return(term), [int(number) for number in value.split(b",")])
            for term, value in self._iterate(b"")
        )

    def _count(self, value: bytes) -> int:
        return value.count(b",") + 1


class Files(Terms):
    """Which file each document was made from."""

    def find(self, number: int) -> tuple[str, bytes] | None:
        """Path and digest of the document of a number."""
        value = self._look_up(b"%015d" % number)
        return None if value is None else _read_file(value)

    def iterate_files(self) -> Iterator[tuple[int, tuple[str, bytes]]]:
        """All documents."""
        return ((int(number), _read_file(value)) for number, value in self._iterate(b""))


def _read_file(value: bytes) -> tuple[str, bytes]:
    digest, _, path = value.partition(b"\t")
    return _return(path), bytes.fromhex(digest.decode())


def join_parts(names: Collection[str], load: Callable[[str], bytes]) -> bytes:
    """The lines of a field. Raises EngineError where they are too long."""
    lines = b""
    for name in names:
        lines += load(name)
        if len(lines) > _MOST_BYTES:
            raise EngineError("its list of words is too long")
    return lines


def _escape(term: str) -> bytes:
    escaped = (
        re.sub(r"[\\\n\t]", lambda match: _ESCAPES[match[0]], term) if re.search(r"[\\\n\t]", term) else term
    )
    return escaped.encode("utf-8", "surrogatepass")


def _return(escaped: bytes) -> str:
    term = escaped.decode("utf-8", "surrogatepass")
    return re.sub(r"\\(.)", lambda match: _RETURNS.get(match[1], match[1]), term) if "\\" in term else term
