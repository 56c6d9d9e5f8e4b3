"""Where an index lives, and how its files are opened, written, replaced and swept away.

An index is a cache: it can be built again from the files at any time. So nothing is synced
to the disk: after a power cut the sums tell, and it is rebuilt. It lies in the user's own cache
folder, never in the repository, in a folder only the user may enter; one that somebody else
owns, or could write to, is never opened.
"""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from zlib import crc32

from kbcli.index.manifest import MANIFEST_NAME, Manifest, SegmentEntry, pack_manifest, unpack_manifest
from kbcli.index.locking import LOCK_NAME
from kbcli.index.pages import PagedFile
from kbcli.index.postings import DamagedIndexError
from kbcli.index.segment_reader import SegmentReader, split_sums
from kbcli.index.segment_writer import SUMS, SegmentData
from kbcli.index.whoosh_toc import INDEX_NAME, TocSegment, pack_toc, pickle_schema, toc_name

_SCHEMA_NAME = "schema.pickle"
_READ_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_SAFE_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def find_index_folder(root: Path) -> Path:
    """The folder in the user's cache for the index of a knowledge base, by its real path."""
    from platformdirs import user_cache_path

    real = os.path.realpath(root)
    packed = os.fsencode(real)
    name = _SAFE_NAME.sub("-", os.path.basename(real))[:40]
    key = f"{crc32(packed):08x}{crc32(packed[::-1]):08x}"
    return user_cache_path("kb", appauthor=False) / "index" / f"{name}-{key}"


class Store:
    """The files of one index, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = os.fspath(folder)

    def load(self) -> tuple[Manifest, list[SegmentReader]] | None:
        """The present state and readers for its segments; None when there is no index.

        All files are open afterwards: what a writer does then does not touch these readers.
        Raises DamagedIndexError when there is an index that must not be used.
        """
        before = b""
        while True:
            try:
                _check_owner(os.lstat(self._path), folder=True)
                data = self._read_file(MANIFEST_NAME)
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

    def open_segments(self, entries: Iterable[SegmentEntry]) -> list[SegmentReader]:
        """Readers for segments. Raises DamagedIndexError."""
        return [
            SegmentReader(
                self._open_files(entry), entry.document_count, entry.term_count, entry.totals, entry.deleted
            )
            for entry in entries
        ]

    def _open_files(self, entry: SegmentEntry) -> dict[str, PagedFile]:
        try:
            data = self._read_file(_file_name(entry.id, SUMS))
            if crc32(data) != entry.sums:
                raise DamagedIndexError("the checksums of the index are damaged")
            endings = [ending for ending in entry.files if ending != SUMS]
            parts = split_sums(data, [entry.files[ending] for ending in endings])
            return {
                ending: self._map_file(_file_name(entry.id, ending), entry.files[ending], sums)
                for ending, sums in zip(endings, parts, strict=True)
            }
        except OSError as error:
            raise DamagedIndexError(f"a file of the index cannot be read: {error.strerror}") from error

    def _map_file(self, name: str, size: int, sums: Sequence[int]) -> PagedFile:
        from mmap import ACCESS_READ, mmap

        handle = os.open(os.path.join(self._path, name), _READ_FLAGS)
        try:
            status = os.fstat(handle)
            _check_owner(status, folder=False)
            if status.st_size != size:
                raise DamagedIndexError("a file of the index is not as long as it was")
            return PagedFile(mmap(handle, size, access=ACCESS_READ) if size else b"", sums)
        finally:
            os.close(handle)

    def _read_file(self, name: str) -> bytes:
        handle = os.open(os.path.join(self._path, name), _READ_FLAGS)
        with open(handle, "rb") as stream:
            _check_owner(os.fstat(handle), folder=False)
            return stream.read()

    def prepare(self) -> None:
        """Make the folder, private to the user; clear one that was not. Raises OSError."""
        try:
            status = os.lstat(self._path)
        except FileNotFoundError:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            os.mkdir(self._path, 0o700)
            return
        try:
            _check_owner(status, folder=True)
        except DamagedIndexError:
            self._remove_folder()
            os.mkdir(self._path, 0o700)

    def _remove_folder(self) -> None:
        from shutil import rmtree

        if os.path.islink(self._path) or not os.path.isdir(self._path):
            os.unlink(self._path)
        else:
            rmtree(self._path)

    def save_segment(self, data: SegmentData) -> SegmentEntry:
        """Write the files of a new segment; nothing refers to them yet. Raises OSError."""
        ident = os.urandom(8).hex()
        written = []
        try:
            for ending, content in data.files.items():
                written.append(_file_name(ident, ending))
                self._write_file(written[-1], content)
        except BaseException:
            self._remove_files(written)
            raise
        return make_entry(ident, data)

    def commit(self, manifest: Manifest) -> Manifest:
        """Make a state the present one, for Whoosh and then for kb, and sweep what no one needs.

        Returns it with its schema's checksum. Raises OSError, and KbError for a wrong Whoosh.
        """
        schema, checksum = self._load_schema(manifest.schema)
        manifest = _replace_schema(manifest, checksum)
        toc_segments = [
            TocSegment(entry.id, entry.document_count, entry.deleted, entry.totals) for entry in manifest.segments
        ]
        self._replace_file(toc_name(manifest.generation), pack_toc(schema, toc_segments, manifest.generation))
        self._replace_file(MANIFEST_NAME, pack_manifest(manifest))
        self.sweep(manifest)
        return manifest

    def _load_schema(self, checksum: int) -> tuple[bytes, int]:
        """Whoosh's pickled schema, kept from the first build: making it imports Whoosh."""
        if checksum:
            try:
                data = self._read_file(_SCHEMA_NAME)
            except (OSError, DamagedIndexError):
                data = b""
            if crc32(data) == checksum:
                return data, checksum
        data = pickle_schema()
        self._replace_file(_SCHEMA_NAME, data)
        return data, crc32(data)

    def sweep(self, manifest: Manifest) -> None:
        """Delete what neither this state nor the one before refers to. Call it under the lock."""
        segments = {f"{INDEX_NAME}_{entry.id}" for entry in manifest.segments}
        segments |= {f"{INDEX_NAME}_{ident}" for ident in manifest.previous}
        kept = {MANIFEST_NAME, LOCK_NAME, _SCHEMA_NAME, toc_name(manifest.generation)}
        try:
            names = os.listdir(self._path)
        except OSError:
            return
        self._remove_files([name for name in names if name not in kept and name.partition(".")[0] not in segments])

    def discard(self) -> None:
        """Forget the present state, so that no reader opens it. Raises OSError."""
        try:
            os.unlink(os.path.join(self._path, MANIFEST_NAME))
        except FileNotFoundError:
            return

    def _write_file(self, name: str, data: bytes | bytearray) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        handle = os.open(os.path.join(self._path, name), flags, 0o600)
        with open(handle, "wb", buffering=0) as stream:
            view = memoryview(data)
            while view:
                view = view[stream.write(view) or 0 :]

    def _replace_file(self, name: str, data: bytes) -> None:
        temporary = f"{name}.{os.urandom(4).hex()}"
        try:
            self._write_file(temporary, data)
            os.replace(os.path.join(self._path, temporary), os.path.join(self._path, name))
        except BaseException:
            self._remove_files([temporary])
            raise

    def _remove_files(self, names: Sequence[str]) -> None:
        for name in names:
            try:
                os.unlink(os.path.join(self._path, name))
            except OSError:
                # On Windows a file in use stays; the next commit sweeps it.
                continue


def make_entry(ident: str, data: SegmentData) -> SegmentEntry:
    """What the manifest says of a segment."""
    return SegmentEntry(
        id=ident,
        document_count=data.document_count,
        term_count=data.term_count,
        totals=data.totals,
        files={ending: len(content) for ending, content in data.files.items()},
        sums=crc32(data.files[SUMS]),
    )


def open_data(data: SegmentData) -> SegmentReader:
    """A reader over a segment that was not written anywhere."""
    files = {ending: PagedFile(content) for ending, content in data.files.items()}
    return SegmentReader(files, data.document_count, data.term_count, data.totals)


def _replace_schema(manifest: Manifest, checksum: int) -> Manifest:
    from dataclasses import replace

    return replace(manifest, schema=checksum)


def _file_name(ident: str, ending: str) -> str:
    return f"{INDEX_NAME}_{ident}{ending}"


def _check_owner(status: os.stat_result, *, folder: bool) -> None:
    """Raises DamagedIndexError unless the user alone owns it, and, for the folder, may enter it."""
    if not (S_ISDIR if folder else S_ISREG)(status.st_mode):
        raise DamagedIndexError("the index is not a folder of plain files")
    if hasattr(os, "geteuid") and (
        status.st_uid != os.geteuid() or (folder and status.st_mode & 0o077)
    ):
        raise DamagedIndexError("the index does not belong to you alone")
