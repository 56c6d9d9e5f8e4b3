"""Renewals: whose contract is due, with the problems that they have open."""

from datetime import date, timedelta

from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base, read_span
from kbcli.operations.tickets import open_tickets
from kbcli.support.tickets.archive import ArchivedTicket
from kbcli.support.tickets.ticket import CLOSED

_DAYS = 60
_RECENT = timedelta(days=90)


class OpenProblem(NamedTuple):
    """A ticket that is not closed: its name, the day it was opened, its state, its subject, redacted."""

    ticket: str
    opened: date | None
    status: str
    subject: str


class Renewal(NamedTuple):
    """A company whose contract is due: `days_left` from today; its open problems, oldest first; its tickets of three months."""

    company: str
    tier: str
    day: date
    days_left: int
    problems: tuple[OpenProblem, ...]
    recent: int


class Renewals(NamedTuple):
    """The contracts that are due up to `until`, soonest first. `undated` is how many companies have no day of renewal."""

    until: date
    rows: tuple[Renewal, ...]
    undated: int


def list_renewals(kb: Base, *, within: str | None = None) -> Renewals:
    """Whose contract is due `within` a span (60d), from the help desk's company records in the archive, with what is open.

    Raises UsageError for what is no span, KbError where there is no archive.
    """
    today, days = kb.today, read_span(within)
    until = today + timedelta(days=_DAYS if days is None else days)
    with open_tickets(kb) as archive:
        companies = archive.companies()
        due = {key: one for key, one in companies.items() if one.renewal and today <= one.renewal <= until}
        tickets: dict[bytes, list[ArchivedTicket]] = {key: [] for key in due}
        for ticket in archive.list_tickets(texts=False) if due else ():
            if ticket.company in tickets and not ticket.is_outbound:
                tickets[ticket.company].append(ticket)
    rows = []
    for key, company in due.items():
        assert company.renewal is not None
        problems = [
            OpenProblem(ticket.name, ticket.opened, ticket.status, ticket.subject)
            for ticket in tickets[key]
            if ticket.status != CLOSED
        ]
        recent = sum(1 for ticket in tickets[key] if ticket.opened and ticket.opened >= today - _RECENT)
        left = (company.renewal - today).days
        rows.append(Renewal(company.name, company.tier, company.renewal, left, tuple(problems), recent))
    rows.sort(key=lambda row: (row.day, row.company))
    return Renewals(until, tuple(rows), sum(1 for one in companies.values() if one.renewal is None))
