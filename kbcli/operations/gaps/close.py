"""Gaps close: which card answers what was missing."""

from datetime import date

from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.index.references import load_card
from kbcli.operations.base import Base
from kbcli.operations.gaps import GapChange, find_gap
from kbcli.operations.link import keep_lines
from kbcli.support.links.lines import CLOSED, LinkLine, make_id, read_question


def close_gap(kb: Base, gap: str, card: str, *, commit: bool = False) -> GapChange:
    """Note which card answers a gap (a number of the list, or its words); asked again on a later day, it is one again.

    Raises KbError for an unknown gap or card.
    """
    asked, config = find_gap(kb, gap).asked, kb.config
    line = make_closing(load_card(config, card), asked, kb.today)
    return GapChange(asked, line, keep_lines(kb, config, [line], f"Close: {asked}", commit=commit))


def make_closing(card: Card, asked: str, today: date) -> LinkLine:
    """The line that a card answers a gap. Raises RefusedError where its words hold personal data."""
    return LinkLine(make_id(), today, "", card.id, card.digest, CLOSED, read_question(asked))
