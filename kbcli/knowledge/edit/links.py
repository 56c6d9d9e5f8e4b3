"""Links in Markdown, cards or not, rewritten so that they lead to a file's new place."""

import os
import posixpath
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from kbcli.config import Config
from kbcli.errors import GitError, KbError, RefusedError
from kbcli.foundation.git.worktree import list_tracked_files
from kbcli.foundation.markdown.links import Link, find_links
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.header.document import split_document
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.edit.fields import FileEdit, read_card_bytes
from kbcli.knowledge.edit.respelling import Respeller, escape_path, resolve_target

_SUFFIXES = (".md", ".markdown")


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
    return escape_path(path) + tail


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


def reenter(resolved: str, root: Path) -> str:
    """A path that leaves the knowledge base and comes back, as a path within; any other as it is."""
    if not resolved.startswith("../"):
        return resolved
    base = os.path.abspath(root).replace(os.sep, "/")
    full = posixpath.normpath(posixpath.join(base, resolved))
    return posixpath.relpath(full, base) if full.startswith(f"{base}/") else resolved


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
