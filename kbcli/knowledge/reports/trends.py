"""What git history tells: the trust score over time, a point for each week, and the verifications.

What the walk through history finds is kept as spans (a card that stayed the same for some weeks)
beside the cards in the cache, for the commit at HEAD: asking again costs no walk, whatever is
asked for.

A verification is a commit, no merge, after which a card that was there before has a later `verified`
(setting it back is none). A new card that comes with a date is counted apart. A verification is a
rubber stamp when the text has the digest it had before and the card names no evidence.
That proves nothing against a single one (a careful reader may find nothing to change); a share
near 100 %, or dozens in one commit, is worth a question.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, pairwise

from kbcli.config import Config
from kbcli.errors import GitError
from kbcli.foundation.calendar import add_days
from kbcli.foundation.git.log import (
    Changes,
    Head,
    Version,
    find_head,
    load_history,
    read_commits,
    read_mainline,
)
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.past.factcache import FactCache, Progress
from kbcli.knowledge.past.provenance import find_changed, needs_history
from kbcli.knowledge.past.walk import PastWalk, Span, Week, list_week_ends
from kbcli.knowledge.trust.filters import CardFilter
from kbcli.knowledge.trust.judging import TrustSummary, summarise_counts
from kbcli.knowledge.trust.stale import name_groups
from kbcli.knowledge.trust.states import FUTURE_TOLERANCE, STATES, TrustFacts, gather_facts, judge_trust

KINDS = ("text", "evidence", "stamp")


class Verification(NamedTuple):
    """One card verified by one commit.

    `kind` says what else it did: `first` (the file is new), `text` (its text changed too),
    `evidence` (the card, or an `Evidence:` line of the commit's message, names where the verifier looked), or `stamp` (nothing). `edited` tells that
    another commit merged together with it changed this card's text. `day` is the UTC day it
    was authored on, `subject` the commit's first line.
    """

    path: str
    blob: str
    sha: str
    day: date
    subject: str
    kind: str
    edited: bool


class TrendPoint(NamedTuple):
    """Where things stood at the end of a day; `sha` is the commit a checkout of that day has, "" for today's files."""

    day: date
    sha: str
    summary: TrustSummary


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
    walk = PastWalk(
        config,
        head,
        mainline,
        commits,
        list_week_ends(datetime.fromtimestamp(min(mainline.seconds), UTC).date(), today),
        facts,
        progress,
    )
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
        if card.verified is None or not needs_history(card):
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

    `basis` is `history` or `date`: with `date`, a card without a digest counts as unchanged.
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
    return tuple(
        TrendPoint(week.day, week.sha, summarise_counts(dict(zip(STATES, counts, strict=True))))
        for week, counts in zip(weeks, sums, strict=True)
    )


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
        yield add_days(facts.verified, -FUTURE_TOLERANCE.days)
    if facts.due is not None:
        yield add_days(facts.due, -facts.window)
        yield facts.due


@dataclass(frozen=True, slots=True)
class StampReport:
    """The verifications: how many of each kind, and the share of mere stamps (None of none).

    `total` is without the new cards that came with a date, which `new` counts.
    `edited_with` counts stamps whose card was edited by another commit of the same merge.
    `largest` is the commit that verified most cards, with `largest_count` and, of those,
    `largest_stamps`. `by_year` gives verifications and stamps for each year, oldest first.
    """

    total: int
    new: int
    counts: Mapping[str, int]
    share: float | None
    edited_with: int
    largest: Verification | None
    largest_count: int
    largest_stamps: int
    by_year: Mapping[int, tuple[int, int]]


class _Edit(NamedTuple):
    """A change of a card, which came in at a position of the main line; `before` is None where the card is new."""

    position: int
    change: Version
    before: Card | None
    card: Card

    @property
    def place(self) -> tuple[int, str]:
        return self.position, self.change.path

    @property
    def is_verification(self) -> bool:
        """Whether the card has a date that is later than before."""
        day, known = self.card.verified, self.before.verified if self.before is not None else None
        return day is not None and (known is None or known < day)

    @property
    def is_of_text(self) -> bool:
        """Whether the text is another than before."""
        return self.before is None or self.before.digest != self.card.digest


def find_verifications(
    commits: Iterable[Changes], positions: Mapping[str, int], card_paths: frozenset[str], facts: FactCache
) -> list[Verification]:
    """Every verification in these commits, in their order, then by path. Raises GitError.

    Everything but texts is known to `facts` already.
    """
    edits = list(_list_edits(commits, positions, card_paths, facts))
    places = {edit.place for edit in edits if edit.is_verification}
    edits = [edit for edit in edits if edit.place in places]
    facts.load_digests(card for edit in edits for card in (edit.before, edit.card) if card is not None)
    changed = Counter(edit.place for edit in edits if edit.is_of_text)
    return [
        _describe(edit, edited=changed[edit.place] > edit.is_of_text)
        for edit in edits
        if edit.is_verification
    ]


def _list_edits(
    commits: Iterable[Changes], positions: Mapping[str, int], card_paths: frozenset[str], facts: FactCache
) -> Iterator[_Edit]:
    for changes in commits:
        if changes[0].commit.parents > 1:
            continue
        position = positions.get(changes[0].commit.sha, 0)
        for change in sorted(changes, key=lambda change: change.path):
            card = facts.find(change.blob, change.path) if change.path in card_paths and change.blob else None
            if card is not None:
                yield _Edit(position, change, _find_before(change, facts), card)


def _find_before(change: Version, facts: FactCache) -> Card | None:
    """The card before a change; a file that was no card under its old name is read under its new one."""
    if not change.old_blob:
        return None
    return facts.find(change.old_blob, change.old_path or change.path) or facts.find(
        change.old_blob, change.path
    )


def _describe(edit: _Edit, *, edited: bool) -> Verification:
    commit = edit.change.commit
    if edit.before is None:
        kind = "first"
    elif edit.is_of_text:
        kind = "text"
    else:
        kind = "evidence" if edit.card.evidence or commit.names_evidence else "stamp"
    path, blob = edit.change.path, edit.change.blob
    return Verification(path, blob, commit.sha, commit.date, commit.subject, kind, edited)


def count_stamps(
    events: Iterable[Verification],
    facts: FactCache,
    *,
    since: date | None = None,
    filters: CardFilter | None = None,
) -> StampReport:
    """The share of rubber stamps among verifications since a day, of cards that pass the filters."""
    everything = [
        event for event in events if (since is None or event.day >= since) and _passes(event, facts, filters)
    ]
    chosen = [event for event in everything if event.kind != "first"]
    stamps = [event for event in chosen if event.kind == "stamp"]
    kinds = Counter(event.kind for event in chosen)
    sizes = Counter(event.sha for event in chosen)
    # Of two commits as large, the younger.
    largest = max(chosen, key=lambda event: (sizes[event.sha], event.day, event.sha), default=None)
    years, stamp_years = (Counter(event.day.year for event in group) for group in (chosen, stamps))
    return StampReport(
        total=len(chosen),
        new=len(everything) - len(chosen),
        counts={kind: kinds[kind] for kind in KINDS},
        share=len(stamps) / len(chosen) if chosen else None,
        edited_with=sum(event.edited for event in stamps),
        largest=largest,
        largest_count=sizes[largest.sha] if largest else 0,
        largest_stamps=sum(event.sha == largest.sha for event in stamps) if largest else 0,
        by_year={year: (years[year], stamp_years[year]) for year in sorted(years)},
    )


def _passes(event: Verification, facts: FactCache, filters: CardFilter | None) -> bool:
    if filters is None or filters.is_empty:
        return True
    card = facts.find(event.blob, event.path)
    return card is not None and filters.matches(card)
