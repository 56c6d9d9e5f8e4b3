"""Where an index lives, and how its files are opened.

An index is a cache: it can be built again from the files at any time. So nothing is synced
to the disk: after a power cut the sums tell, and it is rebuilt. It lies in the user's own cache
folder, never in the repository, in a folder only the user may enter; one that somebody else
owns, or could write to, is never opened.

The manifest tells which segments make up the index, and the state of the files it was built at.
Whoosh's own table of contents has no checksum and must be unpickled; kb reads this instead. The
file is three lines: the CRC-32 of the rest in hexadecimal, the contents, and the stamps of watched
files, both as JSON. It is replaced as a whole, so a reader sees one state or the next.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from json import dumps, loads
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from types import MappingProxyType
from zlib import crc32

from kbcli.config import Config
from kbcli.foundation.disk.files import Stamp, find_cache_folder, name_place, seal, unseal
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.knowledge.index.schema import INDEX_NAME, SUMS, make_fingerprint
from kbcli.knowledge.index.whoosh.postings import DamagedIndexError
from kbcli.knowledge.index.whoosh.segment_reader import PagedFile, SegmentReader, split_sums

MANIFEST_NAME = "manifest.json"


class SegmentEntry(NamedTuple):
    """One segment: its ID, how many documents and terms, the deleted ones, and its files.

    `totals` is the number of terms by scored field over the live documents. `files` maps an
    ending to the size in bytes, in the order of the sums file, whose own CRC-32 is `sums`.
    """

    id: str
    document_count: int
    term_count: int
    totals: dict[str, int]
    files: dict[str, int]
    sums: int
    deleted: tuple[int, ...] = ()

    @property
    def live_count(self) -> int:
        """How many documents are not deleted."""
        return self.document_count - len(self.deleted)


Watched = list[int]
"""How a file is watched: the four numbers of its stamp when it was read, and 1 if that may lie.

Empty for one that is gone (GONE). A plain list, because a knowledge base outside of git has one for each card, and reads them all
before each query.
"""


GONE: Watched = []
"""How a file is watched that git still has, and that was not there when it was to be read."""


def watch(stamp: Stamp, *, racy: bool) -> Watched:
    """Watch a file that had this stamp when it was read."""
    return [*stamp, int(racy)]


def is_unchanged(watched: Watched, stamp: Stamp | None) -> bool:
    """Whether a file that is watched so, and now has this stamp (None: is not there), cannot have changed."""
    return watched == (GONE if stamp is None else [*stamp, 0])


class Manifest(NamedTuple):
    """One state of the index. `generation` grows by one with every commit.

    `head` is the commit git was at, None when every file is watched instead of asking git.
    `git_index` is the stamp of git's index file at that time, `unwatched` the tracked paths that
    git does not report on. `previous` are segment IDs of the state before, whose files stay for
    the readers that still use them. `schema` is the CRC-32 of the pickled Whoosh schema.
    """

    fingerprint: str
    root: str
    generation: int
    built_at: float
    segments: tuple[SegmentEntry, ...] = ()
    previous: tuple[str, ...] = ()
    head: str | None = None
    git_index: Stamp | None = None
    unwatched: tuple[str, ...] = ()
    schema: int = 0
    watched: Mapping[str, Watched] = MappingProxyType({})

    @property
    def live_count(self) -> int:
        """How many documents there are."""
        return sum(segment.live_count for segment in self.segments)


def pack_manifest(manifest: Manifest) -> bytes:
    """The bytes of the manifest file."""
    contents = manifest._asdict()
    del contents["watched"]
    contents["segments"] = [segment._asdict() for segment in manifest.segments]
    return seal(f"{dumps(contents)}\n{dumps(dict(manifest.watched))}\n".encode("ascii"))


def unpack_manifest(data: bytes) -> Manifest:
    """Read a manifest file. Raises DamagedIndexError for anything but what `pack_manifest` wrote."""
    try:
        first, second, _ = (unseal(data) or b"").split(b"\n")
        contents: dict[str, Any] = loads(first)
        entries = contents.pop("segments")
        git_index = contents.pop("git_index")
        contents.update(
            segments=tuple(
                SegmentEntry(**{**entry, "deleted": tuple(entry["deleted"])}) for entry in entries
            ),
            previous=tuple(contents["previous"]),
            unwatched=tuple(contents["unwatched"]),
            git_index=None if git_index is None else Stamp(*git_index),
            watched=loads(second),
        )
        manifest = Manifest(**contents)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedIndexError("the manifest of the index is damaged") from error
    if not (_is_well_formed(manifest) and all(map(_is_entry, manifest.segments))):
        raise DamagedIndexError("the manifest of the index has another form")
    return manifest


def _is_well_formed(manifest: Manifest) -> bool:
    """Whether each value is of its kind: another version of kb may have meant something else by a name."""
    texts = (
        manifest.fingerprint,
        manifest.root,
        manifest.head or "",
        *manifest.previous,
        *manifest.unwatched,
    )
    return (
        _are(texts, str)
        and _are((manifest.generation, manifest.schema, *(manifest.git_index or ())), int)
        and isinstance(manifest.built_at, float)
        and isinstance(manifest.watched, dict)
    )


def _is_entry(entry: SegmentEntry) -> bool:
    counts = (entry.document_count, entry.term_count, entry.sums, *entry.deleted)
    tables = (entry.totals, entry.files)
    return (
        _are((entry.id,), str)
        and _are(counts, int)
        and _are(tables, dict)
        and all(_are(table.values(), int) for table in tables)
    )


def _are(values: Iterable[object], kind: type) -> bool:
    return all(isinstance(value, kind) for value in values)


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

    def load_current(self, config: Config) -> State | None:
        """The present state; None when there is none for this knowledge base and these settings.

        Raises DamagedIndexError.
        """
        state = self.load()
        if state is None:
            return None
        manifest = state[0]
        return (
            state
            if (manifest.fingerprint, manifest.root)
            == (make_fingerprint(config), os.path.realpath(config.root))
            else None
        )

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
