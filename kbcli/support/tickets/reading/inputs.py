"""The files of an export: named one by one, below a folder, in a zip or packed by gzip; read as bytes, in pieces."""

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
        """Its bytes, unpacked; `count` is told the number of bytes as they come from the disk.

        Raises RefusedError where the file cannot be opened.
        """
        try:
            with self.path.open("rb", buffering=0) as raw:
                counted = io.BufferedReader(_Counted(raw, count), 1 << 18)
                if self.member:
                    with zipfile.ZipFile(counted) as packed, packed.open(self.member) as member:
                        yield cast("BinaryIO", io.BufferedReader(member, 1 << 18))
                elif counted.peek(2)[:2] == b"\x1f\x8b":
                    with gzip.open(counted) as unpacked:
                        yield cast("BinaryIO", io.BufferedReader(unpacked, 1 << 18))
                else:
                    yield cast("BinaryIO", counted)
        except _PACKED as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise RefusedError(f"{self.name} cannot be read: {why}", "Export it once more.") from error


class _Counted(io.RawIOBase):
    """A file that tells how many bytes were read from it."""

    def __init__(self, raw: io.FileIO, count: Callable[[int], None]) -> None:
        self._raw, self._count = raw, count

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def seekable(self) -> bool:
        """Whether another place can be read: always."""
        return True

    def readinto(self, target: Any) -> int:
        """Read into a buffer, and tell how much."""
        number = self._raw.readinto(target)
        self._count(number)
        return number

    def seek(self, place: int, whence: int = 0) -> int:
        """Go to another place."""
        return self._raw.seek(place, whence)


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
