"""Links in Markdown, cards or not, rewritten so that they lead to a file's new place."""

import os
import posixpath
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from kbcli.config import Config
from kbcli.errors import GitError, KbError, RefusedError
from kbcli.foundation.disk.paths import compose, fold_name
from kbcli.foundation.git.worktree import list_tracked_files
from kbcli.foundation.markdown.links import Link, classify_target, find_links
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.destinations import WEB_SUFFIXES, Destinations, put_target, spell_destination
from kbcli.knowledge.cards.header.document import split_document
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.pages import INDEX_NAMES, drop_prefixes, list_said_addresses
from kbcli.knowledge.edit.fields import FileEdit, read_card_bytes

_SUFFIXES = (".md", ".markdown")
# What would end or change a destination where it stands, besides what a path itself needs escaped.
_UNSAFE = re.compile(r"[\x00-\x20\x7f()<>\"'\\%?#`&*|]")


class RepairedReference(NamedTuple):
    """One link or field that follows a move: `path` is the file that holds it (now), `line` where."""

    path: str
    line: int
    old: str
    new: str


def rewrite_links(
    data: bytes,
    decide: Callable[[str], str | None],
    path: str,
    respell: Callable[[Link], str | None] = lambda _link: None,
) -> tuple[bytes, list[RepairedReference]]:
    """A file with its relative links rewritten for its place `path`, and which.

    `decide` gets a link's path as written from the file's folder and gives the new path from
    the knowledge base, or None to leave it alone; links are written relative to the folder of `path`.
    `respell` gives a link as it is to be written, of those that are no path from the file's folder, or None.
    Anchors, titles, angle brackets and percent encoding stay. Bytes that are not UTF-8 stay too.
    Raises RefusedError when the result would not read back as meant.
    """
    document, folder = split_document(data), posixpath.dirname(path)
    if document.encoding == "utf-16":
        if any(link.kind == "relative" and decide(link.target) for link in find_links(document.body)):
            raise RefusedError("it holds a link to repair, and is UTF-16", "Save it as UTF-8.")
        return data, []
    start = document.body_offset
    text = data[start:].decode("utf-8", "surrogateescape")
    links = find_links(text)
    pieces: list[str] = []
    done: list[RepairedReference] = []
    goals: dict[int, str] = {}
    spelt: dict[int, str] = {}
    position = 0
    for index, link in enumerate(links):
        raw = respell(link)
        if raw is None:
            goal = decide(link.target) if link.kind == "relative" else None
            if goal is None:
                continue
            raw = _write_target(link, text, goal, folder)
            goals[index] = goal
        if raw == link.raw:
            continue
        pieces += [text[position : link.start], raw]
        position = link.end
        spelt[index] = raw
        done.append(RepairedReference(path, document.body_line + link.line - 1, link.raw, raw))
    if not done:
        return data, []
    result = "".join((*pieces, text[position:]))
    _check(links, find_links(result), spelt, goals, folder)
    return data[:start] + result.encode("utf-8", "surrogateescape"), done


def _write_target(link: Link, text: str, goal: str, folder: str) -> str:
    path = posixpath.relpath(goal, folder or ".")
    if link.target.endswith("/") and not path.endswith("/"):
        path += "/"
    if link.target.startswith("./") and not path.startswith("../"):
        path = "./" + path
    if ":" in path.split("/", 1)[0]:
        # Before a colon it would be read as an address's scheme.
        path = "./" + path
    suffix = re.search(r"[?#].*\Z", link.raw, re.DOTALL)
    tail = suffix[0] if suffix else ""
    if re.search(r"%[89A-Fa-f][0-9A-Fa-f]", link.raw):
        return quote(path, safe="/!$+,-.:;=@_~", errors="surrogateescape") + tail
    if (
        link.start
        and text[link.start - 1] == "<"
        and "%" not in link.raw
        and not re.search(r"[<>\\\n%?#&`]", path)
    ):
        return path + tail
    return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", path) + tail


def _check(
    before: list[Link], after: list[Link], spelt: dict[int, str], goals: dict[int, str], folder: str
) -> None:
    """The same links in the same order, of which exactly the changed ones differ and lead to their goal."""
    good = len(before) == len(after) and all(
        resolve_target(new.target, folder) == posixpath.normpath(goals[index])
        if index in spelt and index in goals
        else (spelt.get(index, old.raw) == new.raw and old.kind == new.kind)
        for index, (old, new) in enumerate(zip(before, after, strict=True))
    )
    if not good:
        raise RefusedError("a repaired link would read differently", "Change its links by hand.")


def resolve_target(target: str, folder: str) -> str:
    """A link's path, from the knowledge base: normalised, without a slash at its end."""
    return posixpath.normpath(posixpath.join(folder, target))


def reenter(resolved: str, root: Path) -> str:
    """A path that leaves the knowledge base and comes back, as a path within; any other as it is."""
    if not resolved.startswith("../"):
        return resolved
    base = os.path.abspath(root).replace(os.sep, "/")
    full = posixpath.normpath(posixpath.join(base, resolved))
    return posixpath.relpath(full, base) if full.startswith(f"{base}/") else resolved


class Respeller:
    """Writes what leads to a moved card, or out of it."""

    def __init__(self, library: Library, card: Card, new_path: str, new_id: str) -> None:
        self._config = library.config
        self._paths = (card.path, new_path)
        self._ids = (card.id, new_id)
        self._card = card
        self._before = Destinations(library)
        moved = replace(card, id=new_id, path=new_path)
        self._moved = moved
        cards = tuple(moved if other.path == card.path else other for other in library.cards)
        self._after = Destinations(Library(library.config, cards, files=library.files))
        plain, permalink = drop_prefixes(card.id, library.config.renderer), self._before.find_permalink(card)
        addresses = (card.id, plain, permalink.removesuffix(".html"), *list_said_addresses(card))
        names = (posixpath.basename(address.strip("/")) for address in addresses)
        self._words = frozenset(map(fold_name, filter(None, names)))

    @property
    def ident(self) -> str:
        """The ID that the card had."""
        return self._ids[0]

    def may_link(self, text: str) -> bool:
        """Whether a text could lead to the card: cheap, and never wrongly no."""
        if not any(mark in text for mark in ("](", "]:", "<", "[[", "{{", "{%")):
            return False
        folded = fold_name(text)
        return (
            any(word in folded for word in self._words)
            or any(mark in text for mark in "%\\&")
            or posixpath.basename(self._card.id) in INDEX_NAMES
        )

    def rename(self, resolved: str) -> str | None:
        """A path that names the card, with its suffix, without, as a web page or as its folder, as it names it now; None for others."""
        found, (old, new) = self._before.find_card(resolved), self._ids
        if found is None or found.path != self._card.path:
            return None
        resolved, plain = compose(resolved), compose(old)
        if resolved == compose(self._card.path):
            return self._paths[1]
        if resolved == (compose(_name_page(old)) or "."):
            return new if resolved == plain else _name_page(new) or "."
        if posixpath.basename(resolved).removesuffix(".html") == "index" != posixpath.basename(plain):
            # A folder's page, whatever its file is called.
            page = _name_page(new)
            return f"{new}.html" if page == new else posixpath.join(page, "index.html")
        ending = resolved.removeprefix(plain)
        # What was a former ID stays one.
        return new + ending if ending in ("", *self._config.extensions, *WEB_SUFFIXES) else None

    def respell(self, link: Link, folder: str, new_folder: str, card: Card | None = None) -> str | None:
        """A destination, written in one folder and now in another, so that it leads where it did; None as it is.

        A relative one is looked at only where it is an address, from the page of `card`.
        """
        if link.kind == "relative":
            return None if card is None else self._respell_page_link(link, card)
        goal = self._before.find(link.kind, link.target, folder)
        if not goal:
            return None
        wanted = self._paths[1] if goal == self._paths[0] else goal
        if self._after.find(link.kind, link.target, new_folder) == wanted:
            return None
        spelt = spell_destination(
            link.raw, link.target, link.kind, wanted, self._config, self._after.roots, new_folder
        )
        old, new = (posixpath.dirname(ident) for ident in (self._ids if goal == self._paths[0] else ("", "")))
        # A page may be called otherwise than its file, and then only its folder is new.
        renamed = (
            put_target(link.raw, link.target.replace(f"/{old}/", f"/{new}/" if new else "/", 1))
            if old
            else ""
        )
        moved = (
            self._after.find_permalink(self._moved)
            if goal == self._paths[0] and link.target[:1] == "/"
            else ""
        )
        address = put_target(link.raw, moved) if moved else ""
        return next(
            (
                raw
                for raw in (address, *spelt, renamed)
                if raw and self._leads(raw, link.kind, wanted, new_folder)
            ),
            None,
        )

    def _respell_page_link(self, link: Link, card: Card) -> str | None:
        found = self._before.read_page_link(link.target, card)
        if found is None:
            return None
        moves = self._paths[0] in (card.path, found.goal)
        if not moves:
            return link.raw
        if not found.place:
            return self._respell_address(link, card, found.goal)
        page = _name_page(self._ids[1]) if card.path == self._paths[0] else found.page
        place = _name_page(self._ids[1]) if found.goal == self._paths[0] else found.place
        path = posixpath.relpath(place, page or ".") + ("/" if link.target.endswith("/") else "")
        start = "./" if link.target.startswith("./") and not path.startswith("../") else ""
        tail = re.search(r"[?#].*\Z", link.raw, re.DOTALL)
        return start + _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", path) + (tail[0] if tail else "")

    def _respell_address(self, link: Link, card: Card, goal: str) -> str:
        """A relative address of which the front matter of a page says a part, from or to the card's new folder."""
        before, after = (drop_prefixes(ident, self._config.renderer) for ident in self._ids)
        page = posixpath.dirname(drop_prefixes(card.id, self._config.renderer))
        place = resolve_target(link.target, page)
        if goal == self._paths[0]:
            name = posixpath.basename(place)
            renamed = posixpath.basename(after) if name == posixpath.basename(before) else name
            goal, place = self._paths[1], posixpath.join(posixpath.dirname(after), renamed)
        if card.path == self._paths[0]:
            card, page = self._moved, posixpath.dirname(after)
        if before == after:
            return link.raw
        path = posixpath.relpath(place, page or ".") + ("/" if link.target.endswith("/") else "")
        raw = put_target(link.raw, path)
        return raw if self._after.follow("relative", path, card) == goal else link.raw

    def _leads(self, raw: str, kind: str, wanted: str, folder: str) -> bool:
        found, target, _ = classify_target(raw)
        return found == kind and self._after.find(kind, target, folder) == wanted

    def is_generated(self, target: str, card: Card) -> bool:
        """Whether the build makes what a relative destination in a card leads to."""
        return self._before.is_generated("relative", target, card)

    def rename_found(self, target: str, folder: str) -> str | None:
        """The same of a path that leads nowhere from its own folder, and by which a vault finds the card."""
        if not self._config.links_wiki or self._before.find_card(resolve_target(target, folder)):
            return None
        if self._before.find_by_name(target, folder) != self._paths[0]:
            return None
        return self._paths[1] if target.endswith(self._config.extensions) else self._ids[1]


def _name_page(ident: str) -> str:
    """The folder that a card's page is to browsers."""
    return posixpath.dirname(ident) if posixpath.basename(ident) in INDEX_NAMES else ident


def repair_documents(
    library: Library, new_path: str, respeller: Respeller
) -> tuple[list[FileEdit], list[RepairedReference], list[str]]:
    """What must change in Markdown files that git tracks and that are no cards. Writes nothing.

    Gives the changes, their links, and a sentence for each file that may still lead to the old
    place. Paths are relative to the knowledge base.
    """
    config = library.config
    if config.git_root is None:
        return [], [], []
    try:
        listed = list_tracked_files(config.git_root)
    except GitError as error:
        return [], [], [f"links in files that are no cards were not looked for: {error.message}"]
    # The same move, stopped half way, may have left the card there already.
    paths = [new_path, *(card.path for card in library.cards)]
    cards = {posixpath.normpath(posixpath.join(config.place, path)) for path in paths}
    edits: list[FileEdit] = []
    links: list[RepairedReference] = []
    notes: list[str] = []
    for name in listed:
        full = config.git_root / name
        if not name.lower().endswith(_SUFFIXES) or name in cards or full.is_symlink() or not full.is_file():
            continue
        path = posixpath.relpath(name, config.place)
        try:
            edit, changed = _repair(config, path, name, respeller)
        except KbError as error:
            why = error.message.removeprefix(f"{path} ")
            notes.append(f"{path}: links to {respeller.ident}, if it has any, were not repaired: {why}")
            continue
        if edit.changed:
            edits.append(edit)
            links += changed
    return edits, links, notes


def _repair(
    config: Config, path: str, name: str, respeller: Respeller
) -> tuple[FileEdit, list[RepairedReference]]:
    before = read_card_bytes(config, path)
    if not respeller.may_link(before.decode("utf-8", "replace")) and b"\0" not in before:
        return FileEdit(path, before, before), []
    folder, prefix, place = posixpath.dirname(name), config.place, posixpath.dirname(path)

    def decide(target: str) -> str | None:
        resolved = resolve_target(target, folder)
        within = resolved if prefix == "." else posixpath.relpath(resolved, prefix)
        is_outside = within == ".." or within.startswith("../")
        new = (None if is_outside else respeller.rename(within)) or respeller.rename_found(target, place)
        return None if new is None else posixpath.normpath(posixpath.join(prefix, new))

    after, changed = rewrite_links(before, decide, name, lambda link: respeller.respell(link, place, place))
    # They stand at places from the top of the repository, and are told from the knowledge base.
    return FileEdit(path, before, after), [one._replace(path=path) for one in changed]
