"""The port to earlier tickets: what a search asks of wherever they are kept, on this machine or on an engine."""

from collections.abc import Iterable, Sequence
from datetime import date

from kbcli.foundation.text.pipeline import QueryWord
from kbcli.foundation.typed import NamedTuple, Protocol
from kbcli.knowledge.index.port import Frequencies
from kbcli.support.tickets.archive import ArchivedTicket
from kbcli.support.tickets.ticket import Company


class TicketFilter(NamedTuple):
    """Which tickets are looked for: any of these products, tags, languages, opened on a day or since; only answered ones."""

    product: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    lang: tuple[str, ...] = ()
    since: date | None = None
    is_answered: bool = False


class TicketStore(Frequencies, Protocol):
    """Where tickets are looked for. `document_frequency` is about what was asked (`body`), or answered (`answer`).

    Those of an engine raise EngineError from any method.
    """

    @property
    def is_whole(self) -> bool:
        """Whether all of it took part in what was answered so far."""

    def expect(self, words: Iterable[QueryWord]) -> None:
        """Tell of words whose frequencies will be asked for, so that one that is far away is asked once."""

    def list_langs(self) -> list[str]:
        """The languages of the tickets, that of most first."""

    def search(
        self, words: Sequence[QueryWord], chosen: TicketFilter, limit: int
    ) -> list[tuple[float, ArchivedTicket]]:
        """The tickets that hold any of the words and pass the filter, best first, with their scores."""

    def find(self, named: str) -> list[ArchivedTicket]:
        """The tickets of a name such as `zendesk:35436`, or of a number, which several sources may have."""

    def find_merged(self, named: str) -> str:
        """The name of the ticket that one was merged into, "" where that is not known."""

    def find_company(self, ticket: ArchivedTicket) -> Company | None:
        """What is known of the customer's company."""
