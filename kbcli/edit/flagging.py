"""Reporting a card as wrong (`kb flag`), and taking that back."""

from datetime import date

from kbcli.cards.model import Card
from kbcli.config import Config
from kbcli.edit.fields import FileEdit, write_fields
from kbcli.errors import RefusedError, UsageError


def flag_card(config: Config, card: Card, today: date, by: str, reason: str) -> FileEdit:
    """Note in the card that `by` reports it as wrong. Raises UsageError without a reason, RefusedError."""
    reason = " ".join(reason.split())
    if not reason:
        raise UsageError("a flag needs a reason", "Say in one sentence what is wrong.")
    if card.flagged is not None:
        raise RefusedError(
            f"{card.id} is flagged already: {card.flagged.reason or 'without a reason'}",
            "Mend the card, or take that flag back first.",
        )
    value: dict[str, str | date] = {"by": " ".join(by.split()), "on": today, "reason": reason}
    return write_fields(config, card.path, {"flagged": value})


def unflag_card(config: Config, card: Card) -> FileEdit:
    """Take the report back. Raises RefusedError when there is none."""
    if card.flagged is None:
        raise RefusedError(f"{card.id} is not flagged")
    return write_fields(config, card.path, {"flagged": None})
