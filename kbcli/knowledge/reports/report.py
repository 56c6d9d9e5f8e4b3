"""The report: where the knowledge base stands, how it got there, and what is to come."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import dropwhile, pairwise

from kbcli.config import Config
from kbcli.errors import UsageError, refuse_unknown
from kbcli.foundation.calendar import add_days
from kbcli.foundation.git.log import CommitInfo, load_history
from kbcli.foundation.groups import group_pairs
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.past.factcache import FactCache, Progress
from kbcli.knowledge.reports.backlinks import count_backlinks
from kbcli.knowledge.reports.trends import (
    Past,
    StampReport,
    TrendPoint,
    count_stamps,
    draw_curve,
    judge_changes,
    load_past,
)
from kbcli.knowledge.trust import GROUPINGS
from kbcli.knowledge.trust.filters import CardFilter
from kbcli.knowledge.trust.judging import TrustSummary, judge_library, summarise_trust
from kbcli.knowledge.trust.stale import name_groups
from kbcli.knowledge.trust.states import INACTIVE, Trust

Curve = tuple[TrendPoint, ...]

USUAL_GROUPINGS = ("owner", "tag", "product", "lang")
WEEKS = 12
"""How far ahead due dates are looked at."""
_NAMED = 3
_CLIFF = 0.8


class Cliff(NamedTuple):
    """Two points of the curve between which trust fell, and the commit that changed most of those cards, `touched` in all."""

    before: TrendPoint
    after: TrendPoint
    commit: CommitInfo
    touched: int

    def describe(self) -> str:
        """What happened, and the way out where the commit changed no meaning."""
        scores = [f"{point.summary.score or 0:.0%}" for point in (self.before, self.after)]
        sha = self.commit.sha[:10]
        return (
            f"Trust fell from {scores[0]} to {scores[1]} by {self.after.day}: commit {sha} “{self.commit.subject}” "
            f"changed {self.touched} of these cards. If it changed no meaning, name it in .git-blame-ignore-revs, "
            f"and renew digests with `kb verify --mechanical {sha}`."
        )


@dataclass(frozen=True, slots=True)
class ReportGroup:
    """The cards of one owner, tag, product, type or language ("": of none); `curve` as in Report, where asked for."""

    name: str
    summary: TrustSummary
    curve: Curve = ()

    @property
    def untrusted(self) -> int:
        """Active cards that cannot be relied on."""
        return self.summary.active - self.summary.trusted


@dataclass(frozen=True, slots=True)
class LinkedCard:
    """An expired card, and how many cards link to it."""

    card: Card
    trust: Trust
    links: int


@dataclass(frozen=True, slots=True)
class LoadRow:
    """The active cards of one owner ("": of nobody): due already, and due in each of the next weeks."""

    owner: str
    overdue: int
    weeks: tuple[int, ...]

    @property
    def coming(self) -> int:
        """Cards that fall due in any of the weeks."""
        return sum(self.weeks)


@dataclass(frozen=True, slots=True)
class Workload:
    """Rows with anything to do, the most coming first, then the most overdue, then by owner.

    `ends` are the last days of the weeks; the first begins tomorrow, since what is due today is
    overdue. `total` counts each card once, however many owners it has.
    """

    ends: tuple[date, ...]
    rows: tuple[LoadRow, ...]
    total: LoadRow


class UseMonth(NamedTuple):
    """What came of the tickets that began in the month of this first day, and of gaps in it.

    Of `tickets` with a line some were `linked` to a card, and of some nothing was known at first (`new`).
    """

    month: date
    tickets: int = 0
    linked: int = 0
    new: int = 0
    opened: int = 0
    closed: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """All of it for one day.

    `groups` are by grouping, in its order; each is sorted by untrusted cards, most first, then
    by name, with cards of no group last. `curve` has a point for each week, oldest first, and
    today last; without history it holds today alone, and `why_no_past` says why. `basis` is
    `history` or `date`. `expired` is sorted by links, most first, then by days overdue, then by ID.
    `stamps` is None without history. `use` has the months in which something was noted of tickets, oldest first;
    of a report about some of the cards none. `notes` are sentences on how to read it.
    """

    title: str
    today: date
    summary: TrustSummary
    basis: str
    groups: Mapping[str, tuple[ReportGroup, ...]]
    curve: Curve
    why_no_past: str
    load: Workload
    expired: tuple[LinkedCard, ...]
    stamps: StampReport | None
    notes: tuple[str, ...]
    group_by: str = ""
    since: date | None = None
    cliffs: tuple[Cliff, ...] = ()
    use: tuple[UseMonth, ...] = ()

    @property
    def use_total(self) -> UseMonth:
        """All months of `use` together; `month` is the first."""
        sums = [sum(column) for column in zip(*(row[1:] for row in self.use), strict=True)]
        return UseMonth(self.use[0].month, *sums)


def make_report(
    library: Library,
    today: date,
    facts: FactCache,
    *,
    group_by: str = "",
    since: date | None = None,
    filters: CardFilter | None = None,
    basis: str = "history",
    progress: Progress | None = None,
) -> Report:
    """Put the report together, the past read from `facts`. Raises UsageError for an unknown grouping, and a `since` after today."""
    _refuse(group_by, since, today)
    past = load_past(library.config, today, facts, progress)
    trusts = by_date = judge_library(library, today)
    if basis == "history" and past.available:
        trusts = judge_library(library, today, changed=judge_changes(library, past, facts))
    cards = [
        card for card in library.cards if filters is None or filters.matches(card, trusts[card.path].state)
    ]
    draw = partial(draw_curve, past, facts, basis=basis, filters=filters, since=since)
    summary = summarise_trust(trusts[card.path] for card in cards)
    # Without the weeks before the first card.
    curve = tuple(dropwhile(lambda point: not any(point.summary.counts.values()), draw()[""]))
    drawn = draw(group_by=group_by) if group_by else {}
    curves = {name: points[len(points) - len(curve) :] for name, points in drawn.items()}
    groupings = (group_by,) if group_by else USUAL_GROUPINGS
    points = (*curve, TrendPoint(today, "", summary))
    cliffs = tuple(_find_cliffs(library.config, cards, points))
    return Report(
        title=library.config.title,
        today=today,
        summary=summary,
        basis=basis if past.available else "date",
        groups={name: _group(cards, trusts, name, curves, today) for name in groupings},
        curve=points,
        why_no_past=past.why,
        load=measure_workload(cards, trusts, today),
        expired=_rank_expired(library, cards, trusts),
        stamps=count_stamps(past.events, facts, since=since, filters=filters) if past.available else None,
        notes=(
            *_list_notes(past, cards, trusts, by_date, basis),
            *(cliff.describe() for cliff in cliffs),
        ),
        group_by=group_by,
        since=since,
        cliffs=cliffs,
    )


def _refuse(group_by: str, since: date | None, today: date) -> None:
    if group_by:
        refuse_unknown(group_by, GROUPINGS, f"cards cannot be grouped by “{group_by}”")
    if since is not None and since > today:
        raise UsageError(f"--since {since} is after today, {today}", "Give a day in the past.")


def _group(
    cards: list[Card],
    trusts: Mapping[str, Trust],
    group_by: str,
    curves: Mapping[str, Curve],
    today: date,
) -> tuple[ReportGroup, ...]:
    members = group_pairs((name, card) for card in cards for name in name_groups(card, group_by))
    groups = []
    for name, group in members.items():
        summary = summarise_trust(trusts[card.path] for card in group)
        curve = (*curves.get(name, ()), TrendPoint(today, "", summary)) if curves else ()
        groups.append(ReportGroup(name, summary, curve))
    return tuple(
        sorted(
            groups, key=lambda group: (not group.name, -group.untrusted, group.name.casefold(), group.name)
        )
    )


def _rank_expired(library: Library, cards: list[Card], trusts: Mapping[str, Trust]) -> tuple[LinkedCard, ...]:
    expired = [
        card
        for card in cards
        if trusts[card.path].state not in INACTIVE
        and any(reason.state == "expired" for reason in trusts[card.path].reasons)
    ]
    links = count_backlinks(library, expired)
    rows = [LinkedCard(card, trusts[card.path], links[card.path]) for card in expired]
    return tuple(sorted(rows, key=lambda row: (-row.links, row.trust.days_left or 0, row.card.id)))


def _list_notes(
    past: Past, cards: list[Card], trusts: Mapping[str, Trust], by_date: Mapping[str, Trust], basis: str
) -> list[str]:
    notes = []
    if past.available:
        notes.append(
            "The past is judged with today's kb.toml, on the main line of git at the end of each week (Sunday, UTC)."
        )
        if past.missing:
            notes.append(
                f"{past.missing} past versions of cards are not in this clone, so the curve is not complete."
            )
    if mistyped := [card for card in cards if card.bad_date and trusts[card.path].state not in INACTIVE]:
        named = ", ".join(f"{card.id} ({card.bad_date})" for card in mistyped[:_NAMED])
        more = f" and {len(mistyped) - _NAMED} more" if len(mistyped) > _NAMED else ""
        notes.append(f"A date that cannot be read counts as none: {named}{more}.")
    undigested = sum(not card.verified_digest and card.verified is not None for card in cards)
    without = f"{undigested} card{' has' if undigested == 1 else 's have'} no digest"
    if undigested and basis == "history" and past.available:
        note = f"{without}; git history tells whether the text changed after the date was set."
        if differing := sum(trusts[card.path].state != by_date[card.path].state for card in cards):
            note += f" That makes {differing} of them “changed”."
        notes.append(note)
    elif undigested:
        known = "; --history asks git whether the text changed" if past.available and basis == "date" else ""
        notes.append(f"{without}, so only the date is judged{known}.")
    return notes


def _find_cliffs(config: Config, cards: Sequence[Card], points: Sequence[TrendPoint]) -> Iterator[Cliff]:
    """The points by which trust had fallen by more than a fifth, where one commit touched most of the cards that lost it."""
    cliffs = [
        (before, after, lost)
        for before, after in pairwise(points)
        if (lost := after.summary.counts["changed"] - before.summary.counts["changed"]) > 1
        and after.summary.trusted < _CLIFF * before.summary.trusted
        and 2 * lost > before.summary.trusted - after.summary.trusted
    ]
    if not cliffs:
        return
    history = load_history(config.root)
    commits = {version.commit.sha: version.commit for group in history.versions.values() for version in group}
    touched = Counter(
        sha
        for card in cards
        for sha in {one.commit.sha for one in history.versions.get(card.path, ()) if one.old_blob}
    )
    for before, after, lost in cliffs:
        within = [sha for sha in touched if before.day < commits[sha].date <= after.day]
        sha = max(within, key=lambda one: (touched[one], one), default="")
        if 2 * touched[sha] <= lost or commits[sha].parents > 1:
            continue
        yield Cliff(before, after, commits[sha], touched[sha])


def measure_workload(cards: Sequence[Card], trusts: Mapping[str, Trust], today: date) -> Workload:
    """Count the due dates of active cards; `trusts` are by path."""
    # By owner, the overdue cards and those of each week; the total is nobody's (None).
    counts: dict[str | None, list[int]] = {None: [0] * (WEEKS + 1)}
    for card in cards:
        trust = trusts[card.path]
        if trust.state not in INACTIVE and trust.days_left is not None and trust.days_left <= 7 * WEEKS:
            week = max(0, (trust.days_left + 6) // 7)
            for owner in (None, *(card.owners or ("",))):
                counts.setdefault(owner, [0] * (WEEKS + 1))[week] += 1
    total, *rows = (LoadRow(owner or "", found[0], tuple(found[1:])) for owner, found in counts.items())
    rows.sort(key=lambda row: (-row.coming, -row.overdue, not row.owner, row.owner.casefold(), row.owner))
    ends = tuple(add_days(today, 7 * number) for number in range(1, WEEKS + 1))
    return Workload(ends, tuple(rows), total)
