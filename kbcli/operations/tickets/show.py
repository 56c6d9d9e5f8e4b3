"""Tickets show: one earlier ticket, with its company and the cards that were linked to it."""

from kbcli.errors import KbError
from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base
from kbcli.operations.tickets import find_linked_cards, open_tickets
from kbcli.support.tickets.archive import Archive, ArchivedTicket
from kbcli.support.tickets.ticket import Company


class ShownTicket(NamedTuple):
    """A ticket, the company of its customer where one is known, and the IDs of the cards that it was linked to."""

    ticket: ArchivedTicket
    company: Company | None
    cards: tuple[str, ...]


def show_ticket(kb: Base, ticket: str) -> ShownTicket:
    """The ticket of a name such as `zendesk:35436`, or of a number that only one has. Raises KbError."""
    with open_tickets(kb) as archive:
        found = find_ticket(archive, ticket)
        cards = find_linked_cards(kb, [found.name]).get(found.name, ())
        company = archive.companies().get(found.company) if found.company else None
        return ShownTicket(found, company, cards)


def find_ticket(archive: Archive, named: str) -> ArchivedTicket:
    """The ticket that a name or number calls. Raises KbError, with the names there are where a number has several."""
    name = named.strip()
    names = [name] if ":" in name else [f"{source}:{name}" for source in archive.list_sources()]
    found = archive.find_tickets(names)
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise KbError(f"several tickets have the number {name}", f"Name one: {', '.join(found)}.")
    for one in names:
        if into := archive.find_merged(one):
            raise KbError(f"{one} was merged into another ticket", f"Look at kb tickets show {into}")
    raise KbError(f"the archive has no ticket “{name}”", "kb tickets search finds one by its words.")
