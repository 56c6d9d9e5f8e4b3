"""Which tickets are of one customer: what is told of tickets in git must be true of several people."""

from collections.abc import Hashable, Sequence

from kbcli.support.tickets.archive import ArchivedTicket

LEAST_CUSTOMERS = 5
"""Of how many customers something must be before it is told."""


def tell_customers(tickets: Sequence[ArchivedTicket]) -> list[Hashable]:
    """For each ticket something that is the same for all tickets of its customer.

    Where a source names no customer of any of these tickets, each of its tickets is taken for one of its own; where it
    names some, those without are all taken for one.
    """
    sources = [ticket.name.partition(":")[0] for ticket in tickets]
    naming = {source for source, ticket in zip(sources, tickets, strict=True) if ticket.customer}
    return [
        ticket.customer or (source if source in naming else ticket.row)
        for source, ticket in zip(sources, tickets, strict=True)
    ]
