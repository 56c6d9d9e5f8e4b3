"""Reporting a card as wrong (`kb flag`), and taking that back."""

from datetime import date

from kbcli.config import Config
from kbcli.errors import RefusedError, UsageError
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.edit.fields import FileEdit, edit_fields, rewrite_card


def flag_card(config: Config, card: Card, today: date, by: str, reason: str) -> FileEdit:
    """Note in the card that `by` reports it as wrong. Raises UsageError without a reason, RefusedError."""
    reason = " ".join(reason.split())
    if not reason:
        raise UsageError("a flag needs a reason", "Say in one sentence what is wrong.")
    value: dict[str, str | date] = {"by": " ".join(by.split()), "on": today, "reason": reason}

    def plan(data: bytes) -> bytes:
        # As the file is now: of two who report at once, the second is told.
        for flag in (card.flagged, read_card(data, card.path, config).flagged):
            if flag is not None:
                raise RefusedError(
                    f"{card.id} is flagged already: {flag.reason or 'without a reason'}",
                    "Mend the card, or take that flag back first.",
                )
        return edit_fields(config, card.path, data, {"flagged": value})

    return rewrite_card(config, card.path, plan)


def unflag_card(config: Config, card: Card) -> FileEdit:
    """Take the report back. Raises RefusedError when there is none."""
    if card.flagged is None:
        raise RefusedError(f"{card.id} is not flagged")

    def plan(data: bytes) -> bytes:
        if read_card(data, card.path, config).flagged != card.flagged:
            raise RefusedError(f"the flag of {card.id} changed meanwhile", "Look at it again.")
        return edit_fields(config, card.path, data, {"flagged": None})

    return rewrite_card(config, card.path, plan)
