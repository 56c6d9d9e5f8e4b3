"""Moving a card (`kb mv`) with every link to it and from it repaired."""

import contextlib
import os
import posixpath
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kbcli.config import Config
from kbcli.errors import RefusedError, UsageError
from kbcli.foundation.disk.files import create_file, hold_file, replace_file
from kbcli.foundation.disk.paths import compose, find_spelling
from kbcli.knowledge.cards.header.document import FieldValue
from kbcli.knowledge.cards.library import Library, load_library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import match_translation, read_card
from kbcli.knowledge.cards.walk import card_id, select_card_paths
from kbcli.knowledge.edit.fields import FileEdit, edit_fields, read_card_bytes, write_edit
from kbcli.knowledge.edit.links import (
    RepairedReference,
    Respeller,
    reenter,
    repair_documents,
    resolve_target,
    rewrite_links,
)
from kbcli.knowledge.edit.mentions import Mention, find_imports, find_mentions
from kbcli.knowledge.trust.dependencies import (
    CARD_PREFIX,
    STAMP,
    DependencyReader,
    digest_content,
    stamp_entries,
)


@dataclass(frozen=True, slots=True)
class MovePlan:
    """All that a move will write, worked out before the first byte is.

    `edits` are the other cards, and Markdown files of the repository that are none; `moved` is
    the card itself, under its new path, its `before` being what stands at `old_path`. `notes`
    name, in a sentence each, what may still lead to the old place. `respelled` is whether a file
    system that ignores case, or how an accent is composed, finds the card under both paths. `left`
    are lines that name the card where it was, and are not changed.
    """

    old_id: str
    new_id: str
    old_path: str
    new_path: str
    moved: FileEdit
    edits: tuple[FileEdit, ...]
    repaired: tuple[RepairedReference, ...]
    notes: tuple[str, ...] = ()
    respelled: bool = False
    left: tuple[Mention, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that the move touches, for one commit."""
        return (self.old_path, self.new_path, *(edit.path for edit in self.edits))


def plan_move(config: Config, card: Card, target: str) -> MovePlan:
    """Work out a move. `target` is an ID, a path, or a folder when it ends in a slash.

    A card whose verification held keeps it, though its links change: its stamp is carried over
    to the repaired text. Raises UsageError for a target without meaning, OutsidePathError,
    RefusedError when something is there already or a card cannot be repaired.
    """
    new_path = _find_new_path(config, card, target)
    new_id = card_id(new_path, config)
    spelling = _check_place(config, card, new_path)
    respelled = spelling == card.path
    taken = None if spelling is None or respelled else _read_taken(config, new_path)
    library = load_library(config)
    if taken is not None:
        # Perhaps this very move, stopped half way: then it is not a card of its own.
        library = Library(
            config, tuple(other for other in library.cards if other.path != new_path), library.problems
        )
    _check_free(library, card, new_id)
    edits, repaired, notes = _Mover(library, card, new_path, new_id).repair()
    edits = carry_stamps(library, card, edits, new_id)
    moved = edits.pop(card.path)
    if taken is not None and taken != moved.after:
        raise RefusedError(f"{new_path} exists already", "Choose another name.")
    if config.git_root is not None and respelled:
        notes.append(
            f"git ignores case here and goes on calling it {card.path} until `git mv -f` renames it there"
        )
    others = tuple(edits[path] for path in sorted(edits))
    left = [*find_mentions(library, card, {(one.path, one.line) for one in repaired})]
    if posixpath.dirname(new_path) != posixpath.dirname(card.path):
        left += find_imports(card, new_path)
    names = (card.id, new_id, card.path, new_path)
    return MovePlan(*names, moved, others, tuple(repaired), tuple(notes), respelled, tuple(left))


def _find_new_path(config: Config, card: Card, target: str) -> str:
    suffix = card.path[len(card.id) :]
    wanted = target.strip()
    if not wanted.strip("/.") or wanted.startswith(("/", "~")) or "\0" in wanted or "\\" in wanted:
        raise UsageError(f"“{target}” is not a place in the knowledge base", "Give an ID such as api/limits.")
    if wanted.endswith("/"):
        wanted += posixpath.basename(card.path)
    elif not wanted.endswith(config.extensions):
        wanted += suffix
    path = posixpath.normpath(wanted)
    config.locate(path)
    if path.startswith("../") or not select_card_paths(config, [path]):
        raise RefusedError(
            f"{path} would not be a card", "kb.toml's include and exclude, or a hidden folder, leave it out."
        )
    return path


def _check_place(config: Config, card: Card, new_path: str) -> str | None:
    """How what stands where the card is to go is spelt there; None when nothing does. Raises RefusedError."""
    if new_path == card.path:
        raise UsageError(f"{card.id} is there already", "Give another ID.")
    if os.path.islink(os.path.join(config.root, card.path)):
        raise RefusedError(f"{card.path} is a symbolic link", "Move the file that it leads to.")
    # A folder that is there is called as it is written, or the card would have another ID than it says.
    folder = posixpath.dirname(new_path)
    while folder and (found := find_spelling(config.root, folder)) is None:
        folder = posixpath.dirname(folder)
    if folder and found != folder:
        raise RefusedError(
            f"the folder {folder} is written {found}", "Write it so, or rename the folder itself."
        )
    return find_spelling(config.root, new_path)


def _read_taken(config: Config, new_path: str) -> bytes:
    full = os.path.join(config.root, new_path)
    if os.path.islink(full) or not os.path.isfile(full):
        raise RefusedError(f"{new_path} exists already", "Choose another name.")
    return read_card_bytes(config, new_path)


def _check_free(library: Library, card: Card, new_id: str) -> None:
    for other in library.cards:
        if other.path != card.path and other.id.casefold() == new_id.casefold():
            raise RefusedError(f"the ID {new_id} belongs to {other.path}", "Choose another name.")
        if other.path != card.path and new_id in other.former_ids:
            raise RefusedError(f"{new_id} is a former ID of {other.id}", "Choose another name.")


class _Mover:
    """Works out, card by card, what must follow one card's move."""

    def __init__(self, library: Library, card: Card, new_path: str, new_id: str) -> None:
        self._config = config = library.config
        self._library = library
        self._respeller = Respeller(library, card, new_path, new_id)
        self._card = card
        self._new_path = new_path
        self._new_id = new_id
        self._old_place = posixpath.normpath(posixpath.join(config.place, card.path))
        self._new_place = posixpath.normpath(posixpath.join(config.place, new_path))

    def repair(self) -> tuple[dict[str, FileEdit], list[RepairedReference], list[str]]:
        """The changes by old path, what they repair, and what may still lead to the old place."""
        edits: dict[str, FileEdit] = {}
        repaired: list[RepairedReference] = []
        for other in self._library.cards:
            edit, found = self._repair_card(other)
            repaired += found
            if edit.changed or other.path == self._card.path:
                edits[other.path] = edit
        if self._card.path not in edits:
            raise RefusedError(f"{self._card.path} is gone", "Someone moved or deleted it meanwhile.")
        documents, links, notes = repair_documents(self._library, self._new_path, self._respeller)
        return edits | {edit.path: edit for edit in documents}, repaired + links, notes

    def _repair_card(self, other: Card) -> tuple[FileEdit, list[RepairedReference]]:
        is_moved = other.path == self._card.path
        path = self._new_path if is_moved else other.path
        changes, repaired = self._repair_fields(other, path)
        if not (changes or is_moved or self._respeller.may_link(other.body)):
            return FileEdit(path, None, None), []
        before = read_card_bytes(self._config, other.path)
        try:
            folder, new_folder = posixpath.dirname(other.path), posixpath.dirname(path)
            decide = self._decide(folder, is_moved)
            after, found = rewrite_links(
                before,
                decide,
                path,
                lambda link: self._respeller.respell(link, folder, new_folder, other),
            )
        except RefusedError as error:
            raise RefusedError(f"{other.path}: {error.message}", error.hint) from error
        repaired += found
        if changes:
            after = edit_fields(self._config, other.path, after, changes)
        return FileEdit(path, before, after), repaired

    def _decide(self, folder: str, is_moved: bool) -> Callable[[str], str | None]:
        def decide(target: str) -> str | None:
            resolved = reenter(resolve_target(target, folder), self._config.root)
            new = self._respeller.rename(resolved) or self._respeller.rename_found(target, folder)
            if new is not None:
                return new
            stays = not is_moved or posixpath.dirname(self._new_path) == folder
            return None if stays or self._respeller.is_generated(target, self._card) else resolved

        return decide

    def _repair_fields(
        self, other: Card, path: str
    ) -> tuple[dict[str, FieldValue | None], list[RepairedReference]]:
        old_id, new_id = self._card.id, self._new_id
        changes: dict[str, FieldValue | None] = {}
        for name, values in (("depends_on", other.depends_on), ("distinct_from", other.distinct_from)):
            renamed = [self._rename(value) for value in values]
            if tuple(renamed) != values:
                changes[name] = renamed
        if _is_same(other.translation_of, old_id):
            changes["translation_of"] = new_id
        repaired = [
            RepairedReference(path, other.line_of(name), f"{name}: {old_id}", f"{name}: {new_id}")
            for name in changes
        ]
        if other.path == self._card.path:
            former = [ident for ident in other.former_ids if ident != new_id]
            changes["former_ids"] = [*former, *([] if old_id in former else [old_id])]
            changes |= self._keep_place_values(other)
        return changes, repaired

    def _rename(self, value: str) -> str:
        old_id, new_id = self._card.id, self._new_id
        if not value.startswith(CARD_PREFIX) and _is_same(posixpath.normpath(value), self._old_place):
            return f"./{self._new_place}" if value.startswith("./") else self._new_place
        if value.startswith(CARD_PREFIX) and _is_same(value.removeprefix(CARD_PREFIX).strip(), old_id):
            return CARD_PREFIX + new_id
        return new_id if _is_same(value, old_id) and not value.startswith(CARD_PREFIX) else value

    def _keep_place_values(self, card: Card) -> Mapping[str, FieldValue]:
        """Language and translation source that the old path gave to the card and the new one does not."""
        old_lang, old_source = match_translation(self._config, card.path)
        new_lang, new_source = match_translation(self._config, self._new_path)
        kept: dict[str, FieldValue] = {}
        if old_lang and old_lang != new_lang and "lang" not in card.lines:
            kept["lang"] = card.lang
        if (
            old_source
            and old_source != new_source
            and "translation_of" not in card.lines
            and self._library.find_id(card.translation_of)
        ):
            kept["translation_of"] = card.translation_of
        return kept


def _is_same(one: str, other: str) -> bool:
    """Whether two names are one, whatever way their letters are composed."""
    return compose(one) == compose(other)


def apply_move(config: Config, plan: MovePlan) -> None:
    """Write it: everything or nothing. Raises RefusedError when a file changed since it was planned.

    The card is written under its new name before the old one goes: stopped at any moment, one of
    the two is there, and the same move run again completes it.
    """
    old = config.locate(plan.old_path)
    new = config.locate(plan.new_path)
    undo = contextlib.ExitStack()
    with undo:
        for edit in plan.edits:
            if edit.before is not None:
                # What stood there, unless somebody else has written since.
                path = config.locate(edit.path)
                undo.callback(_try, replace_file, path, edit.before, expected=edit.after)
            write_edit(config, edit)
        _make_folders(new.parent, undo)
        undo.callback(_remove_new, old, new, existed=os.path.lexists(new))
        # Held so that no other kb writes to the old file between the last look at it and its end.
        with hold_file(old):
            _write_moved(config, plan)
        undo.pop_all()


def _write_moved(config: Config, plan: MovePlan) -> None:
    old, new = config.root / plan.old_path, config.root / plan.new_path
    before, after = plan.moved.before or b"", plan.moved.after or b""
    if plan.respelled:
        replace_file(old, after, expected=before)
        os.rename(old, new)
        return
    if not os.path.lexists(new):
        create_file(new, after)
        os.chmod(new, stat.S_IMODE(old.stat().st_mode))
    elif new.read_bytes() != after:
        raise RefusedError(f"{new} exists already", "Nothing was moved.")
    if old.read_bytes() != before:
        raise RefusedError(f"{old} changed while kb was working on it", "Nothing was moved; run it again.")
    os.unlink(old)


def _remove_new(old: Path, new: Path, *, existed: bool) -> None:
    """Take the new file away again, but never the only one."""
    if not existed and os.path.lexists(old):
        _try(os.unlink, new)


def _try(undo: Callable[..., object], *given: object, **named: object) -> None:
    """Undo one step, as far as that can be done."""
    with contextlib.suppress(OSError, RefusedError):
        undo(*given, **named)


def _make_folders(folder: Path, undo: contextlib.ExitStack) -> None:
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir()
        undo.callback(_try, parent.rmdir)


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
        if card.path in digests and card.has_digest(card.verified_digest):
            changes["verified_digest"] = digests[card.path]
        source = library.find_id(card.translation_of) if card.translation_digest else None
        if source is not None and source.path in digests and source.has_digest(card.translation_digest):
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
    if not STAMP.match(card.depends_digest) or not reader.has_stamp(card):
        return {}
    entries = reader.resolve(card).entries
    config = library.config
    files = {posixpath.normpath(posixpath.join(config.place, path)): edit for path, edit in edits.items()}
    after: list[tuple[str, str]] = []
    for name, digest in entries:
        if name.startswith(CARD_PREFIX):
            found = library.find_id(name.removeprefix(CARD_PREFIX).strip())
            called = f"{CARD_PREFIX}{new_id}" if name.removeprefix(CARD_PREFIX).strip() == moved.id else name
            after.append((called, digests.get(found.path, digest) if found is not None else digest))
        elif (edit := files.get(name)) is not None and edit.after is not None:
            place = posixpath.normpath(posixpath.join(config.place, edit.path))
            after.append((place, digest_content(edit.after)))
        else:
            after.append((name, digest))
    moved_entries = tuple(sorted(after))
    return {} if moved_entries == entries else {"depends_digest": stamp_entries(moved_entries)}


def _edit_further(
    config: Config, card: Card, edit: FileEdit | None, changes: dict[str, FieldValue | None]
) -> FileEdit:
    if edit is None or edit.before is None or edit.after is None:
        data = read_card_bytes(config, card.path)
        edit = FileEdit(card.path, data, data)
    assert edit.after is not None
    return replace(edit, after=edit_fields(config, card.path, edit.after, changes))
