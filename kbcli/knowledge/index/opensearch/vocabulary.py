"""The terms of an index and how many documents hold each: made by who fills the index, sent to each reader once.

A field is a text of lines, `term<tab>count`, in order; it travels in parts, compressed, each called by its sum.
"""

import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b

from kbcli.foundation.opensearch.access import EngineError
from kbcli.knowledge.index.opensearch.documents import take

_PART_BYTES = 4_000_000
_MOST_BYTES = 256_000_000
_MANY = 1_000
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_RETURNS = {"\\": "\\", "n": "\n", "t": "\t"}


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
        key = _escape(term) + b"\t"
        place = self._find(key)
        if not self._lines.startswith(key, place):
            return 0
        return int(self._lines[place + len(key) : self._lines.index(b"\n", place)])

    def count_known(self, terms: Collection[str]) -> dict[str, int]:
        """Those of the terms that documents hold."""
        if len(terms) > _MANY:
            self._all = self._all if self._all is not None else dict(self.iterate())
        return {term: count for term in terms if (count := self.count(term))}

    def iterate(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        """The terms that begin with a prefix, in order."""
        key = _escape(prefix)
        place = self._find(key)
        while self._lines.startswith(key, place) and place < len(self._lines):
            end = self._lines.index(b"\n", place)
            term, _, count = self._lines[place:end].rpartition(b"\t")
            yield _return(term), int(count)
            place = end + 1

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
