"""Gaps: what was asked and no card answers."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from kbcli.config import Config
from kbcli.foundation.text.counts import count_things
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.index.sync import OpenIndex, ask_index
from kbcli.knowledge.search.engine import search_cards
from kbcli.knowledge.search.query import make_ticket_query
from kbcli.operations.base import Base
from kbcli.support.links.failed_searches import DAYS_KEPT, clear_failed_searches, list_failed_searches
from kbcli.support.links.lines import NONE, LinkLine, read_lines

LIMIT = 20
_NEAREST = 3


class Gap(NamedTuple):
    """A question without a card: first and last when, in which tickets, and on how many days this clone searched in vain.

    `nearest` are IDs of the cards that a search finds for it, best first.
    """

    asked: str
    first: date
    last: date
    tickets: tuple[str, ...]
    searches: int = 0
    nearest: tuple[str, ...] = ()


class Gaps(NamedTuple):
    """The gaps, most wanted first, `more` that are not shown; and sentences on lines that cannot be read."""

    rows: tuple[Gap, ...]
    more: int = 0
    notes: tuple[str, ...] = ()


def list_gaps(kb: Base, *, limit: int | None = None, clear: bool = False) -> Gaps:
    """What was asked and not found: by `kb link TICKET --none …`, then by this clone's own searches of the last 30 days.

    The same words in the same order are one gap. Most tickets first, then most searches, then the latest. Of searches those are left out
    that a card fits by now. `clear` forgets this clone's searches first. Raises OSError where that cannot be.
    """
    config, today = kb.config, kb.today
    if clear:
        number = len(list_failed_searches(config.root, date.min))
        clear_failed_searches(config.root)
        kb.say(f"{count_things(number, 'search', 'searches')} in vain forgotten")
    lines, bad = read_lines(config.root, config.boundary)
    gaps = _gather_gaps(lines, _list_searched(config, today))
    rows, more = ask_index(
        config, lambda index: _choose_rows(config, index, gaps, today, limit or LIMIT), notice=kb.say
    )
    notes = tuple(f"{one.path}:{one.line} cannot be read: {one.why}" for one in bad)
    return Gaps(rows, more, notes)


def _list_searched(config: Config, today: date) -> Iterable[LinkLine]:
    """This clone's searches in vain, as lines without a ticket."""
    searches = list_failed_searches(config.root, today - timedelta(days=DAYS_KEPT))
    return (LinkLine("", one.on, "", outcome=NONE, asked=one.asked) for one in searches)


def _gather_gaps(lines: Sequence[LinkLine], searched: Iterable[LinkLine]) -> list[Gap]:
    """The gaps that are open, most wanted first: asked after they were closed last, if ever."""
    closed = {line.asked.casefold(): line.on for line in lines if line.outcome == "closed"}
    asked: dict[str, list[LinkLine]] = {}
    for line in (*lines, *searched):
        name = line.asked.casefold()
        if line.outcome == NONE and line.on > closed.get(name, date.min):
            asked.setdefault(name, []).append(line)
    gaps = [_make_gap(group) for group in asked.values()]
    return sorted(
        gaps, key=lambda gap: (-len(gap.tickets), -gap.searches, -gap.last.toordinal(), gap.asked.casefold())
    )


def _make_gap(lines: Sequence[LinkLine]) -> Gap:
    tickets = tuple(dict.fromkeys(line.ticket for line in lines if line.ticket))
    days = [line.on for line in lines]
    said = next((line.asked for line in reversed(lines) if line.ticket), lines[-1].asked)
    return Gap(said, min(days), max(days), tickets, sum(not line.ticket for line in lines))


def _choose_rows(
    config: Config, index: OpenIndex, gaps: Sequence[Gap], today: date, limit: int
) -> tuple[tuple[Gap, ...], int]:
    """The first gaps with the cards nearest to them, and how many follow; without searches alone that a card fits by now."""
    rows: list[Gap] = []
    for place, gap in enumerate(gaps):
        if len(rows) == limit:
            return tuple(rows), len(gaps) - place
        query = make_ticket_query(gap.asked) if gap.tickets else gap.asked
        found = search_cards(config, index.reader, query, today=today, limit=_NEAREST, snippets=False)
        if gap.tickets or not found.hits or found.is_weak:
            rows.append(gap._replace(nearest=tuple(hit.record.id for hit in found.hits)))
    return tuple(rows), 0
