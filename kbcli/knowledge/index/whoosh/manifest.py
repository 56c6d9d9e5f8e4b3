"""The manifest: which segments make up the index, and the state of the files it was built at.

Whoosh's own table of contents has no checksum and must be unpickled; kb reads this instead.
The file is three lines: the CRC-32 of the rest in hexadecimal, the contents, and the stamps
of watched files, both as JSON. It is replaced as a whole, so a reader sees one state or the next.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from zlib import crc32

from kbcli.foundation.disk.files import Stamp
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.index.whoosh.postings import DamagedIndexError

if TYPE_CHECKING:
    from typing import Any

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
    from json import dumps

    contents = manifest._asdict()
    del contents["watched"]
    contents["segments"] = [segment._asdict() for segment in manifest.segments]
    rest = f"{dumps(contents)}\n{dumps(dict(manifest.watched))}\n".encode("ascii")
    return b"%08x\n%b" % (crc32(rest), rest)


def unpack_manifest(data: bytes) -> Manifest:
    """Read a manifest file. Raises DamagedIndexError for anything but what `pack_manifest` wrote."""
    from json import loads

    start, _, rest = data.partition(b"\n")
    if start != b"%08x" % crc32(rest):
        raise DamagedIndexError("the manifest of the index is damaged")
    try:
        first, second, _ = rest.split(b"\n")
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
