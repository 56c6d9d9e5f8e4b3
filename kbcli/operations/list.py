"""List: the cards, chosen by their fields."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Unpack

from kbcli.config import Config
from kbcli.errors import refuse_unknown
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.trust.filters import FilterWords
from kbcli.knowledge.trust.judging import TrustSummary, count_bases, explain_bases, summarise_trust
from kbcli.knowledge.trust.states import STATES, Trust
from kbcli.operations.base import Base, judge_chosen, wants_history
from kbcli.operations.choices import SORTS
from kbcli.support.links.lines import read_lines
from kbcli.support.links.use import list_tickets

DAYS_USED = 365


class CardList(NamedTuple):
    """Cards with their trust, in the order asked for (`sort`), and how they were judged (`bases`, `notes`).

    `used` are the tickets of the last year that a card answered, by its ID; one that answered none is not in it.
    """

    rows: tuple[tuple[Card, Trust], ...]
    summary: TrustSummary
    bases: Mapping[str, int]
    notes: tuple[str, ...]
    today: date
    sort: str
    used: Mapping[str, int]


def list_cards(
    kb: Base,
    *,
    history: bool | None = None,
    sort: str = "id",
    reverse: bool = False,
    **filters: Unpack[FilterWords],
) -> CardList:
    """Every card that passes the filters, by one of SORTS. Raises UsageError for another, and for a wrong filter."""
    refuse_unknown(sort, SORTS, f"cards cannot be sorted by “{sort}”")
    config, today = kb.config, kb.today
    asked = wants_history(config, history)
    library, chosen, trusts = judge_chosen(kb, config, filters, history=asked)
    rows = [
        (card, trusts[card.path]) for card in library.cards if chosen.matches(card, trusts[card.path].state)
    ]
    used = _count_used(config, [card for card, _ in rows], today)
    if sort == "used":
        rows.sort(key=lambda row: (-used.get(row[0].id, 0), row[0].id), reverse=reverse)
    else:
        rows.sort(key=lambda row: _sort_key(row[0], row[1], sort), reverse=reverse)
    bases = count_bases(rows)
    summary = summarise_trust(trust for _, trust in rows)
    return CardList(tuple(rows), summary, bases, explain_bases(config, bases, asked=asked), today, sort, used)


def _count_used(config: Config, cards: Sequence[Card], today: date) -> dict[str, int]:
    """In how many tickets of the last year each card was used, also under a former ID."""
    lines, _ = read_lines(config.root, config.boundary)
    tickets = list_tickets(lines, today - timedelta(days=DAYS_USED))
    used = {
        card.id: len(set().union(*(tickets.get(name, ()) for name in (card.id, *card.former_ids))))
        for card in cards
    }
    return {name: count for name, count in used.items() if count}


def _sort_key(card: Card, trust: Trust, sort: str) -> tuple[object, ...]:
    if sort == "due":
        return (trust.due is None, trust.due or 0, card.id)
    if sort == "verified":
        return (card.verified is None, card.verified or 0, card.id)
    if sort == "state":
        return (STATES.index(trust.state), trust.days_left if trust.days_left is not None else 10**6, card.id)
    return ({"id": card.id, "title": card.title.casefold(), "owner": card.owner.casefold()}[sort], card.id)
