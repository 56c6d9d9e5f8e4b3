"""A copy of git's index in the user's own cache, in which git may keep what it learnt of the folders.

Git looks into every folder for files that it does not track, unless its index has an *untracked cache*
(gitindex-format: by the times of the folders and what their .gitignore says). Turning that on would
write to somebody's repository; so a large index is copied, and git is asked with the copy. At
100,000 files this takes a quarter from what git needs.
"""

import os
import time
from contextlib import suppress
from pathlib import Path
from stat import S_ISDIR

from kbcli.files.cachefiles import find_cache_folder, name_place, prepare_cache_folder
from kbcli.files.freshness import Stamp

LEAST_BYTES = 2_000_000
"""The size from which on an index is copied, about 20,000 files: below, there is nothing to gain."""

MOST_BYTES = 500_000_000

SETTINGS = (
    "-c",
    "core.untrackedCache=true",
    "-c",
    "core.splitIndex=false",
    "-c",
    "status.showUntrackedFiles=all",
)
"""What git must be told, so that it fills the copy and keeps it in one piece."""

_OLD_SECONDS = 3600


def copy_index(source: str, stamp: Stamp) -> str | None:
    """The path of a copy of the index file at `source`, which had this stamp; None when there can be none.

    It is made when there is none of this stamp yet. Its time is that of the original, by which git
    knows what may have changed in the same tick.
    """
    folder = find_cache_folder("git") / name_place(Path(source))
    copy = os.path.join(folder, f"{stamp.mtime_ns:x}-{stamp.ctime_ns:x}-{stamp.size:x}-{stamp.inode:x}")
    if _is_ours(folder) and os.path.exists(copy):
        return copy
    if stamp.size > MOST_BYTES or not prepare_cache_folder(folder.parent) or not prepare_cache_folder(folder):
        return None
    try:
        _write_copy(source, copy, stamp)
    except OSError:
        return None
    _remove_old(folder, copy)
    return copy


def _is_ours(folder: Path) -> bool:
    try:
        status = os.lstat(folder)
    except OSError:
        return False
    return S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077


def _write_copy(source: str, copy: str, stamp: Stamp) -> None:
    part = f"{copy}.{os.getpid()}"
    try:
        with open(source, "rb") as stream, open(part, "xb", opener=_open_privately) as target:
            target.write(stream.read())
        os.utime(part, ns=(stamp.mtime_ns, stamp.mtime_ns))
        # Where another index has come meanwhile, or times are kept in another grain, there is no copy.
        status = os.stat(source)
        if (status.st_mtime_ns, status.st_ctime_ns) != stamp[:2] or os.stat(
            part
        ).st_mtime_ns > stamp.mtime_ns:
            raise FileNotFoundError(source)
        os.replace(part, copy)
    finally:
        with suppress(OSError):
            os.unlink(part)


def _open_privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _remove_old(folder: Path, copy: str) -> None:
    """Remove copies of former states, but none that a search may be about to use."""
    with suppress(OSError):
        for entry in os.scandir(folder):
            if entry.path != copy and entry.stat().st_ctime < time.time() - _OLD_SECONDS:
                os.unlink(entry.path)
