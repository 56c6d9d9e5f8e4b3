"""Giving a card another verification interval without verifying it."""

from kbcli.config import Config
from kbcli.errors import RefusedError, UsageError
from kbcli.foundation.calendar import Interval
from kbcli.knowledge.cards.header.edit import FieldValue
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.edit.fields import FileEdit, read_card_bytes, read_raw_fields, write_fields
from kbcli.knowledge.edit.verification import style_interval


def set_interval(config: Config, card: Card, every: Interval, reason: str = "") -> FileEdit:
    """Write the interval as the card's schema writes it; `reason` says why when it is never.

    Raises UsageError for never without a reason or a unit the field cannot hold, and
    RefusedError where cards name their due date only.
    """
    if "due" in config.fields and "verify_every" not in config.fields and not config.pins_digests:
        raise RefusedError(
            f"{card.id} names its due date only", "Verify it with a new interval: that moves the date."
        )
    name = config.field_name("verify_every")
    old = read_raw_fields(read_card_bytes(config, card.path)).get(name)
    changes: dict[str, FieldValue | None] = {"verify_every": style_interval(every, name, old)}
    reason = " ".join(reason.split())
    if every.is_never:
        if not (reason or card.verify_never_reason):
            raise UsageError("a card that is never verified again needs a reason", "Say why.")
        if reason:
            changes["verify_never_reason"] = reason
    elif card.verify_never_reason:
        changes["verify_never_reason"] = None
    return write_fields(config, card.path, changes)
