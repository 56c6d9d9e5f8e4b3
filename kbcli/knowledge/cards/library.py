"""All cards of a knowledge base, read, and how one of them is found by what a person calls it."""

import gc
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from kbcli.config import Config
from kbcli.errors import CardNotFoundError, KbError
from kbcli.foundation.disk.paths import compose
from kbcli.foundation.git.worktree import list_absent_files
from kbcli.knowledge.cards.model import Card, Problem
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.cards.walk import CardFile, card_id, list_card_files, stat_card_file

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
_CANDIDATES = 5
_WORDS = re.compile(r"\w+")
_MOST_READ = 50


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
    with pause_collection():
        for entry in list_card_files(config, None if files is None else _list_below(config, files)):
            result = (not entry.trouble and known.get(entry.path)) or load_card_file(config, entry, note)
            if isinstance(result, Card):
                cards.append(result)
            else:
                problems.append(result)
    return Library(config, tuple(cards), tuple(problems), files)


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
            # What was made stays; the next collection would only find that out.
            gc.freeze()
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


def load_card(config: Config, reference: str, cwd: Path | None = None) -> Card:
    """The card that a reference names. Raises CardNotFoundError, or KbError when it cannot be read."""
    path = resolve_reference(config, reference, cwd)
    entry = stat_card_file(config, path)
    if entry is None:
        raise CardNotFoundError(f"{path} is gone")
    result = load_card_file(config, entry)
    if isinstance(result, Problem):
        raise KbError(f"{result.path}: {result.message}", result.hint)
    return result


def resolve_reference(config: Config, reference: str, cwd: Path | None = None) -> str:
    """The path, relative to the knowledge base, of the card that a reference names.

    A reference is an ID, an unambiguous ending of one, a former ID, or a path. Raises
    CardNotFoundError with the candidates when none or several answer.
    """
    entries = [entry.path for entry in list_card_files(config)]
    ids = {path: card_id(path, config) for path in entries}
    wanted = reference.strip()
    for path in _match_exactly(wanted, ids, config, cwd):
        return path
    tail = "/" + _fold(wanted.strip("/"))
    found = [path for path, ident in ids.items() if ("/" + _fold(ident)).endswith(tail)]
    if not found:
        found = [path for path in entries if ("/" + _fold(path)).endswith(tail)]
    if not found and wanted:
        former = load_library(config).by_former_id
        found = sorted({card.path for ident, card in former.items() if ("/" + _fold(ident)).endswith(tail)})
    if len(found) > 1:
        found = _drop_translations(found, ids, config)
    if len(found) > 1 or (found and "/" in wanted and _fold(ids[found[0]]) != _fold(wanted)):
        found = _prefer_former(found, wanted, config)
    if len(found) == 1:
        return found[0]
    if found:
        candidates = tuple(ids[path] for path in found)
        raise CardNotFoundError(
            f"“{reference}” names {len(found)} cards",
            f"Say which: {', '.join(candidates[:_CANDIDATES])}",
            candidates,
        )
    candidates = find_similar_ids(wanted, ids.values())
    hint = (
        f"Nearest: {', '.join(candidates)}"
        if candidates
        else f"Run `kb search {' '.join(_WORDS.findall(wanted))}`."
    )
    raise CardNotFoundError(f"no card is called “{reference}”", hint, candidates)


def _prefer_former(paths: list[str], wanted: str, config: Config) -> list[str]:
    """The card that once had exactly this ID, or whose former ID ends so while the others translate it."""
    library = load_library(config)
    tail = "/" + wanted.strip("/").casefold()
    former = {
        card.path: card
        for ident, card in library.by_former_id.items()
        if ("/" + ident).casefold().endswith(tail)
    }
    exact = library.by_former_id.get(wanted)
    if exact is not None:
        return [exact.path]
    if len(former) != 1:
        return paths
    (path, card), *_ = former.items()
    others = [library.by_path[other] for other in paths if other != path and other in library.by_path]
    return [path] if all(other.translation_of == card.id for other in others) else paths


def _drop_translations(paths: list[str], ids: Mapping[str, str], config: Config) -> list[str]:
    """The paths without translations of another one among them: the source is what was meant."""
    named = {ids[path] for path in paths}
    kept = []
    for path in paths[:_MOST_READ]:
        entry = stat_card_file(config, path)
        card = load_card_file(config, entry) if entry is not None else None
        if not (isinstance(card, Card) and card.translation_of in named):
            kept.append(path)
    return kept + paths[_MOST_READ:]


def _match_exactly(wanted: str, ids: Mapping[str, str], config: Config, cwd: Path | None) -> list[str]:
    by_id = [path for path, ident in ids.items() if ident == wanted]
    if not by_id and wanted not in ids and not wanted.isascii():
        by_id = [path for path, ident in ids.items() if compose(wanted) in (compose(ident), compose(path))]
    if by_id or wanted in ids:
        return by_id or [wanted]
    full = os.path.realpath(os.path.join(cwd or Path.cwd(), wanted))
    relative = os.path.relpath(full, config.root).replace(os.sep, "/")
    return [relative] if relative in ids else []


def _fold(name: str) -> str:
    return compose(name).casefold()


def find_similar_ids(wanted: str, ids: Iterable[str]) -> tuple[str, ...]:
    """Up to five IDs: those that hold the words of what was wanted, then those that look like it, nearest first."""
    import difflib

    everything = sorted(ids)
    short = {ident.rsplit("/", 1)[-1]: ident for ident in everything}
    words = [word for word in wanted.casefold().replace("-", " ").replace("/", " ").split() if len(word) > 2]
    near = [ident for ident in everything if words and all(word in ident.casefold() for word in words)]
    near += difflib.get_close_matches(wanted, everything, n=_CANDIDATES, cutoff=0.6)
    near += [
        short[name]
        for name in difflib.get_close_matches(wanted.rsplit("/", 1)[-1], short, n=_CANDIDATES, cutoff=0.6)
    ]
    return tuple(dict.fromkeys(near))[:_CANDIDATES]
