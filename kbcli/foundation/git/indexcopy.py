"""A copy of git's index in the user's own cache, in which git may keep what it learnt of the folders.

Git looks into every folder for files that it does not track, unless its index has an *untracked cache*
(gitformat-index: by the times of the folders and what their .gitignore says). Turning that on would
write to somebody's repository; so a large index is copied, and git is asked with the copy. At
100,000 files this takes a quarter from what git needs.
"""

import os
from contextlib import suppress
from pathlib import Path
from stat import S_IWUSR
from zlib import crc32

from kbcli.foundation.disk.cachefiles import find_cache_folder, name_place, prepare_cache_folder
from kbcli.foundation.disk.freshness import Stamp, make_stamp

MOST_BYTES = 500_000_000
_KEPT = 3
_GRAIN_NS = 2_000_000_000
_LONGEST_RUN_NS = 60_000_000_000
_SETTLED = 0o400


class IndexCopy:
    """A copy, to ask git with once. `path` is where it lies; then call `settle` or `give_up`."""

    def __init__(self, path: str) -> None:
        """Take a copy that is there. Raises OSError when it is not."""
        self.path = path
        status = os.stat(path)
        if status.st_mode & S_IWUSR:
            # Git wrote it for a kb that is still at work, or was stopped: nobody knows when git had looked.
            _make_older(path, status.st_mtime_ns - _LONGEST_RUN_NS)
        self._inode = os.stat(path).st_ino

    def settle(self, started_ns: int) -> None:
        """After git has ended, which was started at that time: let it doubt what changed since.

        Git takes what is older than its index for what it saw, and many gits compare whole seconds;
        but it writes the index some time after it has looked (its "racy" files).
        """
        with suppress(OSError):
            if os.stat(self.path).st_ino != self._inode:
                _make_older(self.path, started_ns - _GRAIN_NS)

    def give_up(self) -> None:
        """Work without a copy as long as git's index stays what it is."""
        with suppress(OSError):
            os.unlink(self.path)
            os.close(os.open(_mark(self.path), os.O_CREAT | os.O_WRONLY, 0o600))


def copy_index(source: str, stamp: Stamp, config: bytes) -> IndexCopy | None:
    """A copy of the index file at `source`, which had this stamp; None when there can be none.

    It is made when there is none of this stamp yet. Its time is that of the original, by which git
    knows what may have changed in the same tick. `config` is the text of the repository's own
    settings: what git learnt under others may be wrong.
    """
    folder = find_cache_folder("git") / name_place(Path(source))
    name = f"{stamp.mtime_ns:x}-{stamp.ctime_ns:x}-{stamp.size:x}-{stamp.inode:x}-{crc32(config):08x}"
    path = os.path.join(folder, name)
    if not (prepare_cache_folder(folder.parent) and prepare_cache_folder(folder)):
        return None
    if stamp.size > MOST_BYTES or os.path.exists(_mark(path)):
        return None
    with suppress(OSError):
        if not os.path.exists(path):
            _write_copy(source, path, stamp)
            _remove_old(folder)
        return IndexCopy(path)
    return None


def _mark(path: str) -> str:
    return f"{path}.none"


def _make_older(path: str, time_ns: int) -> None:
    older = min(time_ns, os.stat(path).st_mtime_ns)
    os.utime(path, ns=(older, older))
    os.chmod(path, _SETTLED)


def _write_copy(source: str, path: str, stamp: Stamp) -> None:
    part = f"{path}.{os.getpid()}"
    try:
        with open(source, "rb") as stream, open(part, "xb", opener=_open_privately) as target:
            target.write(stream.read())
        os.utime(part, ns=(stamp.mtime_ns, stamp.mtime_ns))
        # Where another index has come meanwhile, or times are kept in another grain, there is no copy.
        if make_stamp(os.stat(source)) != stamp or os.stat(part).st_mtime_ns > stamp.mtime_ns:
            raise FileNotFoundError(source)
        os.chmod(part, _SETTLED)
        os.replace(part, path)
    finally:
        with suppress(OSError):
            os.unlink(part)


def _open_privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _remove_old(folder: Path) -> None:
    """Remove all but the newest files. A search that meets that looks at every file once."""
    entries = sorted(os.scandir(folder), key=lambda entry: entry.stat().st_ctime, reverse=True)
    for entry in entries[_KEPT:]:
        os.unlink(entry.path)
