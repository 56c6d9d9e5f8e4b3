"""Replacing a file so that a crash leaves the old one or the new one, never a part."""

import contextlib
import os
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from kbcli.errors import ChangedFileError, RefusedError

_LOCK_SECONDS = 20.0
_POLL_SECONDS = 0.01
_held: set[tuple[int, str]] = set()


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file. Raises OSError as `open` does."""
    return path.read_bytes()


@contextlib.contextmanager
def hold_file(path: Path) -> Iterator[None]:
    """Keep other kb processes from replacing a file, from reading it to having written it.

    The lock is on the file's folder: it leaves nothing behind, and the system frees it when the
    process dies. A thread may take it again. Where there are no such locks, and after 20 seconds,
    it goes on without: `replace_file` still refuses a file that it sees changed.
    """
    folder = os.path.dirname(os.path.realpath(path))
    key = (threading.get_ident(), folder)
    if key in _held:
        yield
        return
    handle = _lock_folder(folder)
    _held.add(key)
    try:
        yield
    finally:
        _held.discard(key)
        if handle is not None:
            os.close(handle)


def _lock_folder(folder: str) -> int | None:
    """An open handle that holds the lock, None when there is none to be had."""
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except (ImportError, OSError):
        return None
    end = time.monotonic() + _LOCK_SECONDS
    while time.monotonic() < end:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_POLL_SECONDS)
        except OSError:
            break
        else:
            return handle
    os.close(handle)
    return None


def replace_file(path: Path, data: bytes, *, expected: bytes | None = None) -> None:
    """Write `data` over `path`, whole or not at all, keeping mode and symbolic links.

    `expected` is what the caller read: a file that has changed since is refused, so that an
    editor's save in between is never lost. The parent folder is made when missing only for a
    new file. Raises ChangedFileError, RefusedError for a read-only file or what is no regular
    file, OSError when the disk refuses.
    """
    target = Path(os.path.realpath(path))
    mode = _check_target(target, expected)
    name = _name_temporary(target)
    try:
        _write_new(name, data, mode)
        # The last look is taken as late as possible: what is left, to programs other than kb, is one rename.
        with hold_file(target):
            _check_target(target, expected)
            os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    _sync_folder(target.parent)


def create_file(path: Path, data: bytes) -> None:
    """Write a new file, whole or not at all. Raises RefusedError when something is there already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name = _name_temporary(path)
    try:
        _write_new(name, data, None)
        _link_new(name, path)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)
    _sync_folder(path.parent)


def _name_temporary(path: Path) -> str:
    return os.path.join(path.parent, f".{path.name[:40]}.{os.urandom(6).hex()}.kb-tmp")


def _write_new(name: str, data: bytes, mode: int | None) -> None:
    """Write a file that is not there yet, down to the disk; without a mode it gets that of a new file."""
    # The system takes the umask off by itself; to read it would be to change it, for every thread.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(name, flags, 0o666 if mode is None else 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    if mode is not None:
        os.chmod(name, mode)


def _link_new(name: str, path: Path) -> None:
    """Give the finished file its name, failing when the name is taken."""
    try:
        os.link(name, path)
    except FileExistsError as error:
        raise RefusedError(f"{path} exists already", "Choose another name, or edit that card.") from error
    except OSError:
        # Some file systems know no hard links: an empty file takes the name, and is replaced as a whole.
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        except FileExistsError as error:
            raise RefusedError(f"{path} exists already", "Choose another name, or edit that card.") from error
        try:
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(path)
            raise


def _check_target(target: Path, expected: bytes | None) -> int | None:
    """The mode the new file must have, None where there is none yet. Raises RefusedError when it may not be replaced."""
    try:
        status = target.stat()
    except FileNotFoundError:
        if expected is not None:
            raise RefusedError(f"{target} is gone", "Someone moved or deleted it meanwhile.") from None
        return None
    if not stat.S_ISREG(status.st_mode):
        raise RefusedError(f"{target} is not a regular file")
    if not os.access(target, os.W_OK):
        raise RefusedError(f"{target} is read-only", "Make it writable first.")
    if expected is not None and target.read_bytes() != expected:
        raise ChangedFileError(
            f"{target} changed while kb was working on it", "Nothing was written; run it again."
        )
    return stat.S_IMODE(status.st_mode)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable where the system lets a folder be synced."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
