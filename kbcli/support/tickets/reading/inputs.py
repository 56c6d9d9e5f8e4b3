"""The files of an export: named one by one, below a folder, in a zip or packed by gzip; read as UTF-8, in pieces."""

import codecs
import gzip
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from kbcli.errors import RefusedError
from kbcli.foundation.typed import Any, NamedTuple

_PACKED = (EOFError, OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error)
_PIECE = 1 << 18
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Texts pack to a fifth or a twentieth, nothing but blanks to a thousandth: two megabytes that take minutes.
_MOST_TIMES = 200
_LEAST_REFUSED = 64_000_000


class Input(NamedTuple):
    """One file of an export, its `size` in bytes as it lies on the disk, and its name in the zip it lies in.

    `is_named` is false for what lies in a folder or a zip, where other things may lie too.
    """

    path: Path
    size: int
    member: str = ""
    is_named: bool = True

    @property
    def name(self) -> str:
        """How it is named to people."""
        return f"{self.path}/{self.member}" if self.member else str(self.path)

    @contextmanager
    def open(self, count: Callable[[int], None] = lambda _: None) -> Iterator[BinaryIO]:
        """Its bytes, unpacked, and UTF-16 as UTF-8; `count` is told the number of bytes as they come from the disk.

        Raises RefusedError where the file cannot be opened, or holds far more than it could.
        """
        try:
            with self.path.open("rb", buffering=0) as raw:
                counted = io.BufferedReader(_Counted(raw, count), _PIECE)
                if self.member:
                    with zipfile.ZipFile(counted) as packed, packed.open(self.member) as member:
                        yield self._unpack(member)
                elif counted.peek(2)[:2] == b"\x1f\x8b":
                    with gzip.open(counted) as unpacked:
                        yield self._unpack(unpacked)
                else:
                    yield _recode(counted)
        except _PACKED as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise RefusedError(f"{self.name} cannot be read: {why}", "Export it once more.") from error

    def _unpack(self, stream: Any) -> BinaryIO:
        most = max(_LEAST_REFUSED, _MOST_TIMES * self.size)
        return _recode(io.BufferedReader(_Unpacked(stream, most), _PIECE))


def _recode(stream: "io.BufferedReader[Any]") -> BinaryIO:
    is_wide = stream.peek(2)[:2] in _UTF_16
    return cast("BinaryIO", io.BufferedReader(_Recoded(stream), _PIECE) if is_wide else stream)


class _Stream(io.RawIOBase):
    """What can be read, from its beginning again too."""

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def seekable(self) -> bool:
        """Whether another place can be read: always."""
        return True


class _Counted(_Stream):
    """A file that tells how many bytes were read from it."""

    def __init__(self, raw: io.FileIO, count: Callable[[int], None]) -> None:
        self._raw, self._count = raw, count

    def readinto(self, target: Any) -> int:
        """Read into a buffer, and tell how much."""
        number = self._raw.readinto(target)
        self._count(number)
        return number

    def seek(self, place: int, whence: int = 0) -> int:
        """Go to another place."""
        return self._raw.seek(place, whence)


class _Unpacked(_Stream):
    """What a packed file holds; more than `most` bytes are an OSError."""

    def __init__(self, stream: Any, most: int) -> None:
        self._stream, self._most = stream, most

    def readinto(self, target: Any) -> int:
        """Read into a buffer."""
        number: int = self._stream.readinto(target)
        if self._stream.tell() > self._most:
            raise OSError(f"it unpacks to more than {_MOST_TIMES} times its size, as no export does")
        return number

    def seek(self, place: int, whence: int = 0) -> int:
        """Go to another place."""
        return int(self._stream.seek(place, whence))


class _Recoded(_Stream):
    """UTF-16 with its mark as UTF-8."""

    def __init__(self, stream: "io.BufferedReader[Any]") -> None:
        self._stream = stream
        self._restart()

    def _restart(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        self._left, self._at = b"", 0

    def readinto(self, target: Any) -> int:
        """Read into a buffer."""
        while not self._left and (data := self._stream.read(_PIECE)):
            self._left = self._decoder.decode(data).encode()
        number = min(len(target), len(self._left))
        target[:number], self._left = self._left[:number], self._left[number:]
        self._at += number
        return number

    def seek(self, place: int, whence: int = 0) -> int:
        """Go to the beginning, or say where it is."""
        if place:
            raise io.UnsupportedOperation
        if not whence:
            self._stream.seek(0)
            self._restart()
        return self._at


def find_inputs(paths: Sequence[Path]) -> list[Input]:
    """The files at these paths and below the folders among them, in the order given, then by name.

    Hidden files and the unfinished mails of a Maildir are none. Raises RefusedError where there is nothing.
    """
    found: list[Input] = []
    for path in paths:
        for full in _walk(path) if path.is_dir() else [path]:
            found += _open_zip(full, is_named=full == path)
        if not path.exists():
            raise RefusedError(f"there is no {path}", "Name the file of the export, or its folder.")
    if not found:
        raise RefusedError(
            "there is no file of an export here", "Name the file of the export, or its folder."
        )
    return found


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        is_maildir = "cur" in folders
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not (is_maildir and name == "tmp")
        )
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(place, name)


def _open_zip(path: Path, *, is_named: bool) -> list[Input]:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise RefusedError(f"{path} is no file", "Name the file of the export, or its folder.")
        with path.open("rb") as raw:
            if raw.read(4) != b"PK\x03\x04":
                return [Input(path, found.st_size, is_named=is_named)]
        with zipfile.ZipFile(path) as packed:
            return [
                Input(path, member.compress_size, member.filename, is_named=False)
                for member in packed.infolist()
                if not member.is_dir()
                and not member.filename.rpartition("/")[2].startswith((".", "__MACOSX"))
            ]
    except _PACKED as error:
        why = getattr(error, "strerror", None) or str(error)
        raise RefusedError(f"{path} cannot be read: {why}", "Name a file that you may read.") from error
