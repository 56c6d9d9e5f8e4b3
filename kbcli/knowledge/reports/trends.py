"""The trust score over time, a point for each week, rebuilt from git history.

What the walk through history finds is kept as spans (a card that stayed the same for some weeks)
beside the cards in the cache, for the commit at HEAD: asking again costs no walk, whatever is
asked for.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, pairwise

from kbcli.config import Config
from kbcli.errors import GitError
from kbcli.foundation.git.log import Head, find_head, load_history, read_commits
from kbcli.foundation.git.mainline import read_mainline
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.past.factcache import FactCache, Progress
from kbcli.knowledge.past.provenance import find_changed
from kbcli.knowledge.past.walk import PastWalk, Span, Week, list_week_ends, needs_comparing
from kbcli.knowledge.reports.rubber_stamps import Verification, find_verifications
from kbcli.knowledge.trust.filters import CardFilter
from kbcli.knowledge.trust.stale import name_groups
from kbcli.knowledge.trust.states import (
    FUTURE_TOLERANCE,
    INACTIVE,
    STATES,
    TRUSTED,
    TrustFacts,
    gather_facts,
    judge_trust,
)

BASES = ("history", "date")


class TrendPoint(NamedTuple):
    """Where things stood at the end of a day.

    `sha` is the commit a checkout of that day has, "" for today's files. `counts` are cards by
    state in the order of STATES. `score` is trusted ÷ active, None when no card was active.
    """

    day: date
    sha: str
    counts: tuple[int, ...]

    @property
    def active(self) -> int:
        """Cards that were neither draft nor archived."""
        return sum(count for state, count in zip(STATES, self.counts, strict=True) if state not in INACTIVE)

    @property
    def trusted(self) -> int:
        """Cards that were verified or due."""
        return sum(count for state, count in zip(STATES, self.counts, strict=True) if state in TRUSTED)

    @property
    def score(self) -> float | None:
        """The trust score, from 0 to 1."""
        return self.trusted / self.active if self.active else None


@dataclass(frozen=True)
class Past:
    """What history tells: the weeks, the cards in them, and the verifications.

    `head` gives for each dated card without a digest at HEAD, by path, its date (ISO), its digest
    now, and whether it had changed. `why` says why there is nothing; `missing` is how many
    versions this clone does not have.
    """

    weeks: tuple[Week, ...] = ()
    spans: tuple[Span, ...] = ()
    events: tuple[Verification, ...] = ()
    head: Mapping[str, tuple[str, str, bool | None]] = field(default_factory=dict)
    missing: int = 0
    why: str = ""

    @property
    def available(self) -> bool:
        """Whether there is a history to tell of."""
        return not self.why


def load_past(config: Config, today: date, facts: FactCache, progress: Progress | None = None) -> Past:
    """The past up to the last Sunday before today, from the cache or else from git. Never raises: see `Past.why`."""
    if config.git_root is None:
        return Past(why="this is not a git repository")
    head = find_head(config.root)
    if not head.sha:
        return Past(why=head.why)
    if head.shallow:
        return Past(why="this clone is shallow: run `git fetch --unshallow`, or clone with the whole history")
    if (past := _read_record(facts, head, today)) is not None:
        return past
    try:
        return _walk_past(config, head, today, facts, progress)
    except GitError as error:
        return Past(why=error.message)


def _walk_past(config: Config, head: Head, today: date, facts: FactCache, progress: Progress | None) -> Past:
    mainline = read_mainline(config.root, head.sha)
    commits = tuple(read_commits(config.root, head))[::-1]
    first = datetime.fromtimestamp(min(mainline.seconds), UTC).date()
    walk = PastWalk(config, head, mainline, commits, list_week_ends(first, today), facts, progress)
    weeks, spans = walk.find_spans()
    events = find_verifications(commits, mainline.positions, walk.card_paths, facts)
    now = {
        card.path: (card.verified.isoformat() if card.verified else "", card.digest, changed)
        for card, changed in walk.judge_head()
    }
    past = Past(tuple(weeks), tuple(spans), tuple(events), now, walk.missing)
    if not walk.missing:
        facts.save(_make_record(past, head, today), walk.texts | {(span.blob, span.path) for span in spans})
    return past


def _last_week_end(today: date) -> date:
    return today - timedelta(days=today.weekday() + 1)


def _make_record(past: Past, head: Head, today: date) -> dict[str, object]:
    return {
        "head": head.sha,
        "until": _last_week_end(today).isoformat(),
        "weeks": [[week.day.isoformat(), week.sha] for week in past.weeks],
        "spans": [list(span) for span in past.spans],
        "events": [[*event[:3], event.day.isoformat(), *event[4:]] for event in past.events],
        "now": {path: list(known) for path, known in past.head.items()},
    }


def _read_record(facts: FactCache, head: Head, today: date) -> Past | None:
    """The past that was worked out for the same commit and week; None when there is none."""
    record = facts.record
    if record.get("head") != head.sha or record.get("until") != _last_week_end(today).isoformat():
        return None
    past = Past(
        weeks=tuple(Week(date.fromisoformat(day), sha) for day, sha in record["weeks"]),
        spans=tuple(Span(*span) for span in record["spans"]),
        events=tuple(
            Verification(path, blob, sha, date.fromisoformat(day), *rest)
            for path, blob, sha, day, *rest in record["events"]
        ),
        head={path: tuple(known) for path, known in record["now"].items()},
    )
    return past if all(facts.find(span.blob, span.path) is not None for span in past.spans) else None


def judge_changes(library: Library, past: Past, facts: FactCache) -> dict[str, bool]:
    """What `provenance.find_changed` says of today's cards; git is asked only about those that are not as at HEAD."""
    changed: dict[str, bool] = {}
    edited: list[Card] = []
    for card in library.cards:
        if card.verified is None or not needs_comparing(card):
            continue
        day, digest, known = past.head.get(card.path, ("", "", None))
        if (day, digest) != (card.verified.isoformat(), card.digest):
            edited.append(card)
        elif known is not None:
            changed[card.path] = known
    if edited:
        changed |= find_changed(
            Library(library.config, tuple(edited)), load_history(library.config.root), facts
        )
    return changed


def draw_curve(
    past: Past,
    facts: FactCache,
    *,
    basis: str = "history",
    filters: CardFilter | None = None,
    since: date | None = None,
    group_by: str = "",
) -> dict[str, tuple[TrendPoint, ...]]:
    """The points, oldest first, by group name; without a grouping all are under "".

    `basis` is one of BASES: with `date`, a card without a digest counts as unchanged.
    """
    days = [week.day for week in past.weeks]
    start = bisect_left(days, since) if since is not None else 0
    # By group, how many cards more than the week before were in each state.
    steps: dict[str, list[list[int]]] = {} if group_by else {"": _make_rows(len(days) + 1)}
    for span in past.spans:
        card = facts.find(span.blob, span.path)
        if span.last < start or card is None or not (filters is None or filters.matches(card)):
            continue
        judged = gather_facts(
            card,
            changed=span.changed if basis == "history" else None,
            suspect=("something it depends on changed",) if span.suspect else (),
        )
        names = name_groups(card, group_by) if group_by else ("",)
        for state, begin, end in _cut_by_state(judged, days, max(span.first, start), span.last + 1):
            for name in names:
                rows = steps.get(name) or steps.setdefault(name, _make_rows(len(days) + 1))
                rows[begin][state] += 1
                rows[end][state] -= 1
    return {name: _add_up(past.weeks[start:], steps[name][start:]) for name in sorted(steps)}


def _add_up(weeks: Sequence[Week], steps: list[list[int]]) -> tuple[TrendPoint, ...]:
    sums = accumulate(
        map(tuple, steps[:-1]), lambda one, other: tuple(map(sum, zip(one, other, strict=True)))
    )
    return tuple(TrendPoint(week.day, week.sha, counts) for week, counts in zip(weeks, sums, strict=True))


def _make_rows(number: int) -> list[list[int]]:
    return [[0] * len(STATES) for _ in range(number)]


def _cut_by_state(
    facts: TrustFacts, days: Sequence[date], begin: int, end: int
) -> Iterator[tuple[int, int, int]]:
    """The state (its number in STATES) of a card that stays the same, week by week: state, first week, after the last."""
    cuts = sorted({bisect_left(days, day, begin, end) for day in _list_turns(facts)} | {begin, end})
    for first, after in pairwise(cuts):
        if first < after:
            yield STATES.index(judge_trust(facts, days[first]).state), first, after


def _list_turns(facts: TrustFacts) -> Iterator[date]:
    """The days on which the state of an unchanged card can become another."""
    if facts.verified is not None:
        yield _add_days(facts.verified, -FUTURE_TOLERANCE)
    if facts.due is not None:
        yield _add_days(facts.due, timedelta(days=-facts.window))
        yield facts.due


def _add_days(day: date, span: timedelta) -> date:
    try:
        return day + span
    except OverflowError:
        return date.min if span.days < 0 else date.max
