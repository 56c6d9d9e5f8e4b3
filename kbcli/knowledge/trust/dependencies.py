"""What a card depends on, pinned in a digest, and which of it changed since the card was verified.

The stamp (`depends_digest`) is `v2:` and 32 hex digits (`v1:` and 16 until kb had v2, which still
hold) of a SHA-256 over every name and content digest, sorted by name; that of a card is of the
same scheme. That total decides. For up to 16 entries it is followed by one hint each
(`.` and 8 hex digits: 4 of the name's hash, 4 of the content's), so that a suspect can name the
file that changed without the front matter growing by a line per file.
"""

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from stat import S_ISDIR, S_ISREG

from kbcli.foundation.disk.paths import is_inside, match_globs, spell_composed
from kbcli.foundation.git.objects import find_blobs_at, read_blob
from kbcli.foundation.typed import compile_late
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.walk import list_repository_files
from kbcli.knowledge.trust.states import judge_source

SCHEME = "v2"
CARD_PREFIX = "card:"
MAX_HINTS = 16
MAX_DEPENDENCY_BYTES = 50_000_000
STAMP = compile_late(r"(?:v2:[0-9a-f]{32}|v1:[0-9a-f]{16})(?:\.[0-9a-f]{8}){0,16}\Z")
_DIGITS = {"v1": 16, "v2": 32}
_WILDCARD = compile_late(r"[*?\[{]")


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What `depends_on` of one card comes to now.

    `entries` are (name, hexadecimal content digest), sorted by name; a name is a path from the
    git root or `card:ID` as the card writes it. `missing` are the values of depends_on that
    match nothing readable, `outside` those that lead out of the repository and were not read.
    """

    entries: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


_NONE = Dependencies()


class DependencyReader:
    """Resolves the dependencies of cards of one library; each file is read once."""

    def __init__(self, library: Library) -> None:
        self._library = library
        config = library.config
        self._base = config.boundary
        self._digests: dict[str, str | None] = {}
        self._resolved: dict[tuple[tuple[str, ...], str], Dependencies] = {}

    @cached_property
    def _files(self) -> list[str]:
        files = self._library.files
        return list_repository_files(self._library.config) if files is None else sorted(files)

    def list_paths(self, card: Card) -> list[str]:
        """The files that a card depends on, as paths from the git root, whether they can be read or not."""
        values = (
            value
            for value in card.depends_on
            if not value.startswith(CARD_PREFIX) and not leaves_repository(value)
        )
        return [path for value in values for path in self._find_files(value)]

    def resolve(self, card: Card, scheme: str = SCHEME) -> Dependencies:
        """What a card depends on now, other cards by their digests of a scheme. Never fails: what cannot be read is missing."""
        if not card.depends_on:
            return _NONE
        key = card.depends_on, scheme
        if key not in self._resolved:
            self._resolved[key] = self._resolve(card.depends_on, scheme)
        return self._resolved[key]

    def has_stamp(self, card: Card) -> bool:
        """Whether what a card depends on is as its stamp says, of whichever scheme that is."""
        scheme = card.depends_digest[:2]
        total = stamp_entries(self.resolve(card, scheme).entries, scheme).partition(".")[0]
        return total == card.depends_digest.partition(".")[0]

    def _resolve(self, values: Iterable[str], scheme: str) -> Dependencies:
        entries: dict[str, str] = {}
        missing: list[str] = []
        outside: list[str] = []
        for value in values:
            found = self._read_entries(value, scheme)
            if found is None:
                outside.append(value)
            elif not found:
                missing.append(value)
            else:
                entries.update(found)
        return Dependencies(tuple(sorted(entries.items())), tuple(missing), tuple(outside))

    def _read_entries(self, value: str, scheme: str) -> dict[str, str] | None:
        """The entries of one value of depends_on, none when nothing can be read; None when it leads out."""
        if value.startswith(CARD_PREFIX):
            ident = value.removeprefix(CARD_PREFIX).strip()
            if leaves_repository(ident):
                return None
            card = self._library.find_id(ident) or self._library.read_absent(ident)
            return {} if card is None else {value: card.digest_v1 if scheme == "v1" else card.digest}
        if leaves_repository(value):
            return None
        found = self._find_files(value)
        if not all(is_inside(os.path.join(self._base, path), self._base) for path in found):
            return None
        return {path: digest for path in found if (digest := self._read_digest(path)) is not None}

    def _find_files(self, value: str) -> list[str]:
        """The files a value names, as paths from the git root: one file, a folder's, or a glob's."""
        path = spell_composed(self._base, os.path.normpath(value).replace(os.sep, "/"))
        full = os.path.join(self._base, path)
        if path in self._library.absent and not os.path.isdir(full):
            below = (name for name in self._library.absent if name.startswith(f"{path}/"))
            blobs = {name: find_blobs_at(self._base, [""], name).get("") for name in (path, *below)}
            return sorted(name for name, blob in blobs.items() if blob)
        if os.path.lexists(full):
            if not os.path.isdir(full) or not is_inside(full, self._base):
                return [path]
            return [name for name in self._files if path == "." or name.startswith(f"{path}/")]
        if _WILDCARD.search(value):
            matches = match_globs((value,))
            return [name for name in self._files if matches(name)]
        return []

    def has_file(self, ident: str) -> bool:
        """Whether the file that an ID names is there, card or not: excluded, or left out by a sparse checkout."""
        config = self._library.config
        places = (
            () if leaves_repository(ident) else (config.prefix + ident + one for one in config.extensions)
        )
        return any(map(self._find_files, places))

    def _read_digest(self, path: str) -> str | None:
        if path not in self._digests:
            full = os.path.join(self._base, path)
            is_absent = not os.path.lexists(full) and path in self._library.absent
            self._digests[path] = self._digest_absent(path) if is_absent else _digest_file(full)
        return self._digests[path]

    def _digest_absent(self, path: str) -> str | None:
        """As `_digest_file`, of a file that a sparse checkout leaves out: git has it."""
        data = read_blob(self._base, find_blobs_at(self._base, [""], path).get("", ""))
        return digest_content(data) if data is not None and len(data) <= MAX_DEPENDENCY_BYTES else None


def name_dependencies(card: Card) -> set[str]:
    """The IDs of the cards that a card depends on or translates."""
    names = {value.removeprefix(CARD_PREFIX) for value in card.depends_on if value.startswith(CARD_PREFIX)}
    return {name.strip() for name in (*names, card.translation_of) if name.strip()}


def leaves_repository(value: str) -> bool:
    """Whether a path, a glob or an ID points out of the repository by its words alone."""
    if value.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:[\\/]", value) or "\0" in value:
        return True
    return os.path.normpath(value).replace(os.sep, "/").split("/", 1)[0] == ".."


def _digest_file(full: str) -> str | None:
    """The digest of a file's content; None if unreadable."""
    try:
        status = os.stat(full)
        if S_ISDIR(status.st_mode) or not S_ISREG(status.st_mode) or status.st_size > MAX_DEPENDENCY_BYTES:
            return None
        with open(full, "rb") as stream:
            data = stream.read(MAX_DEPENDENCY_BYTES)
    except (OSError, ValueError):
        return None
    return digest_content(data)


def digest_content(data: bytes) -> str:
    """SHA-256 of a file's content with CRLF as LF, so that a checkout on Windows has the same."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def digest_dependencies(card: Card, library: Library) -> str:
    """The stamp for what a card depends on now; "" when it depends on nothing."""
    return stamp_entries(DependencyReader(library).resolve(card).entries) if card.depends_on else ""


def stamp_entries(entries: tuple[tuple[str, str], ...], scheme: str = SCHEME) -> str:
    """The stamp of entries resolved for a scheme: (name, hexadecimal content digest), sorted by name."""
    total = hashlib.sha256(
        "".join(f"{name}\0{digest}\0" for name, digest in entries).encode("utf-8", "surrogatepass")
    )
    hints = [_hint(name, digest) for name, digest in entries] if len(entries) <= MAX_HINTS else []
    return ".".join((f"{scheme}:{total.hexdigest()[: _DIGITS[scheme]]}", *hints))


def _hint(name: str, digest: str) -> str:
    return _tag(name) + hashlib.sha256(digest.encode()).hexdigest()[:4]


def _tag(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:4]


def find_suspects(library: Library, reader: DependencyReader | None = None) -> dict[str, tuple[str, ...]]:
    """Cards, by ID, whose stamped dependencies or translation source changed, with a sentence for each change.

    Cards without the stamp, and stamps that cannot be read, are not judged.
    """
    reader = reader or DependencyReader(library)
    suspects: dict[str, tuple[str, ...]] = {}
    for card in library.cards:
        if not (card.depends_digest or card.translation_digest):
            continue
        sentences = (*_judge_dependencies(card, reader), *_judge_translation(card, library, reader))
        if sentences:
            suspects.setdefault(card.id, sentences)
    return suspects


def _judge_dependencies(card: Card, reader: DependencyReader) -> tuple[str, ...]:
    if not card.depends_on or not STAMP.match(card.depends_digest):
        return ()
    if reader.has_stamp(card):
        return ()
    now = reader.resolve(card, card.depends_digest[:2])
    stored = card.depends_digest.split(".")[1:]
    if not stored or len(now.entries) > MAX_HINTS:
        return (f"one of the {len(now.entries)} things it depends on changed since it was verified",)
    tags = {hint[:4] for hint in stored}
    sentences = [
        f"{_name_entry(name)} {'changed' if _tag(name) in tags else 'is new'} since it was verified"
        for name, digest in now.entries
        if _hint(name, digest) not in stored
    ]
    present = {_tag(name) for name, _ in now.entries}
    known = {_tag(value): value for value in (*now.missing, *now.outside)}
    sentences += [
        f"{_name_entry(known[tag]) if tag in known else 'a file it depended on'} is gone since it was verified"
        for tag in sorted(tags - present)
    ]
    return tuple(sentences) or ("something it depends on changed since it was verified",)


def _judge_translation(card: Card, library: Library, reader: DependencyReader) -> tuple[str, ...]:
    if not (card.translation_of and card.translation_digest):
        return ()
    source = library.find_id(card.translation_of) or library.read_absent(card.translation_of)
    if source is not None:
        return judge_source(card.translation_digest, source.id, source.has_digest)
    is_there = reader.has_file(card.translation_of)
    return () if is_there else judge_source(card.translation_digest, card.translation_of, None)


def _name_entry(name: str) -> str:
    return f"the card {name.removeprefix(CARD_PREFIX)}" if name.startswith(CARD_PREFIX) else name
