"""Files: told apart without being read, replaced as a whole, and kept in the user's own caches.

A stamp is what the file system says of a file without reading it. Two stamps are compared
for equality only: a checkout or a restored backup moves times backwards. A file whose last
change is as recent as the clock can tell apart from the moment it was read is *racy*: it
can change again and keep its stamp, so it is read again (git does the same).

A file is replaced so that a crash leaves the old one or the new one, never a part. What is kept
in a cache can be worked out again, so nothing fails there: a file that is damaged, somebody
else's or too large is as good as none.
"""

import contextlib
import json
import os
import stat
import sys
import time
from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from zlib import crc32

from kbcli.errors import ChangedFileError, KbError, RefusedError
from kbcli.foundation.typed import NamedTuple, compile_late

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


_LOCK_SECONDS = 20.0
_POLL_SECONDS = 0.01
_held: set[tuple[int, str]] = set()


@contextlib.contextmanager
def hold_file(path: Path) -> Iterator[None]:
    """Keep other kb processes from replacing a file, from reading it to having written it.

    The lock is on the file's folder: it leaves nothing behind, and the system frees it when the
    process dies. A thread may take it again. Where there are no such locks, and after 20 seconds,
    it goes on without: `replace_file` still refuses a file that it sees changed.
    """
    from threading import get_ident  # here, because a search loads this module and needs no threads

    folder = os.path.dirname(os.path.realpath(path))
    key = (get_ident(), folder)
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
    except FileExistsError as error:
        raise RefusedError(f"{path} exists already", "Choose another name, or edit that card.") from error
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
    """Give the finished file its name. Raises FileExistsError when the name is taken."""
    try:
        os.link(name, path)
    except FileExistsError:
        raise
    except OSError:
        # Some file systems know no hard links: an empty file takes the name, and is replaced as a whole.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
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


_SAFE_NAME = compile_late(r"[^A-Za-z0-9._-]+")
_POSIX = os.name == "posix"
_MOST_TABLE_BYTES = 10_000_000

Table = dict[str, object]


def find_cache_folder(name: str) -> Path:
    """The folder `name` of kb's caches, which need not exist."""
    return find_user_folder("cache") / name


_USER_FOLDERS = {
    "cache": ("XDG_CACHE_HOME", ".cache"),
    "config": ("XDG_CONFIG_HOME", ".config"),
    "data": ("XDG_DATA_HOME", ".local/share"),
    "state": ("XDG_STATE_HOME", ".local/state"),
}


def find_user_folder(kind: str) -> Path:
    """The user's own folder of kb's for a kind of files, `cache`, `config`, `data` or `state`; it need not exist."""
    if sys.platform == "linux":
        # What platformdirs says there, without the 4 ms of importing it; a test compares the two.
        variable, usual = _USER_FOLDERS[kind]
        base = os.environ.get(variable, "")
        if not os.path.isabs(base):
            base = os.path.join(os.environ.get("HOME", ""), usual)
        if os.path.isabs(base):
            return Path(base, "kb")
    import platformdirs

    found: str = getattr(platformdirs, f"user_{kind}_dir")("kb", appauthor=False)
    return Path(found)


def list_names(folder: Path) -> list[str]:
    """The names of what is in a folder, sorted; none where it is not there."""
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


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
    with contextlib.suppress(OSError, KbError):
        # A replaced file keeps its mode, so the first one decides; a link is not written through.
        flags = os.O_CREAT | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)
        os.close(os.open(path, flags, 0o600))
        replace_file(path, data)


class CacheFile:
    """A sealed file of at most `most` bytes in a cache folder, which is made when it is first read.

    Without a `folder`, or in one that is somebody else's, nothing is read and nothing is kept.
    """

    def __init__(self, folder: Path | None, name: str, most: int) -> None:
        self.folder = folder
        self._name = name
        self._most = most

    def read(self) -> bytes | None:
        """What was written last; None when there is nothing, or anything of it changed."""
        if self.folder is not None and not prepare_cache_folder(self.folder):
            self.folder = None
        if self.folder is None:
            return None
        return unseal(read_cache_file(self.folder / self._name, self._most))

    def write(self, data: bytes) -> None:
        """Keep this from now on, unless it is too large. Never fails: it is only a cache."""
        sealed = seal(data)
        if self.folder is not None and len(sealed) <= self._most:
            write_cache_file(self.folder / self._name, sealed)


# A CRC notices damage as well as a cryptographic sum does, which takes long to load.
def seal(data: bytes) -> bytes:
    """Data behind its own checksum, so that damage is noticed."""
    return b"%08x\n%b" % (crc32(data), data)


def unseal(sealed: bytes | None) -> bytes | None:
    """What was sealed; None when anything of it changed."""
    data = (sealed or b"")[9:]
    return data if sealed == seal(data) else None


def remember_table(path: Path, read: Callable[[str], Table]) -> Callable[[str], Table]:
    """A reader that answers as `read` does for the text of the file at `path`, seldom calling it: it is slow to load.

    One text per file is kept, in the user's own cache folder, and it counts only where it is the same
    to the last character. What JSON cannot hold, such as a date, is read each time.
    """

    def recall(text: str) -> Table:
        if not text:
            return read(text)
        kept = CacheFile(find_cache_folder("tables"), f"{name_place(path)}.json", _MOST_TABLE_BYTES)
        # What is not sealed was not written by kb, and is not read.
        known, table = json.loads(kept.read() or b"[null, {}]")
        if known != text:
            table = read(text)
            with contextlib.suppress(TypeError, ValueError, RecursionError):
                kept.write(json.dumps([text, table], separators=(",", ":")).encode("ascii"))
        return dict(table)

    return recall


def pack_array(kind: str, numbers: Iterable[int], order: str) -> bytes:
    """Numbers of one kind of `array`, in the byte order `little` or `big`."""
    packed = array(kind, numbers)
    if sys.byteorder != order:
        packed.byteswap()
    return packed.tobytes()


def unpack_array(kind: str, raw: bytes | bytearray) -> "array[int]":
    """The numbers that `pack_array` made little-endian bytes of. Raises ValueError for a part of one."""
    numbers = array(kind)
    numbers.frombytes(raw)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
