"""Each file through its versions and names, as the history of any commit of the main line has them.

So that `provenance.find_changed` can be asked of the past: whether a card without a digest had
changed after its date was set.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from kbcli.config import Config
from kbcli.foundation.git.log import CommitInfo, History, Version, read_blobs
from kbcli.foundation.git.timeline import Change, Commit
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.past.factcache import FactCache
from kbcli.knowledge.past.provenance import find_changed

_Key = tuple[int, int, date, str]


class _Lineage:
    """One file through its names, oldest version first, each with where on the main line its commit came in."""

    __slots__ = ("gone", "newest", "versions")

    def __init__(self) -> None:
        self.versions: list[tuple[int, Version]] = []
        self.gone = False
        self.newest = 0


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
        self._known: dict[str, tuple[_Key, bool | None]] = {}
        self._moved: set[str] = set()
        self._links: dict[str, str] = {}
        self._next = 0
        # How far to read so that every commit up to a position has been met.
        self._ends: dict[int, int] = {}
        for number, commit in enumerate(commits):
            self._ends[positions.get(commit.sha, 0)] = number + 1

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
        info = CommitInfo(commit.sha, "", "", "", "", commit.authored, commit.subject)
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
            version = Version(
                info, change.path, change.blob, change.old_blob, change.old_path, change.other_blobs
            )
            lineage.versions.append((position, version))
            lineage.newest = max(lineage.newest, position)

    def _begin(self, path: str) -> _Lineage:
        lineage = self._lineages[path] = _Lineage()
        self._all.append(lineage)
        return lineage

    def _begins(self, change: Change) -> bool:
        if change.path not in self._lineages:
            return True
        return change.action in "AC" and (change.path in self._moved or self._lineages[change.path].gone)

    def judge(self, cards: Iterable[Card], position: int) -> dict[str, bool]:
        """As `find_changed` at a commit of the main line: cards without a digest that changed after their date was set."""
        changed: dict[str, bool] = {}
        unknown: dict[str, Card] = {}
        keys: dict[str, _Key] = {}
        for card in cards:
            lineage = self._lineages.get(card.path)
            if card.verified is None or card.verified_digest or lineage is None:
                continue
            keys[card.path] = key = (id(lineage), len(lineage.versions), card.verified, card.digest)
            known = self._known.get(card.path)
            if known is None or known[0] != key:
                unknown[card.path] = card
            elif known[1] is not None:
                changed[card.path] = known[1]
        if unknown:
            versions = {path: self._list_versions(path, position) for path in unknown}
            library = Library(self._config, tuple(unknown.values()))
            found = find_changed(library, History(versions, available=True), self._facts)
            changed |= found
            for path in unknown:
                # What holds without the versions of a branch that is merged later, holds for now only.
                if self._lineages[path].newest <= position:
                    self._known[path] = keys[path], found.get(path)
        return changed

    def _list_versions(self, path: str, position: int) -> tuple[Version, ...]:
        """The versions of a file that the history of a position has, newest first."""
        return tuple(
            version for place, version in reversed(self._lineages[path].versions) if place <= position
        )

    def list_texts(self, card_paths: frozenset[str]) -> set[tuple[str, str]]:
        """The blobs of all versions met so far of files that were cards once, under each name of theirs."""
        texts: set[tuple[str, str]] = set()
        for lineage in self._all:
            names = {version.path for _, version in lineage.versions} & card_paths
            for _, version in lineage.versions:
                blobs = (version.blob, *version.before)
                texts |= {(blob, name) for name in names for blob in blobs if blob}
        return texts

    def read_link(self, blob: str) -> str:
        """What a symbolic link says."""
        if blob not in self._links:
            self._links[blob] = os.fsdecode(read_blobs(self._config.root, [blob]).get(blob, b""))
        return self._links[blob]
