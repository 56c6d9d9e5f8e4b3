"""What kb can do with the top ten of a month; each counts tickets by words with `read_months`."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, timedelta

from kbcli.errors import UsageError
from kbcli.foundation.calendar import Interval, add_interval
from kbcli.foundation.text.languages import language_code
from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base
from kbcli.operations.tickets import open_tickets
from kbcli.support.ledger.top_ten import MONTH, Row, list_months
from kbcli.support.tickets.archive import ArchivedTicket
from kbcli.support.tickets.customers import tell_customers
from kbcli.support.tickets.terms import TicketText, make_test, read_terms

_SITDOWN = timedelta(days=7)


class AskedTicket(NamedTuple):
    """A ticket with what its customer asked, and the terms of that. `name` is "" for one that was erased.

    `customer` is the same in all tickets of one, see `tell_customers`.
    """

    name: str
    text: TicketText
    terms: Mapping[str, int]
    ticket: ArchivedTicket
    customer: Hashable


class Month(NamedTuple):
    """The tickets of a month that were opened by customers and have texts. `opened` counts those without texts too."""

    name: str
    opened: int
    tickets: tuple[AskedTicket, ...]

    def find(self, words: Sequence[str], lang: str = "") -> list[int]:
        """The places of the tickets that are about these words, of one language or all."""
        tests: dict[str, Callable[[Mapping[str, int]], bool]] = {}
        found = []
        for place, asked in enumerate(self.tickets):
            code = language_code(asked.text.lang)
            if lang and code != language_code(lang):
                continue
            if code not in tests:
                tests[code] = make_test(words, code)
            if tests[code](asked.terms):
                found.append(place)
        return found

    def count_customers(self, places: Iterable[int]) -> int:
        """How many customers the tickets at these places are of."""
        return len({self.tickets[place].customer for place in places})

    def find_row(self, row: Row) -> list[int]:
        """The places of the tickets that a row counts."""
        return self.find(row.words, row.lang)


def choose_month(today: date, month: str | None) -> str:
    """The month asked for, else that of a week ago: what a sit-down at the turn of a month is about. Raises UsageError."""
    if month is None:
        return f"{today - _SITDOWN:%Y-%m}"
    if not MONTH.fullmatch(month):
        raise UsageError(f"“{month}” is no month", "Write it as 2026-11.")
    return month


def choose_written(kb: Base, month: str | None) -> str:
    """The month asked for, else the newest that has a top ten, else that of a week ago. Raises UsageError."""
    written = list_months(kb.config)
    return written[-1] if month is None and written else choose_month(kb.today, month)


def find_first(month: str) -> date:
    """The first day of a month."""
    return date.fromisoformat(f"{month}-01")


def move_month(month: str, months: int) -> str:
    """The month that many months later, earlier where negative."""
    return f"{add_interval(find_first(month), Interval(months, 'm')):%Y-%m}"


def read_months(kb: Base, months: Iterable[str]) -> dict[str, Month]:
    """The tickets of consecutive months, by month. Raises KbError where there is no archive, or it cannot be read."""
    config = kb.config
    asked = sorted(months)
    opened = dict.fromkeys(asked, 0)
    tickets: dict[str, list[AskedTicket]] = {month: [] for month in asked}
    last = add_interval(find_first(asked[-1]), Interval(1, "m")) - timedelta(days=1)
    with open_tickets(kb) as archive:
        found = [
            ticket
            for ticket in archive.list_tickets(find_first(asked[0]), last)
            if not ticket.is_outbound and f"{ticket.opened:%Y-%m}" in opened
        ]
    for ticket, customer in zip(found, tell_customers(found), strict=True):
        month = f"{ticket.opened:%Y-%m}"
        opened[month] += 1
        text = TicketText(ticket.subject, ticket.question, ticket.lang or config.lang)
        if terms := read_terms(text):
            tickets[month].append(AskedTicket(ticket.name, text, terms, ticket, customer))
    return {month: Month(month, opened[month], tuple(tickets[month])) for month in asked}
