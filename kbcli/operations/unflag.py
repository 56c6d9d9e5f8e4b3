"""Unflag: take back the report that a card is wrong."""

from kbcli.knowledge.edit.fields import unflag_card as remove_flag
from kbcli.knowledge.index.references import load_card
from kbcli.operations.base import Base, JudgedCard, read_judged


def unflag_card(kb: Base, card: str) -> JudgedCard:
    """Take the flag of a card away; the card afterwards. Raises RefusedError where it has none, KbError."""
    config = kb.config
    found = load_card(config, card)
    remove_flag(config, found)
    return read_judged(config, found.path, kb.today)
