"""The stale report: which cards cannot be relied on, or soon will not, worst first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from kbcli.errors import refuse_unknown
from kbcli.foundation.groups import group_pairs
from kbcli.knowledge.cards.claims import ClaimRow, list_claims
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.trust import GROUPINGS
from kbcli.knowledge.trust.filters import CardFilter
from kbcli.knowledge.trust.judging import TrustSummary, count_bases, judge_library, summarise_trust
from kbcli.knowledge.trust.states import INACTIVE, STATES, Trust

_RANKS = {state: rank for rank, state in enumerate(STATES)}
_NO_DAYS = 10**7


@dataclass(frozen=True, slots=True)
class StaleRow:
    """One card that needs a look, and its trust."""

    card: Card
    trust: Trust


@dataclass(frozen=True, slots=True)
class StaleGroup:
    """The rows of one owner, tag, product, type or language ("" for cards without one).

    `summary` counts every card of the group, not only its stale ones.
    """

    name: str
    rows: tuple[StaleRow, ...]
    summary: TrustSummary


@dataclass(frozen=True, slots=True)
class StaleReport:
    """Stale cards, worst state first, then the longest overdue, then by ID.

    `summary` is of every card that passed the filters, stale or not. `groups`, that with most stale cards first, is
    empty unless a grouping was asked for; a card with two owners or tags is in both groups. `claims` are those of the chosen cards
    that have ended or end soon. `bases` counts the chosen cards by what they were judged by
    (`trust.judging.count_bases`), `notes` says so in sentences.
    """

    today: date
    rows: tuple[StaleRow, ...]
    summary: TrustSummary
    group_by: str = ""
    groups: tuple[StaleGroup, ...] = ()
    claims: tuple[ClaimRow, ...] = ()
    bases: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def list_stale(
    library: Library,
    today: date,
    *,
    within: int | None = None,
    filters: CardFilter | None = None,
    group_by: str = "",
    trusts: Mapping[str, Trust] | None = None,
) -> StaleReport:
    """Every active card that is not verified, and those due within the warning window.

    `within` replaces that window by a number of days. `trusts`, by path, are judged here unless
    they are given. Raises UsageError for an unknown grouping.
    """
    if group_by:
        refuse_unknown(group_by, GROUPINGS, f"cards cannot be grouped by “{group_by}”")
    judged = judge_library(library, today) if trusts is None else trusts
    chosen = [
        StaleRow(card, trust)
        for card in library.cards
        if (trust := judged[card.path]) and (filters is None or filters.matches(card, trust.state))
    ]
    chosen.sort(key=_sort_key)
    rows = tuple(row for row in chosen if _is_stale(row.trust, within))
    summary = summarise_trust(row.trust for row in chosen)
    groups = _group(chosen, group_by, within) if group_by else ()
    paths = {row.card.path for row in chosen}
    claims = tuple(claim for claim in list_claims(library, today, within) if claim.card.path in paths)
    bases = count_bases((row.card, row.trust) for row in chosen)
    return StaleReport(today, rows, summary, group_by, groups, claims, bases)


def _sort_key(row: StaleRow) -> tuple[int, int, str]:
    days = row.trust.days_left
    return _RANKS[row.trust.state], _NO_DAYS if days is None else days, row.card.id


def _is_stale(trust: Trust, within: int | None) -> bool:
    if trust.state in INACTIVE:
        return False
    if trust.state not in ("due", "verified"):
        return True
    if within is None:
        return trust.state == "due"
    return trust.days_left is not None and trust.days_left <= within


def _group(rows: list[StaleRow], group_by: str, within: int | None) -> tuple[StaleGroup, ...]:
    members = group_pairs((name, row) for row in rows for name in name_groups(row.card, group_by))
    groups = (
        StaleGroup(
            name,
            tuple(row for row in group if _is_stale(row.trust, within)),
            summarise_trust(row.trust for row in group),
        )
        for name, group in members.items()
    )
    return tuple(sorted(groups, key=_group_key))


def _group_key(group: StaleGroup) -> tuple[object, ...]:
    """Worst first: the most stale cards, then the worst of them; what has no name is nobody's, and last."""
    worst = _sort_key(group.rows[0]) if group.rows else ()
    return not group.name, -len(group.rows), worst[:2], group.name.casefold(), group.name


def name_groups(card: Card, group_by: str) -> tuple[str, ...]:
    """The groups a card is in by one of GROUPINGS; the group "" where it has none."""
    if group_by == "owner":
        return card.owners or ("",)
    if group_by == "tag":
        return card.tags or ("",)
    return ({"product": card.product, "type": card.type, "lang": card.lang}[group_by],)
