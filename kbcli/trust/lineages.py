"""Each file through its versions and names, and whether a card without a digest changed after its date was set.

The same judgement as `provenance.find_changed`, for any past commit of the main line: that
commit's versions are those its history has, in the order of `files.history`.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from kbcli.cards.model import Card
from kbcli.config import Config
from kbcli.files.history import read_blobs
from kbcli.files.timeline import Change, Commit
from kbcli.trust.factcache import FactCache


class _Version(NamedTuple):
    """A file as one commit left it; `position` is where on the main line that commit came in."""

    position: int
    path: str
    blob: str


class _Lineage:
    """One file through its names, oldest version first."""

    __slots__ = ("gone", "versions")

    def __init__(self) -> None:
        self.versions: list[_Version] = []
        self.gone = False


class LineageBook:
    """The lineages, written on commit by commit."""

    def __init__(
        self, config: Config, commits: Sequence[Commit], positions: Mapping[str, int], facts: FactCache
    ) -> None:
        self._config = config
        self._commits = commits
        self._positions = positions
        self._facts = facts
        self._lineages: dict[str, _Lineage] = {}
        self._all: list[_Lineage] = []
        self._tried: set[tuple[str, str]] = set()
        self._moved: set[str] = set()
        self._links: dict[str, str] = {}
        self._next = 0
        # How far to read so that every commit up to a position has been met.
        self._ends: dict[int, int] = {}
        for number, commit in enumerate(commits):
            self._ends[positions.get(commit.sha, 0)] = number + 1
        # Whether the digest hangs on the path, by a default of kb.toml.
        self._by_path = any("audience" in entry.values for entry in config.defaults)

    def advance(self, position: int) -> None:
        """Take in every commit that the main line has at a position."""
        end = max((end for place, end in self._ends.items() if place <= position), default=0)
        for place in [place for place in self._ends if place <= position]:
            del self._ends[place]
        while self._next < end:
            self._take(self._commits[self._next])
            self._next += 1

    def _take(self, commit: Commit) -> None:
        """As `files.history` builds lineages: a former name leads to its file until another one takes it."""
        position = self._positions.get(commit.sha, 0)
        lineages, moved = self._lineages, self._moved
        # There, too, a commit's files are gone through backwards.
        changes = tuple(reversed(commit.changes))
        current = {
            change.old_path: lineages.get(change.old_path) or self._begin(change.old_path)
            for change in changes
            if change.action == "R"
        }
        for change in changes:
            if change.action == "R":
                lineages[change.path] = current[change.old_path]
                moved.add(change.old_path)
                moved.discard(change.path)
            elif self._begins(change):
                self._begin(change.path)
                moved.discard(change.path)
            lineage = lineages[change.path]
            lineage.gone = change.action == "D"
            lineage.versions.append(_Version(position, change.path, change.blob))

    def _begin(self, path: str) -> _Lineage:
        lineage = self._lineages[path] = _Lineage()
        self._all.append(lineage)
        return lineage

    def _begins(self, change: Change) -> bool:
        if change.path not in self._lineages:
            return True
        return change.action in "AC" and (change.path in self._moved or self._lineages[change.path].gone)

    def judge(self, card: Card, position: int) -> bool | None:
        """Whether a card without a digest changed after its date was set; None when nothing tells."""
        if card.verified is None or card.verified_digest or card.path not in self._lineages:
            return None
        stamped: Card | None = None
        known = False
        for version in self._list_versions(card.path, position):
            known = True
            past = self._find_text(version, card.path)
            if past is None and version.blob:
                return None  # this clone does not have it, and nothing can be said
            if past is None or past.verified != card.verified:
                break
            stamped = past
        return (stamped is not None and stamped.digest != card.digest) if known else None

    def _list_versions(self, path: str, position: int) -> Iterator[_Version]:
        """The versions of a file that the history of a position has, newest first."""
        return (version for version in reversed(self._lineages[path].versions) if version.position <= position)

    def _find_text(self, version: _Version, path: str) -> Card | None:
        if not version.blob:
            return None
        if not self._by_path or version.path == path:
            return self._facts.find(version.blob, version.path) or self._read_as(version.blob, path)
        return self._read_as(version.blob, path)

    def _read_as(self, blob: str, path: str) -> Card | None:
        """A version read under the name its file has now."""
        if self._facts.find(blob, path) is None and (blob, path) not in self._tried:
            self._tried.add((blob, path))
            self._facts.read([(blob, path)])
        return self._facts.find(blob, path)

    def list_texts(self, card_paths: frozenset[str]) -> set[tuple[str, str]]:
        """The blobs of all versions met so far of files that were cards once, with the paths to read them under."""
        texts: set[tuple[str, str]] = set()
        for lineage in self._all:
            names = {version.path for version in lineage.versions} & card_paths
            for version in lineage.versions:
                if version.blob and names:
                    own = not self._by_path and version.path in names
                    texts |= {(version.blob, name) for name in ((version.path,) if own else names)}
        return texts

    def find_stamps(self, card_paths: frozenset[str], position: int) -> dict[str, tuple[str, str]]:
        """For each card path the date (ISO, or "") of its newest version, and the digest when that date was set."""
        stamps: dict[str, tuple[str, str]] = {}
        for path in sorted(card_paths & self._lineages.keys()):
            newest: Card | None = None
            digest, known = "", True
            for version in self._list_versions(path, position):
                past = self._find_text(version, path)
                if past is None and version.blob:
                    known = False
                    break
                if past is None or past.verified is None or (newest is not None and past.verified != newest.verified):
                    break
                newest = newest or past
                digest = past.digest
            if known:
                stamps[path] = (newest.verified.isoformat() if newest and newest.verified else "", digest)
        return stamps

    def read_link(self, blob: str) -> str:
        """What a symbolic link says."""
        if blob not in self._links:
            self._links[blob] = os.fsdecode(read_blobs(self._config.root, [blob]).get(blob, b""))
        return self._links[blob]
