"""How files of an index are written, made the present state, and swept away.

The order makes it safe to stop at any moment: new segment files under new names, then Whoosh's
table of contents, then the manifest, each renamed into place. Until the last step readers see
the state before; what a stopped writer leaves behind is swept by the next one.

Segments stay few: small ones are written again together with new documents.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from errno import EPERM
from itertools import accumulate, takewhile
from pathlib import Path
from zlib import crc32

from kbcli.knowledge.index.documents import IndexDocument
from kbcli.knowledge.index.schema import INDEX_NAME, SUMS
from kbcli.knowledge.index.whoosh.disk import DiskReader
from kbcli.knowledge.index.whoosh.postings import DamagedIndexError
from kbcli.knowledge.index.whoosh.segment_reader import PagedFile, SegmentReader
from kbcli.knowledge.index.whoosh.segment_writer import SegmentBuilder, SegmentData
from kbcli.knowledge.index.whoosh.store import (
    MANIFEST_NAME,
    Manifest,
    SegmentEntry,
    Store,
    check_owner,
    file_name,
    pack_manifest,
)
from kbcli.knowledge.index.whoosh.whoosh_toc import pack_toc, pickle_schema, toc_name

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
            if os.path.islink(self.path) or not os.path.isdir(self.path):
                os.unlink(self.path)
            else:
                from shutil import rmtree

                rmtree(self.path)
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
        return SegmentEntry(
            id=ident,
            document_count=data.document_count,
            term_count=data.term_count,
            totals=data.totals,
            files={ending: len(content) for ending, content in data.files.items()},
            sums=crc32(data.files[SUMS]),
        )

    def commit(self, manifest: Manifest) -> Manifest:
        """Make a state the present one, for Whoosh and then for kb, and sweep what no one needs.

        Returns it as it was written. Raises OSError, and KbError for a wrong Whoosh.
        """
        schema = self._load_schema(manifest.schema)
        manifest = manifest._replace(schema=crc32(schema))
        table = pack_toc(schema, manifest.segments, manifest.generation)
        self._replace_file(toc_name(manifest.generation), table)
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
        handle = os.open(
            os.path.join(self.path, name),
            os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0),
            0o600,
        )
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
            # On Windows a file in use stays; the next commit sweeps it.
            with suppress(OSError):
                os.unlink(os.path.join(self.path, name))


def open_data(data: SegmentData) -> SegmentReader:
    """A reader over a segment that was not written anywhere."""
    files = {ending: PagedFile(content) for ending, content in data.files.items()}
    name = f"memory:{crc32(data.files[SUMS]):08x}"
    return SegmentReader(files, data.document_count, data.term_count, data.totals, name=name)


class Generation:
    """See the port. It holds what is left of the segments of a state, and one segment of what is new."""

    def __init__(self, before: DiskReader, commit: str | None, *, full: bool = False) -> None:
        self._before = before
        self._commit = commit
        self._gone: list[list[int]] = [
            list(range(part.document_count)) if full else [] for part in before.segments
        ]
        self._new: dict[str, IndexDocument] = {}

    def put(self, documents: Iterable[IndexDocument]) -> None:
        """See Generation of the port."""
        added = {document.record.path: document for document in documents}
        self.drop(added)
        self._new |= added

    def drop(self, paths: Iterable[str]) -> None:
        """See Generation of the port."""
        for path in paths:
            self._new.pop(path, None)
            number = self._before.number_of(path)
            if number is not None:
                place, own = self._before.locate(number)
                self._gone[place].append(own)

    def finish(self, expected: str | None) -> DiskReader | None:
        """See Generation of the port."""
        if expected != self._before.commit:
            return None
        pairs = zip(self._before.segments, self._gone, strict=True)
        segments = [segment.without(numbers) for segment, numbers in pairs]
        builder = SegmentBuilder()
        for document in self._new.values():
            builder.add(document, document.digest)
        segments.append(open_data(builder.finish()))
        return DiskReader(
            [segment for segment in segments if segment.live_count], self._commit, self._before.schema
        )


MAX_SEGMENTS = 12
# Terms that may be written once more beside a small change: about 40 ms of work.
_FREE_TERMS = 5_000
_BUDGET_SHARE = 0.5
_MIN_LIVE_SHARE = 0.3


def choose_merges(entries: Sequence[SegmentEntry], new_terms: int) -> list[SegmentEntry]:
    """Segments to absorb into the one being written, which has `new_terms` terms of its own.

    Small ones are taken while that costs less than the change itself; a large one only when most
    of it is deleted and the change is of its size. When there would be more than MAX_SEGMENTS,
    those of the lower sizes are taken, so that sizes double and each term is seldom written again.
    """
    by_size = sorted(entries, key=lambda entry: entry.term_count)
    sums = [0, *accumulate(entry.term_count for entry in by_size)]
    budget = max(_FREE_TERMS, int(_BUDGET_SHARE * new_terms))
    chosen = [entry for entry, total in zip(by_size, sums[1:], strict=True) if total <= budget]
    chosen += [
        entry
        for entry in by_size[len(chosen) :]
        if entry.live_count < _MIN_LIVE_SHARE * entry.document_count and entry.term_count < 4 * new_terms
    ]
    if len(entries) - len(chosen) < MAX_SEGMENTS:
        return chosen
    # The smallest, and each next one that is not larger than all before it together.
    fits = (
        entry.term_count <= 2 * _FREE_TERMS + before for entry, before in zip(by_size, sums, strict=False)
    )
    chosen = by_size[: sum(takewhile(bool, fits))]
    return chosen if len(entries) - len(chosen) < MAX_SEGMENTS else by_size[:-1]
