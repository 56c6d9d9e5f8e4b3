"""What a text was read as, remembered beside the text itself: for readers that take long to load."""

import json
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

from kbcli.foundation.disk.cachefiles import (
    find_cache_folder,
    name_place,
    prepare_cache_folder,
    read_cache_file,
    write_cache_file,
)

_MOST_BYTES = 10_000_000

Table = dict[str, object]


def remember_table(path: Path, read: Callable[[str], Table]) -> Callable[[str], Table]:
    """A reader that answers as `read` does for the text of the file at `path`, seldom calling it.

    One text per file is kept, in the user's own cache folder, and it counts only where it is the same
    to the last character. What JSON cannot hold, such as a date, is read each time.
    """

    def recall(text: str) -> Table:
        if not text:
            return read(text)
        folder = find_cache_folder("tables")
        kept = folder / f"{name_place(path)}.json"
        table = _unpack(read_cache_file(kept, _MOST_BYTES), text)
        if table is not None:
            return table
        table = read(text)
        packed = _pack(text, table)
        if packed is not None and prepare_cache_folder(folder):
            write_cache_file(kept, packed)
        return table

    return recall


# A sum of its own, not `seal`: loading `hashlib` would cost a search about what is saved here.
def _pack(text: str, table: Table) -> bytes | None:
    try:
        data = json.dumps([text, table], ensure_ascii=True, separators=(",", ":")).encode("ascii")
    except (TypeError, ValueError, RecursionError):
        return None
    return b"%08x\n%b" % (crc32(data), data) if len(data) < _MOST_BYTES - 10 else None


def _unpack(packed: bytes | None, text: str) -> Table | None:
    total, _, data = (packed or b"").partition(b"\n")
    if total != b"%08x" % crc32(data):
        return None
    try:
        known, table = json.loads(data)
    except (TypeError, ValueError, RecursionError):
        return None
    return table if known == text and isinstance(table, dict) else None
