"""The cards at past moments, rebuilt from git history: which there were, with which text, and what had changed.

A past moment is the last commit of the main line before it, as a checkout would have it. Today's
kb.toml decides what was a card and what its fields meant.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from posixpath import normpath

from kbcli.config import Config
from kbcli.foundation.disk.paths import match_globs
from kbcli.foundation.git.log import Changes, Head, History, Lineages, Mainline, read_mechanical
from kbcli.foundation.git.objects import Tree, read_blob
from kbcli.foundation.git.revisions import read_differences
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.walk import select_card_paths
from kbcli.knowledge.past.factcache import FactCache, Progress
from kbcli.knowledge.past.provenance import find_changed, needs_history
from kbcli.knowledge.trust.dependencies import (
    CARD_PREFIX,
    MAX_DEPENDENCY_BYTES,
    DependencyReader,
    digest_content,
    find_suspects,
    name_dependencies,
)

Text = tuple[str, str]
"""What a card was at some time: its blob and the path it is read under."""


class Span(NamedTuple):
    """One card that stayed the same from week `first` to week `last` (numbers in the list of weeks).

    `changed` is what history said of a card without a digest (None: nothing to say), `suspect`
    whether something it depends on had changed.
    """

    path: str
    blob: str
    changed: bool | None
    suspect: bool
    first: int
    last: int


class Week(NamedTuple):
    """A week's last day and the commit that a checkout of that day has, "" before the first."""

    day: date
    sha: str


def list_week_ends(first: date, today: date) -> list[date]:
    """The Sundays from the first on or after `first` to the last before `today`."""
    sunday = first + timedelta(days=6 - first.weekday())
    days = []
    while sunday < today:
        days.append(sunday)
        sunday += timedelta(days=7)
    return days


def find_moment(day: date) -> int:
    """The last second of a UTC day, in Unix time."""
    return int(datetime.combine(day, time(23, 59, 59), UTC).timestamp())


def find_card_paths(config: Config, paths: Iterable[str]) -> frozenset[str]:
    """Those of the paths (relative to the knowledge base) that kb.toml counts as cards."""
    return frozenset(path for path in select_card_paths(config, sorted(set(paths))) if _is_utf8(path))


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return not path.startswith("../")


class PastDependencies(DependencyReader):
    """Resolves dependencies in a tree. Links are not followed."""

    def __init__(self, config: Config, tree: Tree) -> None:
        super().__init__(Library(config, ()))
        self._tree = tree
        self._blob_digests: dict[str, str | None] = {}

    def turn_to(self, library: Library) -> "PastDependencies":
        """Look from now on at the tree as it stands, and at these cards."""
        self._library = library
        self._resolved.clear()
        self._digests.clear()
        return self

    def _find_files(self, value: str) -> list[str]:
        path = normpath(value)
        names = self._tree.files
        if path in names:
            return [path]
        if below := sorted(name for name in names if path == "." or name.startswith(f"{path}/")):
            return below
        matches = match_globs((value,))
        return sorted(name for name in names if matches(name))

    def _read_digest(self, path: str) -> str | None:
        file = self._tree.files[path]
        if file.is_link:
            return None
        if file.blob not in self._blob_digests:
            data = read_blob(self._tree.git_root, file.blob)
            is_small = data is not None and len(data) <= MAX_DEPENDENCY_BYTES
            self._blob_digests[file.blob] = digest_content(data or b"") if is_small else None
        return self._blob_digests[file.blob]


class PastWalk:
    """One walk from the first commit to the last, stopping at the end of each week.

    `commits` are all that changed something, oldest first. `card_paths` are those that ever were
    cards, `missing` is how many of their versions the clone does not have. Raises GitError.
    """

    def __init__(
        self,
        config: Config,
        head: Head,
        mainline: Mainline,
        commits: Sequence[Changes],
        days: Sequence[date],
        facts: FactCache,
        progress: Progress | None = None,
    ) -> None:
        self._config, self._facts = config, facts
        self._mainline, self._commits, self._days = mainline, commits, days
        self._mechanical = read_mechanical(config.root, head.sha)
        stops = {mainline.find_last(find_moment(day)) for day in days} | {0, len(mainline.shas) - 1}
        self._stops = sorted(stop for stop in stops if stop is not None)
        shas = [mainline.shas[stop] for stop in self._stops]
        self._differences = read_differences(config.root, head, shas)
        # The main line's own trees may hold versions that no single commit made: a merge's choice.
        everything = [*commits, *self._differences.values()]
        self.card_paths = find_card_paths(config, (one.path for changes in everything for one in changes))
        self.texts = {text for changes in everything for text in self._list_texts(changes)}
        self.missing = facts.read(sorted(self.texts), progress)
        self._prefix = ""
        if needs_whole_tree(card for text in self.texts if (card := facts.find(*text)) is not None):
            self._differences = read_differences(config.root, head, shas, whole=True)
            self._prefix = head.prefix
        self._tree = Tree(config.root)
        self._dependencies = PastDependencies(config, self._tree)
        # The cards at the stop, by path; of them those that point elsewhere, are dated, or pin something.
        self._cards: dict[str, tuple[str, Card]] = {}
        self._links: set[str] = set()
        self._dated: dict[str, Card] = {}
        self._pinned: dict[str, Card] = {}
        self._lineages = Lineages()
        # What history says of the dated ones, and the paths of which it may say something else by now.
        self._changed: dict[str, bool] = {}
        self._open: set[str] = set()
        self._next_stop = self._next_commit = 0
        self._find_ends()

    def _find_ends(self) -> None:
        """How far to read so that every commit up to a position has been met."""
        ends = {self._place(changes): number for number, changes in enumerate(self._commits, 1)}
        self._places = sorted(ends)
        self._ends = (0, *accumulate((ends[place] for place in self._places), max))

    def _place(self, changes: Changes) -> int:
        return self._mainline.positions.get(changes[0].commit.sha, 0)

    def _list_texts(self, changes: Changes) -> Iterator[Text]:
        """The versions of cards in a commit; one that was no card under its old name is read under its new one."""
        for change in changes:
            if change.path in self.card_paths:
                if change.blob:
                    yield change.blob, change.path
                name = change.old_path if change.old_path in self.card_paths else change.path
                for blob in change.before:
                    yield blob, name

    def find_spans(self) -> tuple[list[Week], list[Span]]:
        """The weeks with their commits, and every card's spans in them, sorted by path and week."""
        weeks: list[Week] = []
        spans: list[Span] = []
        running: dict[str, Span] = {}
        before: int | None = None
        for number, day in enumerate(self._days):
            position = self._mainline.find_last(find_moment(day))
            weeks.append(Week(day, "" if position is None else self._mainline.shas[position]))
            if position is None or position == before:
                continue
            before = position
            for path, found in self._look(position).items():
                span = running.get(path)
                if span is not None and (found is None or span[1:4] != found):
                    spans.append(span._replace(last=number - 1))
                    del running[path]
                if found is not None:
                    running.setdefault(path, Span(path, *found, number, number))
        spans += [span._replace(last=len(self._days) - 1) for span in running.values()]
        return weeks, sorted(spans, key=lambda span: (span.path, span.first))

    def judge_head(self) -> Iterator[tuple[Card, bool | None]]:
        """The dated cards without a digest at HEAD, and whether they had changed; then the walk is at its end."""
        self._look(len(self._mainline.shas) - 1)
        for path, card in self._dated.items():
            yield card, self._changed.get(path)

    def _look(self, position: int) -> dict[str, tuple[str, bool | None, bool] | None]:
        """What may be another than at the stop before, by path: blob, `changed` and `suspect` as in Span."""
        were_pinned = bool(self._pinned)
        touched = self._advance(position)
        for path in touched:
            self._turn_to(path)
        suspects: Mapping[str, object] = {}
        if self._pinned:
            library = Library(self._config, tuple(card for _, (_, card) in sorted(self._cards.items())))
            names = set().union(*map(name_dependencies, self._pinned.values()))
            named = (library.find_id(name) for name in names)
            self._facts.load_digests(card for card in named if card is not None)
            suspects = find_suspects(library, self._dependencies.turn_to(library))
        judged = self._judge(position)
        # Two cards may have one ID, so that of what is suspect anything may be another.
        paths = {*touched, *judged, *(self._cards if self._pinned or were_pinned else ())}
        rows = ((path, self._cards.get(path)) for path in paths)
        return {
            path: None if row is None else (row[0], self._changed.get(path), row[1].id in suspects)
            for path, row in rows
        }

    def _advance(self, position: int) -> set[str]:
        """Take in what the main line has at a position; the card paths that are touched by it."""
        touched = set(self._links)
        while self._next_stop < len(self._stops) and self._stops[self._next_stop] <= position:
            changes = self._differences.get(self._mainline.shas[self._stops[self._next_stop]], ())
            self._tree.move(changes)
            touched.update(
                change.path[len(self._prefix) :] for change in changes if change.path.startswith(self._prefix)
            )
            self._next_stop += 1
        end = self._ends[bisect_right(self._places, position)]
        for changes in self._commits[self._next_commit : end]:
            self._lineages.take(changes, self._place(changes))
            for change in changes:
                self._open |= self._lineages.by_path[change.path].names
        self._next_commit = max(end, self._next_commit)
        return touched & self.card_paths

    def _turn_to(self, path: str) -> None:
        """Take the card at a path as the tree has it now."""
        for group in (self._cards, self._dated, self._pinned):
            group.pop(path, None)
        self._links.discard(path)
        self._changed.pop(path, None)
        self._open.add(path)
        file = self._tree.files.get(self._prefix + path)
        blob = self._tree.find_blob(self._prefix + path)
        if file is not None and file.is_link:
            self._links.add(path)
            if blob:
                # History has this content under its target's name only.
                self._facts.read([(blob, path)])
        card = self._facts.find(blob, path) if blob else None
        if card is None:
            return
        self._cards[path] = blob, card
        if needs_history(card):
            self._dated[path] = card
        if card.depends_digest or card.translation_digest:
            self._pinned[path] = card

    def _judge(self, position: int) -> Iterable[str]:
        """Judge anew, as `find_changed` does, the dated cards of which history may say something else than before; their paths."""
        lineages = self._lineages.by_path
        cards = {path: self._dated[path] for path in self._open & self._dated.keys() & lineages.keys()}
        # What holds without the versions of a branch that is merged later, holds for now only.
        self._open = {path for path in cards if lineages[path].newest > position}
        if cards:
            for path in cards:
                self._changed.pop(path, None)
            history = History(
                {path: self._lineages.list_until(path, position) for path in cards},
                available=True,
                known_mainline=self._mainline,
                known_mechanical=self._mechanical,
            )
            self._changed |= find_changed(Library(self._config, tuple(cards.values())), history, self._facts)
        return cards


def needs_whole_tree(cards: Iterable[Card]) -> bool:
    """Whether any of the cards pins files that are not cards, so that the whole repository has to be walked."""
    return any(
        card.depends_digest and any(not value.startswith(CARD_PREFIX) for value in card.depends_on)
        for card in cards
    )
