"""What was asked and no card answers, by the lines of links."""

from collections.abc import Iterable, Sequence
from datetime import date

from kbcli.foundation.typed import NamedTuple
from kbcli.support.links.lines import CLOSED, NONE, TAKEN, LinkLine


class Gap(NamedTuple):
    """A question without a card: first and last when, in which tickets, and on how many days this clone searched in vain.

    `is_noted` where it stands in the knowledge base, and not only in this clone's searches.

    `nearest` are IDs of the cards that a search finds for it, best first; `taken` says who writes the card, by lines.
    """

    asked: str
    first: date
    last: date
    tickets: tuple[str, ...]
    searches: int = 0
    nearest: tuple[str, ...] = ()
    taken: tuple[LinkLine, ...] = ()
    is_noted: bool = True


def gather_gaps(lines: Sequence[LinkLine], searched: Iterable[LinkLine]) -> list[Gap]:
    """The gaps that are open, most wanted first: asked after they were closed last, if ever."""
    closed = {line.asked.casefold(): line.on for line in lines if line.outcome == CLOSED}
    asked: dict[str, list[LinkLine]] = {}
    for line in (*lines, *searched):
        name = line.asked.casefold()
        if line.outcome in (NONE, TAKEN) and line.on > closed.get(name, date.min):
            asked.setdefault(name, []).append(line)
    gaps = [_make_gap(group) for group in asked.values()]
    return sorted(
        gaps, key=lambda gap: (-len(gap.tickets), -gap.searches, -gap.last.toordinal(), gap.asked.casefold())
    )


def _make_gap(lines: Sequence[LinkLine]) -> Gap:
    taken = tuple(line for line in lines if line.outcome == TAKEN)
    asked = [line for line in lines if line.outcome == NONE]
    days = [line.on for line in asked or taken]
    tickets = tuple(dict.fromkeys(line.ticket for line in asked if line.ticket))
    said = next((line.asked for line in reversed(lines) if line.id), lines[-1].asked)
    searches = sum(not line.id for line in asked)
    is_noted = any(line.id for line in lines)
    return Gap(said, min(days), max(days), tickets, searches, taken=taken, is_noted=is_noted)
