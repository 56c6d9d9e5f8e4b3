"""Gaps: what was asked and no card answers."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from kbcli.config import Config
from kbcli.errors import KbError
from kbcli.foundation.text.counts import count_things
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.index.sync import OpenIndex
from kbcli.knowledge.search.engine import search_cards
from kbcli.knowledge.search.query import make_ticket_query
from kbcli.operations.base import Base
from kbcli.support.links.failed_searches import DAYS_KEPT, clear_failed_searches, list_failed_searches
from kbcli.support.links.gaps import Gap, gather_gaps
from kbcli.support.links.lines import NONE, LinkLine, read_lines

LIMIT = 10
_NEAREST = 3


class GapChange(NamedTuple):
    """What became of a gap: its words, the line that says so (or was undone), and the file that holds it ("": nothing new)."""

    asked: str
    line: LinkLine
    path: str = ""
    undone: bool = False


class Gaps(NamedTuple):
    """The gaps, most wanted first, `more` that are not shown; and sentences on lines that cannot be read."""

    rows: tuple[Gap, ...]
    more: int = 0
    notes: tuple[str, ...] = ()


def list_gaps(kb: Base, *, limit: int | None = None, clear: bool = False, own: bool = True) -> Gaps:
    """What was asked and not found: by `kb link TICKET --none …`, then by this clone's own searches of the last 30 days.

    The same words in the same order are one gap. Most tickets first, then most searches, then the latest. Of searches those are left out
    that a card fits by now. Without `own` they are left out: a door that others look through must not show what whoever opened
    it searched for. `clear` forgets this clone's searches first. Raises OSError where that cannot be.
    """
    config, today = kb.config, kb.today
    if clear:
        number = len(list_failed_searches(config.root, date.min))
        clear_failed_searches(config.root)
        kb.say(f"{count_things(number, 'search', 'searches')} in vain forgotten")
    lines, bad = read_lines(config.root, config.boundary, ())
    gaps = gather_gaps(lines, _list_searched(config, today) if own else ())
    rows, more = kb.ask_index(config, lambda index: _choose_rows(config, index, gaps, today, limit or LIMIT))
    notes = tuple(f"{one.path}:{one.line} cannot be read: {one.why}" for one in bad)
    return Gaps(rows, more, notes)


def find_gap(kb: Base, reference: str) -> Gap:
    """The gap of a number in the list, or of its words or a part of them that no other has. Raises KbError for none."""
    if reference.isascii() and reference.isdecimal():
        rows = list_gaps(kb, limit=max(1, int(reference[:6]))).rows
        if 0 < int(reference[:6]) <= len(rows):
            return rows[int(reference[:6]) - 1]
        raise KbError(f"there is no gap {reference}", f"`kb gaps` lists {len(rows) or 'none'}.")
    config = kb.config
    words = reference.casefold().strip()
    gaps = gather_gaps(read_lines(config.root, config.boundary, ())[0], _list_searched(config, kb.today))
    found = [gap for gap in gaps if words and words in gap.asked.casefold()]
    exact = [gap for gap in found if words == gap.asked.casefold()]
    if len(exact or found) != 1:
        which = f"{len(found)} gaps say" if found else "no gap says"
        raise KbError(f"{which} “{reference}”", "`kb gaps` lists them; name one by its number.")
    return (exact or found)[0]


def _list_searched(config: Config, today: date) -> Iterable[LinkLine]:
    """This clone's searches in vain, as lines without a ticket."""
    searches = list_failed_searches(config.root, today - timedelta(days=DAYS_KEPT))
    return (LinkLine("", one.on, "", outcome=NONE, asked=one.asked) for one in searches)


def _choose_rows(
    config: Config, index: OpenIndex, gaps: Sequence[Gap], today: date, limit: int
) -> tuple[tuple[Gap, ...], int]:
    """The first gaps with the cards nearest to them, and how many follow; without searches alone that a card fits by now."""
    rows: list[Gap] = []
    for place, gap in enumerate(gaps):
        if len(rows) == limit:
            return tuple(rows), len(gaps) - place
        query = make_ticket_query(gap.asked) if gap.is_noted else gap.asked
        found = search_cards(config, index.reader, query, today=today, limit=_NEAREST, snippets=False)
        if gap.is_noted or not found.hits or found.is_weak:
            rows.append(gap._replace(nearest=tuple(hit.record.id for hit in found.hits)))
    return tuple(rows), 0
