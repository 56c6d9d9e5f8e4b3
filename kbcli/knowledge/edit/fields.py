"""Writing fields of a card on disk, under the names and in the styles of its knowledge base."""

import contextlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kbcli.config import Config
from kbcli.errors import ChangedFileError, KbError, RefusedError
from kbcli.foundation.calendar import format_date
from kbcli.foundation.disk.atomic import hold_file, replace_file
from kbcli.foundation.disk.containment import find_boundary, resolve_inside
from kbcli.knowledge.cards.header.document import split_document
from kbcli.knowledge.cards.header.edit import FIELD_GROUPS, FieldValue, set_fields
from kbcli.knowledge.cards.header.read import FrontMatterError, Value, parse_header
from kbcli.knowledge.cards.walk import MAX_CARD_BYTES

_TRIES = 5
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


def plan_fields(config: Config, path: str, changes: Mapping[str, FieldValue | None]) -> FileEdit:
    """The file with these kb fields set (None deletes), under the mapped names. Writes nothing.

    Raises RefusedError, OutsidePathError, or KbError when the file cannot be read.
    """
    data = read_card_bytes(config, path)
    return FileEdit(path, data, edit_fields(config, path, data, changes))


def write_fields(config: Config, path: str, changes: Mapping[str, FieldValue | None]) -> FileEdit:
    """As `plan_fields`, and written."""
    return rewrite_card(config, path, lambda data: edit_fields(config, path, data, changes))


def rewrite_card(config: Config, path: str, plan: Callable[[bytes], bytes]) -> FileEdit:
    """Read a card's file, have `plan` say what it should be, and write that, with no other kb in between.

    When another program saves the file meanwhile, `plan` is asked again. Raises what
    `read_card_bytes`, `plan` and `replace_file` raise.
    """
    with hold_file(locate_file(config, path)):
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
        replace_file(locate_file(config, edit.path), edit.after, expected=edit.before)


def locate_file(config: Config, path: str) -> Path:
    """The real file of a path below the knowledge base. Raises OutsidePathError when it leaves the repository."""
    return resolve_inside(os.path.join(config.root, path), find_boundary(config.root, config.git_root))


def read_card_bytes(config: Config, path: str) -> bytes:
    """The bytes of a card's file. Raises OutsidePathError, RefusedError, or KbError when it cannot be read."""
    full = locate_file(config, path)
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
    """The bytes of a card with these kb fields set. Raises RefusedError, naming the path."""
    present = read_raw_fields(data)
    named: dict[str, FieldValue | None] = {}
    for name, value in changes.items():
        called = config.field_name(name)
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
