"""Week: what support was asked in a week, beside the weeks before. Nothing by person, and no times at all."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import chain

from kbcli.errors import RefusedError
from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base, keep_changes
from kbcli.operations.link import make_namer
from kbcli.operations.tickets import open_tickets
from kbcli.support.ledger.weeks import Week, find_week, format_week, parse_week, read_opened, write_week
from kbcli.support.links.lines import NONE, OUTCOMES, read_lines
from kbcli.support.tickets.archive import ArchivedTicket
from kbcli.support.tickets.customers import LEAST_CUSTOMERS, tell_customers
from kbcli.support.tickets.ticket import CLOSED, US

BEFORE = 4
"""How many weeks a week is compared with."""
_SHOWN = 12
YES, NO, UNKNOWN, NOT_CLOSED = "yes", "no", "unknown", "not-closed"
KNOWN, NEW, UNLINKED = "known", "new", "unlinked"


Judge = Callable[[ArchivedTicket], str]


class Load(NamedTuple):
    """What one product (or topic) made of work: tickets, our public replies to them, and tickets a week before on average.

    `name` is "" where the tickets say none.
    """

    name: str
    tickets: int
    replies: int
    before: float


class Parts(NamedTuple):
    """How many tickets of the week, and on average of a week before, are of each kind."""

    now: Mapping[str, int]
    before: Mapping[str, float]


class WeekReport(NamedTuple):
    """A week: how many tickets were `opened`, `past` the same of the weeks before, oldest first (None: not known).

    `contact` counts whether the first reply was all it took, of closed tickets, and those not closed yet. `links` counts
    tickets with a card (`known`), with a gap (`new`) and with neither. A ticket may be in several of `tags`. `is_over` is false for the week that it is now.
    `path` is the file that was written.
    """

    week: Week
    is_over: bool
    opened: int
    past: tuple[int | None, ...]
    contact: Parts
    links: Parts
    products: tuple[Load, ...]
    topics: tuple[Load, ...]
    tags: tuple[Load, ...]
    path: str = ""

    @property
    def before(self) -> float | None:
        """How many were opened a week on average before; None where nothing is known of then."""
        known = [count for count in self.past[-BEFORE:] if count is not None]
        return sum(known) / len(known) if known else None


def report_week(
    kb: Base, week: str | None = None, *, write: bool = False, commit: bool = False
) -> WeekReport:
    """The case load of a week (the last whole one), beside the four before it; with `write` its counts, for git.

    Campaigns, and what we began, are no case load. Raises UsageError for what is no week, KbError where there is no
    archive, RefusedError to write a week that is not over or that is written.
    """
    config, today = kb.config, kb.today
    asked = find_week(today).go_back(1) if week is None else parse_week(week)
    weeks = [asked.go_back(back) for back in range(_SHOWN, -1, -1)]
    by_week: dict[Week, list[ArchivedTicket]] = {one: [] for one in weeks}
    with open_tickets(kb) as archive:
        earlier = archive.list_tickets(weeks[0].first, asked.first - timedelta(days=1), texts=False)
        # The texts of this one tell how often we replied, where the help desk does not count.
        for ticket in chain(earlier, archive.list_tickets(asked.first, asked.last)):
            if ticket.opened is not None and not ticket.is_outbound:
                by_week[find_week(ticket.opened)].append(ticket)
    now, before = by_week[asked], [by_week[one] for one in weeks[-1 - BEFORE : -1]]
    report = WeekReport(
        asked,
        is_over=asked.last < today,
        opened=len(now),
        past=_count_past(weeks[:-1], by_week, read_opened(config, weeks[:-1])),
        contact=_count(now, before, _judge_contact),
        links=_count(now, before, _judge_links(kb)),
        products=_measure_load(now, before, lambda ticket: (ticket.product,)),
        topics=_measure_load(now, before, lambda ticket: (ticket.topic,)),
        tags=_measure_load(now, before, lambda ticket: ticket.tags),
    )
    if not write:
        return report
    if not report.is_over:
        raise RefusedError(
            f"{asked.name} is not over", f"Write it after {asked.last}: it is written only once."
        )
    path = write_week(config, asked, format_week(asked, report.opened, _list_parts(report, now)))
    keep_changes(kb, config, (path,), f"Count week {asked.name}", commit=commit)
    return report._replace(path=path)


def _count_past(
    weeks: Sequence[Week], by_week: Mapping[Week, Sequence[ArchivedTicket]], written: Mapping[Week, int]
) -> tuple[int | None, ...]:
    """The tickets of each week: as its file says, else the archive; before its first ticket nothing is known."""
    past: list[int | None] = []
    for week in weeks:
        count = written.get(week, len(by_week[week]))
        past.append(count if count or any(past) else None)
    return tuple(past)


def _count(now: Sequence[ArchivedTicket], before: Sequence[Sequence[ArchivedTicket]], judge: Judge) -> Parts:
    earlier = Counter(judge(ticket) for week in before for ticket in week)
    return Parts(Counter(map(judge, now)), {kind: count / BEFORE for kind, count in earlier.items()})


def _judge_contact(ticket: ArchivedTicket) -> str:
    if ticket.status != CLOSED:
        return NOT_CLOSED
    return UNKNOWN if ticket.first_contact is None else YES if ticket.first_contact else NO


def _judge_links(kb: Base) -> Judge:
    """Whether a ticket was answered from a card, was noted as a gap, or is linked to nothing."""
    config, list_names = kb.config, make_namer(kb)
    lines = read_lines(config.root, config.boundary)[0]
    carded = {line.ticket for line in lines if line.outcome in OUTCOMES}
    gaps = {line.ticket for line in lines if line.outcome == NONE}

    def judge(ticket: ArchivedTicket) -> str:
        names = list_names(ticket.name)
        return UNLINKED if names.isdisjoint(carded | gaps) else NEW if names.isdisjoint(carded) else KNOWN

    return judge


def _measure_load(
    now: Sequence[ArchivedTicket],
    before: Sequence[Sequence[ArchivedTicket]],
    list_names: Callable[[ArchivedTicket], tuple[str, ...]],
) -> tuple[Load, ...]:
    """What made work, most tickets first, then most replies; nothing where no ticket says any."""
    tickets, replies = Counter[str](), Counter[str]()
    for ticket in now:
        for name in dict.fromkeys(list_names(ticket)):
            tickets[name] += 1
            replies[name] += _count_replies(ticket)
    earlier = Counter(
        name for week in before for ticket in week for name in dict.fromkeys(list_names(ticket))
    )
    loads = [Load(one, tickets[one], replies[one], earlier[one] / BEFORE) for one in tickets | earlier]
    loads.sort(key=lambda load: (-load.tickets, -load.replies, -load.before, load.name))
    return tuple(loads) if any(load.name for load in loads) else ()


def _count_replies(ticket: ArchivedTicket) -> int:
    """Our public replies: as the help desk counts them, else as its messages say."""
    if ticket.replies is not None:
        return ticket.replies
    return sum(1 for message in ticket.messages if message.by == US and message.is_public)


def _list_parts(report: WeekReport, now: Sequence[ArchivedTicket]) -> dict[str, Mapping[str, int]]:
    """What goes to git of a week: each of these makes up all that were opened, with what is of few customers unnamed."""
    parts: dict[str, Mapping[str, int]] = {"first_contact": report.contact.now, "links": report.links.now}
    customers = tell_customers(now)
    for part, loads in (("products", report.products), ("topics", report.topics)):
        own = [ticket.product if part == "products" else ticket.topic for ticket in now]
        users = Counter(name for name, _ in set(zip(own, customers, strict=True)))
        if loads:
            parts[part] = {load.name: load.tickets for load in loads if users[load.name] >= LEAST_CUSTOMERS}
    return parts
