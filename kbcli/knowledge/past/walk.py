"""The cards at past moments, rebuilt from git history: which there were, with which text, and what had changed.

A past moment is the last commit of the main line before it, as a checkout would have it. Today's
kb.toml decides what was a card and what its fields meant.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from os.path import dirname, join, normpath
from typing import NamedTuple

from kbcli.config import Config
from kbcli.foundation.git.timeline import LINK_MODE, Commit, Mainline
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.walk import select_card_paths
from kbcli.knowledge.past.dependencies import PastDependencies
from kbcli.knowledge.past.factcache import FactCache
from kbcli.knowledge.past.lineages import LineageBook
from kbcli.knowledge.trust.dependencies import CARD_PREFIX, find_suspects

_MOST_LINKS = 8


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


def find_card_paths(config: Config, commits: Iterable[Commit]) -> frozenset[str]:
    """The paths in these commits that kb.toml counts as cards."""
    paths = {change.path for commit in commits for change in commit.changes}
    return frozenset(path for path in select_card_paths(config, sorted(paths)) if _is_utf8(path))


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return not path.startswith("../")


class PastWalk:
    """One walk from the first commit to the last, stopping at the end of each week."""

    def __init__(
        self, config: Config, mainline: Mainline, commits: Sequence[Commit], steps: Sequence[Commit],
        facts: FactCache, *, prefix: str = "", whole: bool = False,
    ) -> None:  # fmt: skip
        self._config = config
        self._mainline = mainline
        self._facts = facts
        self._book = LineageBook(config, commits, mainline.positions, facts)
        self._steps = steps
        self._next_step = 0
        self._prefix = prefix if whole else ""
        # Path from the top of what `steps` speak of: blob and mode.
        self._tree: dict[str, tuple[str, str]] = {}
        self._card_paths: dict[str, bool] = {}
        self._dependencies = PastDependencies(config, self._tree) if whole else None

    def find_spans(self, days: Sequence[date]) -> tuple[list[Week], list[Span]]:
        """The weeks with their commits, and every card's spans in them, sorted by path and week."""
        weeks: list[Week] = []
        spans: list[Span] = []
        open_spans: dict[str, Span] = {}
        before: int | None = None
        for number, day in enumerate(days):
            position = self._mainline.find_last(find_moment(day))
            weeks.append(Week(day, "" if position is None else self._mainline.shas[position]))
            if position is None or position == before:
                continue
            before = position
            found = {span.path: span for span in self._look(position, number)}
            for path, span in list(open_spans.items()):
                if (new := found.get(path)) is None or new[1:4] != span[1:4]:
                    spans.append(span._replace(last=number - 1))
                    del open_spans[path]
            for path, span in found.items():
                open_spans.setdefault(path, span)
        spans += [span._replace(last=len(days) - 1) for span in open_spans.values()]
        return weeks, sorted(spans, key=lambda span: (span.path, span.first))

    def find_head_spans(self) -> list[Span]:
        """Every card as it is at HEAD; after this the walk is at its end."""
        return self._look(len(self._mainline.shas) - 1, 0)

    def _look(self, position: int, number: int) -> list[Span]:
        """Each card at a commit of the main line, as a span that begins with this week."""
        self._advance(position)
        rows: list[tuple[str, str, Card]] = []
        for path in self._list_card_paths():
            blob = self._resolve(path)
            if not blob:
                continue
            if self._tree[self._prefix + path][1] == LINK_MODE:
                # History has this content under its target's name only.
                self._facts.read([(blob, path)])
            if (card := self._facts.find(blob, path)) is not None:
                rows.append((path, blob, card))
        cards = [card for _, _, card in rows]
        suspects: Mapping[str, object] = {}
        if any(card.depends_digest or card.translation_digest for card in cards):
            library = Library(self._config, tuple(cards))
            reader = self._dependencies.turn_to(library) if self._dependencies is not None else None
            suspects = find_suspects(library, reader)
        changed = self._book.judge(cards, position)
        return [
            Span(path, blob, changed.get(path), card.id in suspects, number, number)
            for path, blob, card in rows
        ]

    def _advance(self, position: int) -> None:
        positions = self._mainline.positions
        while self._next_step < len(self._steps):
            step = self._steps[self._next_step]
            if positions.get(step.sha, 0) > position:
                break
            for change in step.changes:
                if change.blob:
                    self._tree[change.path] = change.blob, change.mode
                else:
                    self._tree.pop(change.path, None)
            self._next_step += 1
        self._book.advance(position)

    def _list_card_paths(self) -> list[str]:
        """The card paths of the tree, relative to the knowledge base."""
        unknown = [path for path in self._tree if path not in self._card_paths]
        if unknown:
            inside = [path.removeprefix(self._prefix) for path in unknown if path.startswith(self._prefix)]
            chosen = {path for path in select_card_paths(self._config, inside) if _is_utf8(path)}
            for path in unknown:
                name = path.removeprefix(self._prefix)
                self._card_paths[path] = path.startswith(self._prefix) and name in chosen
        return sorted(path.removeprefix(self._prefix) for path in self._tree if self._card_paths[path])

    def _resolve(self, path: str) -> str:
        """The blob of a file, symbolic links to other files followed; "" for one that leads nowhere."""
        full = self._prefix + path
        for _ in range(_MOST_LINKS):
            if full not in self._tree:
                return ""
            blob, mode = self._tree[full]
            if mode != LINK_MODE:
                return blob
            target = self._book.read_link(blob)
            if target.startswith("/"):
                return ""
            full = normpath(join(dirname(full), target))
        return ""


def needs_whole_tree(cards: Iterable[Card]) -> bool:
    """Whether any of the cards pins files that are not cards, so that the whole repository has to be walked."""
    return any(
        card.depends_digest and any(not value.startswith(CARD_PREFIX) for value in card.depends_on)
        for card in cards
    )
