"""Edit: change a card's fields, or its file with an editor."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from kbcli.config import Config
from kbcli.errors import UsageError
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.header.document import FieldValue
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.edit.fields import edit_fields, rewrite_card
from kbcli.knowledge.gate.rule import Finding
from kbcli.knowledge.gate.run import run_check
from kbcli.knowledge.trust.states import STATES, Trust
from kbcli.operations.base import Base, JudgedCard, keep_changes, read_judged
from kbcli.operations.rules import RULES
from kbcli.operations.values import check_choice, check_interval, check_language


class EditedCard(NamedTuple):
    """A card after an edit, its trust before, what changed, and what the gate says of it now."""

    after: JudgedCard
    before: Trust
    changed: bool
    text_changed: bool
    findings: tuple[Finding, ...]


def edit_card(
    kb: Base,
    card: str,
    *,
    title: str | None = None,
    status: str | None = None,
    type: str | None = None,  # noqa: A002  the field's name
    owner: str | None = None,
    tag: Sequence[str] = (),
    alias: Sequence[str] = (),
    every: str | None = None,
    audience: str | None = None,
    lang: str | None = None,
    commit: bool = False,
    editor: Callable[[Path], None] | None = None,
) -> EditedCard:
    """Set fields of a card; where none is named, `editor` is given its file to change, and returns when it is done.

    With `commit` the file is committed. Of `tag` and `alias`, `+TEXT` adds and `-TEXT` removes. Raises UsageError for a value that a
    card cannot have and for nothing to change, RefusedError for a file that cannot be edited cleanly.
    """
    config, today = kb.config, kb.today
    found = read_judged(config, card, today)
    texts = {
        "title": title,
        "status": status,
        "type": type,
        "owner": owner,
        "verify_every": every,
        "audience": audience,
        "lang": lang,
    }
    named = {name: value for name, value in texts.items() if value is not None}
    path = config.root / found.card.path
    if named or tag or alias:
        changed = _write_changes(config, found.card, named, {"tags": tag, "aliases": alias})
    elif editor is None:
        raise UsageError("there is nothing to change", "Name a field and its new value.")
    else:
        raw = path.read_bytes()
        editor(path)
        changed = path.read_bytes() != raw
    if changed:
        keep_changes(kb, config, (found.card.path,), f"Edit {found.card.id}", commit=commit)
    after = read_judged(config, found.card.path, today)
    findings = _list_findings(config, after.card, today) if changed else ()
    return EditedCard(after, found.trust, changed, after.card.digest != found.card.digest, findings)


def _write_changes(
    config: Config, card: Card, texts: Mapping[str, str], lists: Mapping[str, Sequence[str]]
) -> bool:
    """Write the fields, planned on what the file says at that moment; whether anything changed."""

    def plan(data: bytes) -> bytes:
        changes: dict[str, FieldValue | None] = {
            name: _check_text(config, name, value) for name, value in texts.items()
        }
        now = read_card(data, card.path, config)
        for name, wishes in lists.items():
            current = getattr(now, name)
            items = _change_list(current, wishes)
            if items != list(current):
                changes[name] = items or None
        return edit_fields(config, card.path, data, changes) if changes else data

    return rewrite_card(config, card.path, plan).changed


def _check_text(config: Config, name: str, value: str) -> str:
    """A value as it is written. Raises UsageError for one that a card cannot have."""
    if name in ("status", "type", "audience"):
        return check_choice(config, name, value)
    if name == "verify_every":
        return str(check_interval(value))
    if name == "lang":
        return check_language(value)
    if not value.strip():
        raise UsageError(f"--{name} is empty", "Say what it should be.")
    return " ".join(value.split())


def _change_list(current: tuple[str, ...], wishes: Sequence[str]) -> list[str]:
    items = list(current)
    for wish in wishes:
        sign, text = (wish[0], wish[1:]) if wish[:1] in ("+", "-") else ("+", wish)
        text = " ".join(text.split())
        if not text:
            raise UsageError(f"“{wish}” names nothing", "Write +TEXT to add, -TEXT to remove.")
        same = [item for item in items if item.casefold() == text.casefold()]
        if sign == "-":
            if not same:
                raise UsageError(f"the card has no “{text}”", f"It has: {', '.join(current) or 'none'}.")
            items = [item for item in items if item not in same]
        elif not same:
            items.append(text)
    return items


def _list_findings(config: Config, card: Card, today: date) -> tuple[Finding, ...]:
    """What the gate would say of the card as it is now, but for its trust state, which is shown anyway."""
    result = run_check(load_library(config), today, RULES, paths=[card.path])
    return tuple(finding for finding in result.findings if finding.rule not in STATES)
