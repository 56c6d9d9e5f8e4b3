"""Claims with their own end, over the whole knowledge base: which have ended, and which end soon."""

from datetime import date

from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.claims import MARK, Claim, read_claims
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card

DEFAULT_WINDOW = 14


class ClaimRow(NamedTuple):
    """A claim of a card. `days_left` is 0 on its last day, negative once it has ended."""

    card: Card
    claim: Claim
    days_left: int


def list_claims(library: Library, today: date, within: int | None = None) -> tuple[ClaimRow, ...]:
    """The claims of active cards that have ended or end within so many days (None: 14).

    The longest ended first, then by card and line.
    """
    window = DEFAULT_WINDOW if within is None else within
    rows = [
        ClaimRow(card, claim, left)
        for card in library.cards
        for claim in list_card_claims(card)
        if (left := (claim.until - today).days) <= window
    ]
    return tuple(sorted(rows, key=lambda row: (row.days_left, row.card.path, row.claim.line)))


def list_card_claims(card: Card) -> tuple[Claim, ...]:
    """The claims of an active card; none of a draft or an archived one, which promise nothing."""
    if card.status != "active" or MARK not in card.body:
        return ()
    return read_claims(card)[0]
