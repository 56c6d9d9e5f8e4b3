"""What was answered from cards, and which gaps were opened and closed, month by month; nobody's name is in it."""

from collections.abc import Iterable
from datetime import date

from kbcli.knowledge.reports.report import UseMonth
from kbcli.support.links.lines import CLOSED, NONE, LinkLine
from kbcli.support.links.use import is_use


def count_months(lines: Iterable[LinkLine], since: date) -> tuple[UseMonth, ...]:
    """Each month in which anything was noted, from that of a day on, oldest first.

    A ticket counts in the month of its first line. It is `linked` when a card answered it, whenever, and `new` when nothing
    was known at first: a line says that no card fitted. A gap is opened when its words are noted first, or again
    after it was closed.
    """
    first: dict[str, date] = {}
    linked: set[str] = set()
    new: set[str] = set()
    events: list[tuple[str, date]] = []
    open_gaps: set[str] = set()
    for line in lines:
        asked = line.asked.casefold()
        if line.ticket and (is_use(line) or line.outcome == NONE):
            first.setdefault(line.ticket, line.on)
            (linked if is_use(line) else new).add(line.ticket)
        if line.outcome == NONE and asked not in open_gaps:
            open_gaps.add(asked)
            events.append(("opened", line.on))
        elif line.outcome == CLOSED:
            open_gaps.discard(asked)
            events.append(("closed", line.on))
    for ticket, day in first.items():
        events.append(("tickets", day))
        events += [(name, day) for name, these in (("linked", linked), ("new", new)) if ticket in these]
    months: dict[date, UseMonth] = {}
    for name, day in events:
        month = day.replace(day=1)
        known = months.get(month, UseMonth(month))
        months[month] = known._replace(**{name: getattr(known, name) + 1})
    return tuple(months[month] for month in sorted(months) if month >= since.replace(day=1))
