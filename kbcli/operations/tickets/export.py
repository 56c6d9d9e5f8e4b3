"""Tickets export: all that is held of a customer, for a request of access."""

from collections.abc import Sequence

from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base
from kbcli.operations.tickets import open_tickets
from kbcli.support.tickets.archive import ArchivedTicket
from kbcli.support.tickets.forgetting import find_erasable


class ExportedTickets(NamedTuple):
    """The tickets of a customer, by day."""

    customer: tuple[str, ...]
    tickets: tuple[ArchivedTicket, ...]


def export_tickets(kb: Base, customer: Sequence[str]) -> ExportedTickets:
    """The tickets of a customer, by address or by the help desk's ID (501, `zendesk:501`), as the archive has them: redacted.

    Raises KbError where there is no archive.
    """
    with open_tickets(kb) as archive:
        names = find_erasable(archive, customer, (), archive.list_sources()).names
        found = archive.find_tickets(names).values()
    return ExportedTickets(
        tuple(customer), tuple(sorted(found, key=lambda ticket: (str(ticket.opened), ticket.row)))
    )
