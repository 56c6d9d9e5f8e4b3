"""How files of an index are written, made the present state, and swept away.

The order makes it safe to stop at any moment: new segment files under new names, then Whoosh's
table of contents, then the manifest, each renamed into place. Until the last step readers see
the state before; what a stopped writer leaves behind is swept by the next one.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from errno import EPERM
from pathlib import Path
from zlib import crc32

from kbcli.knowledge.index.schema import INDEX_NAME, SUMS
from kbcli.knowledge.index.whoosh.manifest import MANIFEST_NAME, Manifest, SegmentEntry, pack_manifest
from kbcli.knowledge.index.whoosh.pages import PagedFile
from kbcli.knowledge.index.whoosh.postings import DamagedIndexError
from kbcli.knowledge.index.whoosh.segment_reader import SegmentReader
from kbcli.knowledge.index.whoosh.segment_writer import SegmentData
from kbcli.knowledge.index.whoosh.store import Store, check_owner, file_name
from kbcli.knowledge.index.whoosh.whoosh_toc import TocSegment, pack_toc, pickle_schema, toc_name

_SCHEMA_NAME = "schema.pickle"
# The name and the kind of lock that Whoosh's own writer takes: the two exclude each other.
LOCK_NAME = f"{INDEX_NAME}_WRITELOCK"


@contextmanager
def hold_lock(folder: Path, timeout: float) -> Iterator[bool]:
    """Hold the writer's lock of an index folder; gives False when it is not free within `timeout` seconds.

    One writer at a time, over all processes and threads; the system frees the lock of a process that
    was killed. Raises OSError when the folder cannot be written to.
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


class WritableStore(Store):
    """The files of one index, for writing. Hold the lock for everything but `prepare` and `check_place`."""

    def prepare(self) -> None:
        """Make the folder, private to the user; clear one that was not. Raises OSError."""
        try:
            status = os.lstat(self.path)
        except FileNotFoundError:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.check_place()
            with suppress(FileExistsError):
                os.mkdir(self.path, 0o700)
            status = os.lstat(self.path)
        self.check_place()
        try:
            check_owner(status, folder=True)
        except DamagedIndexError:
            self._remove_folder()
            os.mkdir(self.path, 0o700)

    def check_place(self) -> None:
        """Raises OSError when the folders around the index are somebody else's, links to them included.

        Whoever owns them could put a link to any folder of the user's in the place of the index.
        """
        if not hasattr(os, "geteuid"):
            return
        for folder in (self.folder.parent.parent, self.folder.parent):
            if {os.lstat(folder).st_uid, os.stat(folder).st_uid} != {os.geteuid()}:
                raise PermissionError(EPERM, "the cache folder belongs to somebody else", str(folder))

    def _remove_folder(self) -> None:
        from shutil import rmtree

        if os.path.islink(self.path) or not os.path.isdir(self.path):
            os.unlink(self.path)
        else:
            rmtree(self.path)

    def save_segment(self, data: SegmentData) -> SegmentEntry:
        """Write the files of a new segment; nothing refers to them yet. Raises OSError."""
        ident = os.urandom(8).hex()
        written = []
        try:
            for ending, content in data.files.items():
                written.append(file_name(ident, ending))
                self._write_file(written[-1], content)
        except BaseException:
            self._remove_files(written)
            raise
        return make_entry(ident, data)

    def commit(self, manifest: Manifest) -> Manifest:
        """Make a state the present one, for Whoosh and then for kb, and sweep what no one needs.

        Returns it as it was written. Raises OSError, and KbError for a wrong Whoosh.
        """
        schema = self._load_schema(manifest.schema)
        manifest = manifest._replace(schema=crc32(schema))
        toc_segments = [
            TocSegment(entry.id, entry.document_count, entry.deleted, entry.totals)
            for entry in manifest.segments
        ]
        self._replace_file(toc_name(manifest.generation), pack_toc(schema, toc_segments, manifest.generation))
        self._replace_file(MANIFEST_NAME, pack_manifest(manifest))
        self.sweep(manifest)
        return manifest

    def save_schema(self) -> int:
        """Let Whoosh make its schema, keep it in a file, and return its CRC-32.

        Updates take it from there: importing Whoosh costs more than one may take. Raises OSError,
        and KbError for a wrong Whoosh.
        """
        data = pickle_schema()
        self._replace_file(_SCHEMA_NAME, data)
        return crc32(data)

    def _load_schema(self, checksum: int) -> bytes:
        try:
            data = self.read_file(_SCHEMA_NAME)
        except (OSError, DamagedIndexError):
            data = b""
        if crc32(data) != checksum:
            self.save_schema()
            data = self.read_file(_SCHEMA_NAME)
        return data

    def sweep(self, manifest: Manifest) -> None:
        """Delete what neither this state nor the one before refers to. Call it under the lock."""
        segments = {f"{INDEX_NAME}_{entry.id}" for entry in manifest.segments}
        segments |= {f"{INDEX_NAME}_{ident}" for ident in manifest.previous}
        kept = {MANIFEST_NAME, LOCK_NAME, _SCHEMA_NAME, toc_name(manifest.generation)}
        try:
            names = os.listdir(self.path)
        except OSError:
            return
        self._remove_files(
            [name for name in names if name not in kept and name.partition(".")[0] not in segments]
        )

    def clear(self) -> None:
        """Delete everything but the lock."""
        from shutil import rmtree

        names = [name for name in os.listdir(self.path) if name != LOCK_NAME]
        self._remove_files(names)
        for name in names:
            rmtree(os.path.join(self.path, name), ignore_errors=True)

    def _write_file(self, name: str, data: bytes | bytearray) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        handle = os.open(os.path.join(self.path, name), flags, 0o600)
        with open(handle, "wb", buffering=0) as stream:
            view = memoryview(data)
            while view:
                view = view[stream.write(view) or 0 :]

    def _replace_file(self, name: str, data: bytes) -> None:
        temporary = f"{name}.{os.urandom(4).hex()}"
        try:
            self._write_file(temporary, data)
            os.replace(os.path.join(self.path, temporary), os.path.join(self.path, name))
        except BaseException:
            self._remove_files([temporary])
            raise

    def _remove_files(self, names: Sequence[str]) -> None:
        for name in names:
            try:
                os.unlink(os.path.join(self.path, name))
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
    name = f"memory:{crc32(data.files[SUMS]):08x}"
    return SegmentReader(files, data.document_count, data.term_count, data.totals, name=name)
