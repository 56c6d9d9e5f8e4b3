"""One writer at a time, over all processes; the system frees the lock of one that was killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kbcli.knowledge.index.schema import INDEX_NAME

# The name and the kind of lock that Whoosh's own writer takes: the two exclude each other.
LOCK_NAME = f"{INDEX_NAME}_WRITELOCK"


@contextmanager
def hold_lock(folder: Path, timeout: float) -> Iterator[bool]:
    """Hold the writer's lock of an index folder; gives False when it is not free within `timeout` seconds.

    Raises OSError when the folder cannot be written to.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK_NAME, timeout=timeout, mode=0o600)
    try:
        lock.acquire(poll_interval=0.02)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
