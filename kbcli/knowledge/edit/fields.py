"""Writing fields of a card on disk, under the names and in the styles of its knowledge base.

Also the marks that verify nothing: a report that a card is wrong (`kb flag`), another verification interval.
"""

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from kbcli.config import Config
from kbcli.errors import ChangedFileError, KbError, RefusedError, UsageError
from kbcli.foundation.calendar import UNIT_WORDS, Interval, format_date
from kbcli.foundation.disk.files import hold_file, replace_file
from kbcli.knowledge.cards.header.document import (
    FieldValue,
    FrontMatterError,
    Value,
    parse_header,
    split_document,
)
from kbcli.knowledge.cards.header.edit import FIELD_GROUPS, set_fields
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import UNIT_IN_NAME, read_card
from kbcli.knowledge.cards.walk import MAX_CARD_BYTES

_TRIES = 5
_WORDY = re.compile(r"\d+ [A-Za-z]+\Z", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})([/.])(\d{1,2})[/.]\d{4}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileEdit:
    """What was, or will be, written: `path` is relative to the knowledge base; None is no file there."""

    path: str
    before: bytes | None
    after: bytes | None

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after


def rewrite_card(config: Config, path: str, plan: Callable[[bytes], bytes]) -> FileEdit:
    """Read a card's file, have `plan` say what it should be, and write that, with no other kb in between.

    When another program saves the file meanwhile, `plan` is asked again. Raises what
    `read_card_bytes`, `plan` and `replace_file` raise.
    """
    with hold_file(config.locate(path)):
        for _ in range(_TRIES - 1):
            with contextlib.suppress(ChangedFileError):
                return _rewrite_once(config, path, plan)
        return _rewrite_once(config, path, plan)


def _rewrite_once(config: Config, path: str, plan: Callable[[bytes], bytes]) -> FileEdit:
    data = read_card_bytes(config, path)
    edit = FileEdit(path, data, plan(data))
    write_edit(config, edit)
    return edit


def write_edit(config: Config, edit: FileEdit) -> None:
    """Write a planned change of a file that is there. Raises RefusedError when the file changed since."""
    if edit.changed and edit.after is not None:
        replace_file(config.locate(edit.path), edit.after, expected=edit.before)


def read_card_bytes(config: Config, path: str) -> bytes:
    """The bytes of a card's file. Raises OutsidePathError, RefusedError, or KbError when it cannot be read."""
    full = config.locate(path)
    try:
        if not full.is_file():
            what = "is not a regular file" if full.exists() else "is gone"
            raise RefusedError(f"{path} {what}")
        if full.stat().st_size > MAX_CARD_BYTES:
            raise RefusedError(f"{path} is larger than 5 MB", "Split it, or exclude it in kb.toml.")
        return full.read_bytes()
    except OSError as error:
        raise KbError(f"{path} cannot be read: {error.strerror}", "Check its permissions.") from error


def edit_fields(config: Config, path: str, data: bytes, changes: Mapping[str, FieldValue | None]) -> bytes:
    """The bytes of a card with these kb fields set (None deletes), under the mapped names. Raises RefusedError, naming the path."""
    present = read_raw_fields(data)
    named: dict[str, FieldValue | None] = {}
    for name, value in changes.items():
        called = config.field_name(name)
        if called not in present:
            called = next((key for key in present if key.lower() == called.lower()), called)
        old = present.get(called)
        if isinstance(value, date):
            named[called] = _style_day(value, old if isinstance(old, str) else "", config.date_style)
        else:
            named[called] = _map_value(config, name, value) if isinstance(value, str) else value
    groups = [[config.field_name(name) for name in group] for group in FIELD_GROUPS]
    try:
        return set_fields(data, named, groups=groups)
    except RefusedError as error:
        raise RefusedError(f"{path}: {error.message}", error.hint) from error


def read_raw_fields(data: bytes) -> Mapping[str, Value]:
    """The front matter as it stands, under the names in the file; empty when it cannot be read."""
    document = split_document(data)
    try:
        return parse_header(document.mark, document.header).values
    except FrontMatterError:
        return {}


def _style_day(day: date, old: str, style: str) -> date | str:
    """A day as this file writes days: as its old value does, else as the knowledge base does."""
    match = _SLASHED.match(old.strip())
    if style == "iso" or (old.strip() and not match):
        return day
    text = format_date(day, style)
    if match:
        parts = text.split("/")
        if len(match[1]) == 1 or len(match[3]) == 1:
            parts = [part.lstrip("0") for part in parts]
        text = match[2].join(parts)
    return text


def _map_value(config: Config, name: str, value: str) -> str:
    """A value of kb as this knowledge base says it."""
    return next((word for word, meaning in config.values.get(name, {}).items() if meaning == value), value)


def flag_card(config: Config, card: Card, today: date, by: str, reason: str) -> FileEdit:
    """Note in the card that `by` reports it as wrong. Raises RefusedError where somebody has already."""
    value: dict[str, str | date] = {
        "by": " ".join(by.split()),
        "on": today,
        "reason": " ".join(reason.split()),
    }

    def plan(data: bytes) -> bytes:
        # As the file is now: of two who report at once, the second is told.
        now = read_card(data, card.path, config)
        if now.digest != card.digest:
            raise RefusedError(f"{card.id} changed while you looked at it", "Look again, then flag it.")
        for flag in (card.flagged, now.flagged):
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

    def plan(data: bytes) -> bytes:
        return edit_fields(config, card.path, data, plan_interval(config, card, data, every, reason))

    return rewrite_card(config, card.path, plan)


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
