"""A ticket as every source gives it: who asked, what was answered, and nothing about how fast."""

from datetime import date

from kbcli.foundation.typed import NamedTuple

CUSTOMER, US = "customer", "us"
OPEN, PENDING, CLOSED = "open", "pending", "closed"


class Message(NamedTuple):
    """One message of a ticket, as plain text: `by` is `customer` or `us`; one that is not public is a note among colleagues.

    `author` tells authors of one ticket apart, by whatever the export calls them, `address` is their mail's where the
    export says it; neither is kept. `is_sure` is False where neither export nor user says whose side the author is on:
    who is taken for `us` may then be anybody, and can ask to be forgotten.
    """

    by: str
    text: str
    is_public: bool = True
    author: str = ""
    address: str = ""
    is_sure: bool = True


class Ticket(NamedTuple):
    """A ticket as an export tells it, before anything is taken out of it.

    `source` and `ref` name it (`zendesk`, `35436`). `opened` is the day it began, None where that cannot be read;
    `updated` the moment of its newest change as ISO 8601 in UTC, "" where unknown, by which the newest of two wins.
    `status` is `open`, `pending` or `closed`. `messages` are in order, without those of bots, automatic replies and
    system events. `customer` and `company` are the export's own keys. `names` are the people the export names (their
    names, addresses, logins): they are replaced wherever they stand in this ticket, and not kept.

    `replies` (public ones of ours) and `reopens` are the help desk's own counts, None where it gives none.
    `is_outbound` is a campaign or a message we began: no case load. `is_gone` is spam, or deleted upstream: the archive
    drops it. `merged_into` is the ref of the ticket that took this one in, `follows` of the one it follows up.
    `solution` is the place in `messages` of what was marked as the solution, `articles` are addresses of articles
    that messages or the export link. `has_texts` is False where the export has counts only, `has_conversation` where
    it has the question alone: what an archive already holds of the rest stays.
    """

    source: str
    ref: str
    subject: str
    opened: date | None
    updated: str
    status: str
    messages: tuple[Message, ...]
    tags: tuple[str, ...] = ()
    product: str = ""
    topic: str = ""
    lang: str = ""
    customer: str = ""
    company: str = ""
    names: tuple[str, ...] = ()
    replies: int | None = None
    reopens: int | None = None
    is_outbound: bool = False
    is_gone: bool = False
    merged_into: str = ""
    follows: str = ""
    solution: int | None = None
    articles: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    url: str = ""
    has_texts: bool = True
    has_conversation: bool = True
    addresses: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the ticket is called everywhere else: `zendesk:35436`."""
        return f"{self.source}:{self.ref}"


class Company(NamedTuple):
    """A customer's company as the export of a `source` tells it: `ref` is what `Ticket.company` calls it."""

    source: str
    ref: str
    name: str
    tier: str = ""
    renewal: date | None = None


class LeftOut(NamedTuple):
    """A record that is no ticket, and `why`: a pull request, a newsletter, an automatic reply."""

    why: str


class BrokenRecord(NamedTuple):
    """A record that could not be read: `line` is its line in the file (its number where lines say nothing), and `why`."""

    line: int
    why: str
    path: str = ""
