"""Manual: the manual of kb, with no knowledge base at hand."""

from datetime import date

from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.search.manual import load_manual
from kbcli.operations.base import Base


class ManualContents(NamedTuple):
    """Every page of the manual, by its path."""

    pages: tuple[Card, ...]


class ManualPage(NamedTuple):
    """The page that answers what was asked on a day (None: there is none), and others that do too."""

    asked: str
    page: Card | None
    see_also: tuple[Card, ...]
    today: date


def read_manual(kb: Base, query: str = "") -> ManualContents | ManualPage:
    """The page of that name, else the one that answers the question; without either the contents.

    Raises KbError where the manual is missing.
    """
    book = load_manual()
    if not query:
        return ManualContents(book.cards)
    today = kb.today
    page = book.find_card(query) or book.find_card(query.replace(" ", "-"))
    found = [page] if page is not None else book.search(query, today)
    if not found:
        kb.say(f"the manual has nothing on “{query}”; its contents: kb manual")
    return ManualPage(query, found[0] if found else None, tuple(found[1:]), today)


def name_page(card: Card) -> str:
    """What a page is called on the command line."""
    return card.id.partition("/")[2]
