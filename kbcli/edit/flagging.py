"""Reporting a card as wrong (`kb flag`), and taking that back."""

from datetime import date

from kbcli.cards.model import Card
from kbcli.config import Config
from kbcli.edit.fields import FileEdit


def flag_card(config: Config, card: Card, today: date, by: str, reason: str) -> FileEdit:
    """Note in the card that `by` reports it as wrong. Raises UsageError without a reason, RefusedError."""
    raise NotImplementedError


def unflag_card(config: Config, card: Card) -> FileEdit:
    """Take the report back. Raises RefusedError when there is none."""
    raise NotImplementedError
