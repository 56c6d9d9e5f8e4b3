"""The shingles of cards, remembered by what is in their files.

The cache is one file for each knowledge base: a line of JSON, and then numbers only. It holds
nothing that cannot be worked out again.
"""

import hashlib
import json
import sys
from array import array
from collections.abc import Iterable, Mapping
from pathlib import Path
from unicodedata import unidata_version

from kbcli import __version__
from kbcli.config import Config
from kbcli.foundation.disk.files import CacheFile, find_cache_folder, name_place
from kbcli.foundation.git.objects import DIGEST_SIZE
from kbcli.knowledge.cards.library import Library

MAX_BYTES = 256 * 1024 * 1024
WORTH_WRITING = 0.01
"""From this share of new texts on all are written; fewer are sooner made again."""

_VERSION = 1
_NUMBER_SIZE = 4


def find_shingle_folder() -> Path:
    """The folder of the caches, which need not exist."""
    return find_cache_folder("shingles")


class ShingleCache:
    """Sorted shingles by the digest of the file they were made from (`files.contents.digest_content`).

    `folder` is where the file lies; None keeps nothing. It is read when it is first asked.
    """

    def __init__(self, config: Config, folder: Path | None) -> None:
        self._file = CacheFile(folder, f"{name_place(config.root)}.shingles", MAX_BYTES)
        parts = (str(_VERSION), __version__, unidata_version, config.source)
        self._fingerprint = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
        self._rows: dict[bytes, array[int]] = {}
        self._new = 0
        self._is_read = False

    def find(self, digest: bytes) -> "array[int] | None":
        """The shingles of a file with this digest, or None."""
        if not self._is_read:
            self._is_read = True
            self._rows = _unpack(self._file.read(), self._fingerprint)
        return self._rows.get(digest)

    def note(self, digest: bytes, shingles: "array[int]") -> None:
        """Remember the shingles of a file."""
        if self.find(digest) is None:
            self._rows[digest] = shingles
            self._new += 1

    def save(self, used: Iterable[bytes]) -> None:
        """Keep the rows of these digests, if there are enough new ones. Never fails: it is only a cache."""
        rows = {digest: self._rows[digest] for digest in sorted(set(used)) if digest in self._rows}
        if self._file.folder is None or not self._new or self._new < WORTH_WRITING * len(rows):
            return
        self._file.write(_pack(rows, self._fingerprint))
        self._new = 0

    def lend(self, library: Library, digests: Mapping[str, bytes]) -> None:
        """Give the cards (whose files have these digests, by path) the shingles that are known."""
        for card in library.cards:
            digest = digests.get(card.path)
            shingles = None if digest is None else self.find(digest)
            if shingles is not None:
                vars(card).setdefault("shingles", shingles)

    def keep(self, library: Library, digests: Mapping[str, bytes]) -> None:
        """Remember the shingles that the cards have by now, and forget those of other texts."""
        used = []
        for card in library.cards:
            digest = digests.get(card.path)
            if digest is not None and "shingles" in vars(card):
                self.note(digest, card.shingles)
                used.append(digest)
        self.save(used)


def _pack(rows: Mapping[bytes, "array[int]"], fingerprint: str) -> bytes:
    head = json.dumps({"fingerprint": fingerprint, "texts": len(rows)}).encode("ascii")
    numbers = array("I", map(len, rows.values()))
    for shingles in rows.values():
        numbers.extend(shingles)
    if sys.byteorder == "big":
        numbers.byteswap()
    return b"%b\n%b%b" % (head, b"".join(rows), numbers.tobytes())


def _unpack(data: bytes | None, fingerprint: str) -> "dict[bytes, array[int]]":
    """The rows of a cache file; none when it is not what `_pack` wrote for the same settings."""
    head, _, rest = (data or b"").partition(b"\n")
    try:
        facts = json.loads(head)
        count = facts["texts"] if facts["fingerprint"] == fingerprint else 0
        numbers = array("I")
        numbers.frombytes(rest[count * DIGEST_SIZE :])
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    if sys.byteorder == "big":
        numbers.byteswap()
    if count < 0 or count + sum(numbers[:count]) != len(numbers):
        return {}
    rows = {}
    start = count
    for place in range(count):
        end = start + numbers[place]
        rows[rest[place * DIGEST_SIZE : (place + 1) * DIGEST_SIZE]] = numbers[start:end]
        start = end
    return rows
