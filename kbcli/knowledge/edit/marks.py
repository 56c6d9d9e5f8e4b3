"""Marks on a card that verify nothing: a report that it is wrong (`kb flag`), another verification interval."""

import re
from datetime import date

from kbcli.config import Config
from kbcli.errors import RefusedError, UsageError
from kbcli.foundation.calendar import UNIT_WORDS, Interval
from kbcli.knowledge.cards.fields import UNIT_IN_NAME
from kbcli.knowledge.cards.header.edit import FieldValue
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.edit.fields import (
    FileEdit,
    edit_fields,
    read_card_bytes,
    read_raw_fields,
    rewrite_card,
    write_fields,
)

_WORDY = re.compile(r"\d+ [A-Za-z]+\Z", re.ASCII)


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


def set_interval(config: Config, card: Card, every: Interval, reason: str = "") -> FileEdit:
    """Write the interval as the card's schema writes it; `reason` says why when it is never.

    Raises UsageError for never without a reason or a unit the field cannot hold, and
    RefusedError where cards name their due date only.
    """
    if names_due_only(config):
        raise RefusedError(
            f"{card.id} names its due date only", "Verify it with a new interval: that moves the date."
        )
    changes = plan_interval(config, card, read_card_bytes(config, card.path), every, reason)
    return write_fields(config, card.path, changes)


def names_due_only(config: Config) -> bool:
    """Whether cards here say when they fall due, and have no field for an interval."""
    return "due" in config.fields and "verify_every" not in config.fields and not config.pins_digests


def plan_interval(
    config: Config, card: Card, data: bytes, every: Interval, reason: str
) -> dict[str, FieldValue | None]:
    """The fields that give a card, whose file holds `data`, another interval. Raises UsageError."""
    name = config.field_name("verify_every")
    changes: dict[str, FieldValue | None] = {
        "verify_every": _style_interval(every, name, read_raw_fields(data).get(name))
    }
    reason = " ".join(reason.split())
    if every.is_never:
        if not (reason or card.verify_never_reason):
            raise UsageError("a card that is never verified again needs a reason", "Say why.")
        if reason:
            changes["verify_never_reason"] = reason
    elif card.verify_never_reason:
        changes["verify_never_reason"] = None
    return changes


def _style_interval(every: Interval, name: str, old: object) -> str:
    """An interval as the field writes it: `6m`, `6 months`, or a bare number where its name holds the unit.

    `name` and `old` are the field's name and value in the file. Raises UsageError.
    """
    if every.is_never:
        return "never"
    unit = UNIT_IN_NAME.search(name)
    if unit:
        wanted = unit[1].lower()
        if wanted == UNIT_WORDS[every.unit]:
            return str(every.amount)
        if wanted == "day":
            return str(every.days)
        if wanted == "month" and every.unit == "y":
            return str(12 * every.amount)
        raise UsageError(f"{name} counts {wanted}s", f"Give the interval in {wanted}s.")
    if isinstance(old, str) and _WORDY.match(old.strip()):
        return f"{every.amount} {UNIT_WORDS[every.unit]}{'s' if every.amount > 1 else ''}"
    return str(every)
