"""Index files that are checked as they are read: a CRC-32 for every 4096 bytes.

Whoosh's own files hold no checksums. kb keeps them in one file beside each segment, and looks
at a page's sum the first time anything is read from it, so that opening stays cheap and no
damaged byte is ever used.
"""

from array import array
from collections.abc import Sequence
from zlib import crc32

from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.index.whoosh.postings import DamagedIndexError

if TYPE_CHECKING:
    from mmap import mmap

PAGE = 4096


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
