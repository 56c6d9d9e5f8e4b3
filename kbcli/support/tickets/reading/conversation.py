"""The messages of one ticket while it is read."""

from kbcli.support.tickets.reading.texts import read_message
from kbcli.support.tickets.ticket import CUSTOMER, US, Message


class Conversation:
    """Messages in order, and the articles that they link to; one that says nothing is none."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._articles: dict[str, None] = {}
        self._places: dict[str, int] = {}

    def add(
        self,
        text: object,
        html: object = "",
        *,
        is_customer: bool,
        is_public: bool = True,
        is_sure: bool = True,
        author: object = "",
        address: object = "",
        ref: object = "",
    ) -> None:
        """Add what stands in a message: its text or, without one, its HTML. `ref` is its key in the export, `is_sure` as of `Message`."""
        written, links = read_message(str(text or ""), str(html or ""))
        if not written:
            return
        self._places[str(ref)] = len(self.messages)
        self._articles |= dict.fromkeys(links)
        name = "" if author is None else str(author)
        self.messages.append(
            Message(
                CUSTOMER if is_customer else US,
                written,
                is_public,
                name,
                str(address or ""),
                is_sure or is_customer,
            )
        )

    def find(self, ref: object) -> int | None:
        """The place of the message with this key, None where it is not among them."""
        return self._places.get(str(ref)) if ref else None

    @property
    def articles(self) -> tuple[str, ...]:
        """The addresses of articles that messages link to."""
        return tuple(self._articles)
