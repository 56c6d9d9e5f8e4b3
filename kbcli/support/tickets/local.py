"""Earlier tickets on this machine: the archive, and the index of it."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from kbcli.foundation.text.pipeline import QueryWord
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.support.tickets.archive import Archive, ArchivedTicket
from kbcli.support.tickets.index import TicketIndex, open_index
from kbcli.support.tickets.port import TicketFilter
from kbcli.support.tickets.ticket import Company

if TYPE_CHECKING:
    from typing import Self


class LocalTickets:
    """A TicketStore over an archive, whose index is opened once a search wants it; use it as a context."""

    is_whole = True

    def __init__(self, archive: Archive, say: Callable[[str], None]) -> None:
        self.archive, self._say = archive, say

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, *_: object) -> None:
        if "_index" in self.__dict__:
            self._index.close()
        self.archive.close()

    @cached_property
    def _index(self) -> TicketIndex:
        if self.archive.count_tickets(after=self.archive.indexed):
            self._say("the newest tickets are not in the index yet: kb tickets import puts them there")
        return open_index(self.archive)

    @property
    def doc_count(self) -> int:
        """See Frequencies."""
        return self._index.doc_count

    def document_frequency(self, field: str, term: str) -> int:
        """See Frequencies."""
        return self._index.document_frequency(field, term)

    def expect(self, words: Iterable[QueryWord]) -> None:
        """See TicketStore: nothing is far away."""

    def list_langs(self) -> list[str]:
        """See TicketStore."""
        return self.archive.list_langs()

    def search(
        self, words: Sequence[QueryWord], chosen: TicketFilter, limit: int
    ) -> list[tuple[float, ArchivedTicket]]:
        """See TicketStore; those that are gone from the archive since its index was made are left out."""
        rows = self._index.search(words, chosen, limit)
        tickets = self.archive.read_rows(row for _, row in rows)
        return [(score, tickets[row]) for score, row in rows if row in tickets]

    def find(self, named: str) -> list[ArchivedTicket]:
        """See TicketStore."""
        return list(self.archive.find_tickets(self._name(named)).values())

    def find_merged(self, named: str) -> str:
        """See TicketStore."""
        return next(filter(None, map(self.archive.find_merged, self._name(named))), "")

    def find_company(self, ticket: ArchivedTicket) -> Company | None:
        """See TicketStore."""
        return self.archive.companies().get(ticket.company) if ticket.company else None

    def _name(self, named: str) -> list[str]:
        return [named] if ":" in named else [f"{source}:{named}" for source in self.archive.list_sources()]
