"""Carrying stamps over a move: repairing a link changes a text's characters, not what was verified."""

import hashlib
import posixpath
from collections.abc import Mapping
from dataclasses import replace

from kbcli.config import Config
from kbcli.knowledge.cards.header.edit import FieldValue
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.edit.fields import FileEdit, edit_fields, read_card_bytes
from kbcli.knowledge.trust.dependencies import CARD_PREFIX, DependencyReader, stamp_entries


def carry_stamps(
    library: Library, moved: Card, edits: Mapping[str, FileEdit], new_id: str
) -> dict[str, FileEdit]:
    """The edits, by old path, with every stamp that held before the move holding after it.

    A digest that was not the text's before is left as it is, and so is one of a card that the
    move gives another audience.
    """
    config = library.config
    result = dict(edits)
    digests = _find_new_digests(config, library, edits)
    reader = DependencyReader(library)
    for card in library.cards:
        changes: dict[str, FieldValue | None] = {}
        if card.path in digests and card.verified_digest == card.digest:
            changes["verified_digest"] = digests[card.path]
        source = library.find_id(card.translation_of) if card.translation_digest else None
        if source is not None and source.path in digests and card.translation_digest == source.digest:
            changes["translation_digest"] = digests[source.path]
        changes |= _carry_dependencies(card, moved, new_id, library, reader, digests, result)
        changes = {name: value for name, value in changes.items() if value != getattr(card, name)}
        if changes:
            result[card.path] = _edit_further(config, card, result.get(card.path), changes)
    return result


def _find_new_digests(config: Config, library: Library, edits: Mapping[str, FileEdit]) -> dict[str, str]:
    """The digests, by old path, of cards whose text the move changes in nothing but its links."""
    digests = {}
    for card in library.cards:
        edit = edits.get(card.path)
        if edit is None or edit.after is None:
            continue
        after = read_card(edit.after, edit.path, config)
        if after.audience == card.audience and after.own_title == card.own_title:
            digests[card.path] = after.digest
    return digests


def _carry_dependencies(
    card: Card,
    moved: Card,
    new_id: str,
    library: Library,
    reader: DependencyReader,
    digests: Mapping[str, str],
    edits: Mapping[str, FileEdit],
) -> dict[str, FieldValue | None]:
    if not card.depends_digest or not card.depends_on:
        return {}
    entries = reader.resolve(card).entries
    if stamp_entries(entries) != card.depends_digest:
        return {}
    config = library.config
    prefix = posixpath.relpath(config.root.as_posix(), (config.git_root or config.root).as_posix())
    files = {posixpath.normpath(posixpath.join(prefix, path)): edit for path, edit in edits.items()}
    after: list[tuple[str, str]] = []
    for name, digest in entries:
        if name.startswith(CARD_PREFIX):
            found = library.find_id(name.removeprefix(CARD_PREFIX).strip())
            called = f"{CARD_PREFIX}{new_id}" if name.removeprefix(CARD_PREFIX).strip() == moved.id else name
            after.append((called, digests.get(found.path, digest) if found is not None else digest))
        elif (edit := files.get(name)) is not None and edit.after is not None:
            content = hashlib.sha256(edit.after.replace(b"\r\n", b"\n")).hexdigest()
            after.append((posixpath.normpath(posixpath.join(prefix, edit.path)), content))
        else:
            after.append((name, digest))
    return {"depends_digest": stamp_entries(tuple(sorted(after)))}


def _edit_further(
    config: Config, card: Card, edit: FileEdit | None, changes: dict[str, FieldValue | None]
) -> FileEdit:
    if edit is None or edit.before is None or edit.after is None:
        data = read_card_bytes(config, card.path)
        edit = FileEdit(card.path, data, data)
    assert edit.after is not None
    return replace(edit, after=edit_fields(config, card.path, edit.after, changes))
