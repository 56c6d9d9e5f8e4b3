"""Replacing a file so that a crash leaves the old one or the new one, never a part."""

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from kbcli.errors import RefusedError


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file. Raises OSError as `open` does."""
    return path.read_bytes()


def replace_file(path: Path, data: bytes, *, expected: bytes | None = None) -> None:
    """Write `data` over `path`, whole or not at all, keeping mode and symbolic links.

    `expected` is what the caller read: a file that has changed since is refused, so that an
    editor's save in between is never lost. The parent folder is made when missing only for a
    new file. Raises RefusedError for a changed, read-only or linked-elsewhere file, OSError
    when the disk refuses.
    """
    target = Path(os.path.realpath(path))
    mode = _check_target(target, expected)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.", suffix=".kb-tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, mode)
        # The last look is taken as late as possible: what is left is the length of one rename.
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
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".kb-tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, 0o666 & ~_read_umask())
        _link_new(name, path)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)
    _sync_folder(path.parent)


def _link_new(name: str, path: Path) -> None:
    """Give the finished file its name, failing when the name is taken."""
    try:
        os.link(name, path)
    except FileExistsError as error:
        raise RefusedError(f"{path} exists already", "Choose another name, or edit that card.") from error
    except OSError:
        # Some file systems know no hard links: fall back to an exclusive create.
        try:
            with open(name, "rb") as source, open(path, "xb") as stream:
                stream.write(source.read())
        except FileExistsError as error:
            raise RefusedError(f"{path} exists already", "Choose another name, or edit that card.") from error


def _check_target(target: Path, expected: bytes | None) -> int:
    """The mode the new file must have. Raises RefusedError when it may not be replaced."""
    try:
        status = target.stat()
    except FileNotFoundError:
        if expected is not None:
            raise RefusedError(f"{target} is gone", "Someone moved or deleted it meanwhile.") from None
        return 0o666 & ~_read_umask()
    if not stat.S_ISREG(status.st_mode):
        raise RefusedError(f"{target} is not a regular file")
    if not os.access(target, os.W_OK):
        raise RefusedError(f"{target} is read-only", "Make it writable first.")
    if expected is not None and target.read_bytes() != expected:
        raise RefusedError(f"{target} changed while kb was working on it", "Nothing was written; run it again.")
    return stat.S_IMODE(status.st_mode)


def _read_umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


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
