"""Where an index lives, and how its files are opened.

An index is a cache: it can be built again from the files at any time. So nothing is synced
to the disk: after a power cut the sums tell, and it is rebuilt. It lies in the user's own cache
folder, never in the repository, in a folder only the user may enter; one that somebody else
owns, or could write to, is never opened.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from zlib import crc32

from kbcli.foundation.disk.files import find_cache_folder, name_place
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.index.schema import INDEX_NAME, SUMS, make_fingerprint
from kbcli.knowledge.index.whoosh.manifest import MANIFEST_NAME, Manifest, SegmentEntry, unpack_manifest
from kbcli.knowledge.index.whoosh.pages import PagedFile
from kbcli.knowledge.index.whoosh.postings import DamagedIndexError
from kbcli.knowledge.index.whoosh.segment_reader import SegmentReader, split_sums

if TYPE_CHECKING:
    from kbcli.config import Config

_READ_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)


def find_index_folder(root: Path) -> Path:
    """The folder in the user's cache for the index of a knowledge base, by its real path."""
    return find_cache_folder("index") / name_place(root)


State = tuple[Manifest, list[SegmentReader]]


class Store:
    """The files of one index, in `folder`, for reading."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = os.fspath(folder)

    def load(self) -> State | None:
        """The present state and readers for its segments; None when there is no index.

        All files are open afterwards: what a writer does then does not touch these readers.
        Raises DamagedIndexError when there is an index that must not be used.
        """
        before = b""
        while True:
            try:
                check_owner(os.lstat(self.path), folder=True)
                data = self.read_file(MANIFEST_NAME)
            except (FileNotFoundError, NotADirectoryError):
                return None
            except OSError as error:
                raise DamagedIndexError(f"the index cannot be read: {error.strerror}") from error
            try:
                manifest = unpack_manifest(data)
                return manifest, self.open_segments(manifest.segments)
            except DamagedIndexError:
                # A writer may have swept a file away between two looks: then there is a newer manifest.
                if data == before:
                    raise
                before = data

    def load_current(self, config: "Config") -> State | None:
        """The present state; None when there is none for this knowledge base and these settings.

        Raises DamagedIndexError.
        """
        state = self.load()
        if state is None:
            return None
        manifest = state[0]
        current = (make_fingerprint(config), os.path.realpath(config.root))
        return state if (manifest.fingerprint, manifest.root) == current else None

    def open_segments(self, entries: Iterable[SegmentEntry]) -> list[SegmentReader]:
        """Readers for segments. Raises DamagedIndexError."""
        try:
            return [
                SegmentReader(
                    self._open_files(entry),
                    entry.document_count,
                    entry.term_count,
                    entry.totals,
                    entry.deleted,
                    f"{entry.id}:{entry.sums:08x}",
                )
                for entry in entries
            ]
        except (ValueError, LookupError, ArithmeticError, MemoryError) as error:
            # Numbers by which another version of kb meant something else.
            raise DamagedIndexError("the manifest of the index has another form") from error

    def _open_files(self, entry: SegmentEntry) -> dict[str, PagedFile]:
        try:
            data = self.read_file(file_name(entry.id, SUMS))
            if crc32(data) != entry.sums:
                raise DamagedIndexError("the checksums of the index are damaged")
            endings = [ending for ending in entry.files if ending != SUMS]
            parts = split_sums(data, [entry.files[ending] for ending in endings])
            return {
                ending: self._map_file(file_name(entry.id, ending), entry.files[ending], sums)
                for ending, sums in zip(endings, parts, strict=True)
            }
        except OSError as error:
            raise DamagedIndexError(f"a file of the index cannot be read: {error.strerror}") from error

    def _map_file(self, name: str, size: int, sums: Sequence[int]) -> PagedFile:
        from mmap import ACCESS_READ, mmap

        handle = os.open(os.path.join(self.path, name), _READ_FLAGS)
        try:
            status = os.fstat(handle)
            check_owner(status, folder=False)
            if status.st_size != size:
                raise DamagedIndexError("a file of the index is not as long as it was")
            return PagedFile(mmap(handle, size, access=ACCESS_READ) if size else b"", sums)
        finally:
            os.close(handle)

    def read_file(self, name: str) -> bytes:
        """A whole file of the index, its owner checked. Raises OSError and DamagedIndexError."""
        handle = os.open(os.path.join(self.path, name), _READ_FLAGS)
        with open(handle, "rb") as stream:
            check_owner(os.fstat(handle), folder=False)
            return stream.read()


def file_name(ident: str, ending: str) -> str:
    """The name of a segment's file."""
    return f"{INDEX_NAME}_{ident}{ending}"


def check_owner(status: os.stat_result, *, folder: bool) -> None:
    """Raises DamagedIndexError unless the user alone owns it, and, for the folder, may enter it."""
    if not (S_ISDIR if folder else S_ISREG)(status.st_mode):
        raise DamagedIndexError("the index is not a folder of plain files")
    if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or (folder and status.st_mode & 0o077)):
        raise DamagedIndexError("the index does not belong to you alone")
