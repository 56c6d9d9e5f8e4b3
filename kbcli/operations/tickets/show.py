"""Tickets show: one earlier ticket, with its company and the cards that were linked to it."""

from kbcli.errors import KbError
from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base
from kbcli.operations.tickets import ask_tickets, find_linked_cards, refuse_part
from kbcli.support.tickets.archive import ArchivedTicket
from kbcli.support.tickets.port import TicketStore
from kbcli.support.tickets.ticket import Company


class ShownTicket(NamedTuple):
    """A ticket, the company of its customer where one is known, and the IDs of the cards that it was linked to."""

    ticket: ArchivedTicket
    company: Company | None
    cards: tuple[str, ...]


def show_ticket(kb: Base, ticket: str) -> ShownTicket:
    """The ticket of a name such as `zendesk:35436`, or of a number that only one has. Raises KbError."""
    config = kb.config

    def find(store: TicketStore) -> ShownTicket:
        found = find_ticket(store, ticket)
        cards = find_linked_cards(kb, config, [found.name]).get(found.name, ())
        return ShownTicket(found, store.find_company(found), cards)

    return ask_tickets(kb, config, find)[0]


def find_ticket(store: TicketStore, named: str) -> ArchivedTicket:
    """The ticket that a name or number calls. Raises KbError, with the names there are where a number has several."""
    name = named.strip()
    found = store.find(name)
    if len(found) == 1:
        return found[0]
    if found:
        names = sorted(ticket.name for ticket in found)
        raise KbError(f"several tickets have the number {name}", f"Name one: {', '.join(names)}.")
    refuse_part(store)
    if into := store.find_merged(name):
        raise KbError(f"{name} was merged into another ticket", f"Look at kb tickets show {into}")
    raise KbError(f"the archive has no ticket “{name}”", "kb tickets search finds one by its words.")
