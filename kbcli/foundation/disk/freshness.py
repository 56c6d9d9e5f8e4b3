"""Telling whether a file may have changed since it was last read.

A stamp is what the file system says of a file without reading it. Two stamps are compared
for equality only: a checkout or a restored backup moves times backwards. A file whose last
change is as recent as the clock can tell apart from the moment it was read is *racy*: it
can change again and keep its stamp, so it is read again (git does the same).
"""

import os
from pathlib import Path

from kbcli.foundation.typed import NamedTuple

_TICK_NS = 20_000_000
_COARSE_NS = 2_000_000_000
_SECOND_NS = 1_000_000_000


class Stamp(NamedTuple):
    """Times of the last change of content and of status (both in ns), size in bytes, inode."""

    mtime_ns: int
    ctime_ns: int
    size: int
    inode: int


def make_stamp(status: os.stat_result) -> Stamp:
    """The stamp in a stat result."""
    return Stamp(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def stamp_file(root: Path | str, path: str) -> Stamp | None:
    """The stamp of the file at `path` below `root`, links followed; None when there is none."""
    try:
        return make_stamp(os.stat(os.path.join(root, path)))
    except (OSError, ValueError):
        return None


def is_racy(stamp: Stamp, now_ns: int) -> bool:
    """Whether a file stamped at `now_ns` could change once more within its last tick.

    The tick is the kernel's, at most 10 ms; a file system that keeps whole seconds only (FAT
    keeps even ones) is known by its times. A time further ahead than a tick is no danger: the
    next change will not be stamped with it.
    """
    window = _COARSE_NS if stamp.mtime_ns % _SECOND_NS == 0 else _TICK_NS
    return abs(now_ns - stamp.mtime_ns) <= window


def was_touched_since(stamp: Stamp, moment_ns: int) -> bool:
    """Whether a file may have been written at or after a moment, by either of its times."""
    window = _COARSE_NS if stamp.mtime_ns % _SECOND_NS == 0 else _TICK_NS
    return max(stamp.mtime_ns, stamp.ctime_ns) >= moment_ns - window
