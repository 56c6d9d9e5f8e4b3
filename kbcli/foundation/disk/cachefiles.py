"""Files in the user's own cache folder: closed to others, replaced as a whole, and never needed.

What is kept there can be worked out again, so nothing here fails: a file that is damaged,
somebody else's or too large is as good as none.
"""

import contextlib
import json
import os
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

from kbcli.errors import KbError

_SAFE_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_POSIX = os.name == "posix"
_MOST_TABLE_BYTES = 10_000_000

Table = dict[str, object]


def find_cache_folder(name: str) -> Path:
    """The folder `name` of kb's caches, which need not exist."""
    if sys.platform == "linux":
        # What platformdirs says there, without the 4 ms of importing it; a test compares the two.
        base = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(base):
            base = os.path.join(os.environ.get("HOME", ""), ".cache")
        if os.path.isabs(base):
            return Path(base, "kb", name)
    from platformdirs import user_cache_path

    return user_cache_path("kb", appauthor=False) / name


def name_place(path: Path) -> str:
    """What a file or folder is called in a cache: its own name, made safe, and sums of its real path."""
    real = os.path.realpath(path)
    packed = os.fsencode(real)
    name = _SAFE_NAME.sub("-", os.path.basename(real))[:40]
    return f"{name}-{crc32(packed):08x}{crc32(packed[::-1]):08x}"


def prepare_cache_folder(folder: Path) -> bool:
    """Make a folder for the user alone; False when it is somebody else's or cannot be made."""
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        around = {folder.parent.lstat().st_uid, folder.parent.stat().st_uid}
        if _POSIX and around != {os.getuid()}:
            return False
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or (_POSIX and status.st_uid != os.getuid()):
            return False
        if _POSIX and stat.S_IMODE(status.st_mode) & 0o077:
            folder.chmod(0o700)
    except OSError:
        return False
    return True


def read_cache_file(path: Path, most: int) -> bytes | None:
    """The bytes of a plain file of the user's own, of at most `most` bytes; None for any other."""
    try:
        status = os.lstat(path)
        ours = not _POSIX or status.st_uid == os.getuid()
        if not stat.S_ISREG(status.st_mode) or not ours or status.st_size > most:
            return None
        return path.read_bytes()
    except OSError:
        return None


def write_cache_file(path: Path, data: bytes) -> None:
    """Replace a file that only the user may read, or leave it as it was where that cannot be done."""
    # It brings `tempfile`, which takes as long to load as reading twenty such files.
    from kbcli.foundation.disk.atomic import replace_file

    with contextlib.suppress(OSError, KbError):
        # A replaced file keeps its mode, so the first one decides; a link is not written through.
        flags = os.O_CREAT | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)
        os.close(os.open(path, flags, 0o600))
        replace_file(path, data)


class CacheFile:
    """A sealed file of at most `most` bytes in a cache folder, which is made when it is first read.

    Without a folder, or in one that is somebody else's, nothing is read and nothing is kept.
    """

    def __init__(self, folder: Path | None, name: str, most: int) -> None:
        self._folder = folder
        self._name = name
        self._most = most

    def read(self) -> bytes | None:
        """What was written last; None when there is nothing, or anything of it changed."""
        if self._folder is not None and not prepare_cache_folder(self._folder):
            self._folder = None
        if self._folder is None:
            return None
        return unseal(read_cache_file(self._folder / self._name, self._most))

    def write(self, data: bytes) -> None:
        """Keep this from now on. Never fails: it is only a cache."""
        if self._folder is not None:
            write_cache_file(self._folder / self._name, seal(data))


def seal(data: bytes) -> bytes:
    """Data behind its own SHA-256, so that damage is noticed."""
    return b"%b\n%b" % (_sum(data), data)


def unseal(sealed: bytes | None) -> bytes | None:
    """What was sealed; None when anything of it changed."""
    total, _, data = (sealed or b"").partition(b"\n")
    return data if total == _sum(data) else None


def _sum(data: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(data).hexdigest().encode("ascii")


def name_cache(root: Path) -> str:
    """What a knowledge base is called in a cache: a digest of its real path."""
    import hashlib

    return hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:32]


def remember_table(path: Path, read: Callable[[str], Table]) -> Callable[[str], Table]:
    """A reader that answers as `read` does for the text of the file at `path`, seldom calling it: it is slow to load.

    One text per file is kept, in the user's own cache folder, and it counts only where it is the same
    to the last character. What JSON cannot hold, such as a date, is read each time.
    """

    def recall(text: str) -> Table:
        if not text:
            return read(text)
        folder = find_cache_folder("tables")
        kept = folder / f"{name_place(path)}.json"
        table = _unpack_table(read_cache_file(kept, _MOST_TABLE_BYTES), text)
        if table is not None:
            return table
        table = read(text)
        packed = _pack_table(text, table)
        if packed is not None and prepare_cache_folder(folder):
            write_cache_file(kept, packed)
        return table

    return recall


# A sum of its own, not `seal`: loading `hashlib` would cost a search about what is saved here.
def _pack_table(text: str, table: Table) -> bytes | None:
    try:
        data = json.dumps([text, table], ensure_ascii=True, separators=(",", ":")).encode("ascii")
    except (TypeError, ValueError, RecursionError):
        return None
    return b"%08x\n%b" % (crc32(data), data) if len(data) < _MOST_TABLE_BYTES - 10 else None


def _unpack_table(packed: bytes | None, text: str) -> Table | None:
    total, _, data = (packed or b"").partition(b"\n")
    if total != b"%08x" % crc32(data):
        return None
    try:
        known, table = json.loads(data)
    except (TypeError, ValueError, RecursionError):
        return None
    return table if known == text and isinstance(table, dict) else None
