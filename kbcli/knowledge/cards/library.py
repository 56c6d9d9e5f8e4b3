"""All cards of a knowledge base, read."""

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from time import time_ns
from types import MappingProxyType

from kbcli.config import Config
from kbcli.foundation.disk.files import Stamp, stamp_file, was_touched_since
from kbcli.foundation.disk.paths import compose
from kbcli.foundation.git.worktree import list_absent_files, list_submodules
from kbcli.knowledge.cards.model import Card, Problem
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.cards.walk import CardFile, list_card_files

_TROUBLES = {
    "outside": (
        "outside-path",
        "it is a link that leads outside the repository",
        "Replace it by the file itself.",
    ),
    "broken-link": ("unreadable", "it is a link that leads nowhere", "Delete it, or mend where it points."),
    "not-a-file": ("unreadable", "it is not a regular file", "Delete it, or exclude it in kb.toml."),
    "too-large": ("unreadable", "it is larger than 5 MB", "Split it, or exclude it in kb.toml."),
    "bad-name": ("unreadable", "its name is not UTF-8", "Rename it."),
}


@dataclass(frozen=True)
class Library:
    """The cards of a knowledge base, sorted by path, and the files that gave none.

    `files` are all files of the repository, from its top, where it is not to be asked for them.
    """

    config: Config
    cards: tuple[Card, ...]
    problems: tuple[Problem, ...] = ()
    files: tuple[str, ...] | None = None

    @cached_property
    def by_id(self) -> Mapping[str, Card]:
        """Cards by ID; of two with one ID, the first by path."""
        return {card.id: card for card in reversed(self.cards)}

    @cached_property
    def by_path(self) -> Mapping[str, Card]:
        """Cards by path."""
        return {card.path: card for card in self.cards}

    @cached_property
    def by_former_id(self) -> Mapping[str, Card]:
        """Cards by the IDs they once had."""
        return {former: card for card in reversed(self.cards) for former in card.former_ids}

    def find_id(self, ident: str) -> Card | None:
        """The card that has an ID now or had it once, or None."""
        found = self.by_id.get(ident) or self.by_former_id.get(ident)
        return found or (None if ident.isascii() else self._by_composed_id.get(compose(ident)))

    @cached_property
    def _by_composed_id(self) -> Mapping[str, Card]:
        named = (*self.by_former_id.items(), *self.by_id.items())
        return {compose(ident): card for ident, card in named}

    @cached_property
    def absent(self) -> frozenset[str]:
        """What git tracks and a sparse checkout leaves out, from the repository's top: files, and folders of them."""
        git_root = self.config.git_root if self.files is None else None
        files = list_absent_files(git_root) if git_root is not None else []
        folders = {str(folder) for path in files for folder in PurePosixPath(path).parents}
        return frozenset((*files, *folders - {"."}))

    def read_absent(self, ident: str) -> Card | None:
        """The card with an ID that a sparse checkout leaves out, as git has it; None where there is none."""
        for path in (f"{ident}{ending}" for ending in self.config.extensions):
            if self.config.prefix + path in self.absent:
                from kbcli.foundation.git.objects import find_blobs_at, read_blob

                root = self.config.boundary
                data = read_blob(root, find_blobs_at(root, [""], self.config.prefix + path).get("", ""))
                return None if data is None else read_card(data, path, self.config)
        return None

    @cached_property
    def submodules(self) -> list[str]:
        """The folders from the repository's top whose files belong to others, none where the files are given."""
        return [] if self.files is not None else find_submodules(self.config)

    def explain_submodule(self, place: str) -> str:
        """That a path from the repository's top is in a git submodule, as the end of a sentence; "" where it is in none."""
        return explain_submodule(self.config, place, self.submodules)


def find_submodules(config: Config) -> list[str]:
    """The folders of the repository, from its top, whose files belong to others."""
    top = config.git_root
    return list_submodules(top) if top is not None and (top / ".gitmodules").exists() else []


def explain_submodule(config: Config, place: str, submodules: Iterable[str]) -> str:
    """That a path from the repository's top is in one of these, as the end of a sentence; "" where it is in none."""
    name = next((one for one in submodules if f"{place}/".startswith(f"{one}/")), "")
    if not name or config.git_root is None:
        return ""
    folder = config.git_root / name
    is_there = folder.is_dir() and any(folder.iterdir())
    what = (
        "whose files are no cards here"
        if is_there
        else f"which is not checked out (git submodule update --init {name})"
    )
    return f"is in the git submodule {name}, {what}"


Note = Callable[[str, bytes], None]
"""Told the path of a card file and what was read from it."""


def load_library(
    config: Config,
    files: tuple[str, ...] | None = None,
    *,
    note: Note | None = None,
    known: Mapping[str, Card] = MappingProxyType({}),
) -> Library:
    """Read every card file. Never fails for what is in a file. `files`: see Library.

    `note` is told of each file that is read. `known` are cards, by path, whose files need not be.
    """
    cards: list[Card] = []
    problems: list[Problem] = []
    reading = config.of_cards
    with pause_collection():
        for entry in list_card_files(reading, None if files is None else _list_below(config, files)):
            result = (not entry.trouble and known.get(entry.path)) or load_card_file(reading, entry, note)
            if isinstance(result, Card):
                cards.append(result)
            else:
                problems.append(result)
    return Library(config, tuple(cards), tuple(problems), files)


class HeldLibrary:
    """The library of a process that lives long: of the cards only those are read whose files changed."""

    def __init__(self) -> None:
        self._config: Config | None = None
        self._cards: dict[str, tuple[Stamp, Card]] = {}

    def load(self, config: Config) -> Library:
        """As `load_library`; a card that is as it was is the same object."""
        began = time_ns()
        held = self._cards if config.of_cards == self._config else {}
        same = {path: one for path, one in held.items() if stamp_file(config.root, path) == one[0]}
        library = load_library(config, known={path: card for path, (_, card) in same.items()})
        for card in library.cards:
            stamp = None if card.path in same else stamp_file(config.root, card.path)
            # One that was written while it was read may hold something else by now.
            if stamp is not None and not was_touched_since(stamp, began):
                same[card.path] = (stamp, card)
        self._config, self._cards = config.of_cards, same
        return library


def _list_below(config: Config, files: Iterable[str]) -> list[str]:
    """Those of the repository's files that lie below the knowledge base, relative to it."""
    prefix = config.prefix
    return [path[len(prefix) :] for path in files if path.startswith(prefix)]


@contextmanager
def pause_collection() -> Iterator[None]:
    """Keep Python from looking for reference cycles while many objects that stay are made.

    Ten thousand cards hold none, and looking takes a tenth of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def load_card_file(config: Config, entry: CardFile, note: Note | None = None) -> Card | Problem:
    """Read one listed file: a card, or why there is none. `note`: see load_library."""
    if entry.trouble:
        rule, message, hint = _TROUBLES[entry.trouble]
        return Problem(rule, entry.path, 1, message, hint)
    try:
        with open(f"{config.root}{os.sep}{entry.path}", "rb", buffering=0) as stream:
            data = stream.read()
    except OSError as error:
        return Problem(
            "unreadable", entry.path, 1, f"it cannot be read: {error.strerror}", "Check its permissions."
        )
    if note is not None:
        note(entry.path, data)
    return read_card(data, entry.path, config)
