"""Links to a moved card from Markdown files of its repository that are not cards."""

import os
import posixpath
from pathlib import Path

from kbcli.config import Config
from kbcli.errors import GitError, KbError
from kbcli.foundation.git.process import run_git
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.edit.fields import FileEdit, read_card_bytes
from kbcli.knowledge.edit.links import Names, Relocation, may_link, resolve_target, rewrite_links

SUFFIXES = (".md", ".markdown")
Found = tuple[str, int, str, str]


def repair_documents(
    library: Library, old: Names, new: Names
) -> tuple[list[FileEdit], list[Found], tuple[str, ...]]:
    """What must change in Markdown files that git tracks and that are no cards. Writes nothing.

    Gives the changes, their links (path, line, old, new), and a sentence for each file that may
    still lead to the old place. Paths are relative to the knowledge base.
    """
    config = library.config
    if config.git_root is None:
        return [], [], ()
    try:
        listed = run_git(config.git_root, "ls-files", "-z")
    except GitError as error:
        return [], [], (f"links in files that are no cards were not looked for: {error.message}",)
    base = Path(os.path.realpath(config.git_root))
    prefix = os.path.relpath(os.path.realpath(config.root), base).replace(os.sep, "/")
    cards = {posixpath.normpath(posixpath.join(prefix, card.path)) for card in library.cards}
    # The same move, stopped half way, may have left the card there already.
    cards.add(posixpath.normpath(posixpath.join(prefix, new.path)))
    edits: list[FileEdit] = []
    links: list[Found] = []
    notes: list[str] = []
    for name in os.fsdecode(listed).split("\0"):
        if not name.lower().endswith(SUFFIXES) or name in cards or not _is_plain(base / name):
            continue
        path = posixpath.relpath(name, prefix)
        try:
            edit, changed = _repair(config, path, name, prefix, old, new)
        except KbError as error:
            why = error.message.removeprefix(f"{path} ")
            notes.append(f"{path}: links to {old.ident}, if it has any, were not repaired: {why}")
            continue
        if edit.changed:
            edits.append(edit)
            links += [(path, one.line, one.old, one.new) for one in changed]
    return edits, links, tuple(notes)


def _is_plain(full: Path) -> bool:
    return full.is_file() and not full.is_symlink()


def _repair(
    config: Config, path: str, name: str, prefix: str, old: Names, new: Names
) -> tuple[FileEdit, list[Relocation]]:
    before = read_card_bytes(config, path)
    if not may_link(before.decode("utf-8", "replace"), old) and b"\0" not in before:
        return FileEdit(path, before, before), []
    folder = posixpath.dirname(name)

    def decide(target: str) -> str | None:
        resolved = resolve_target(target, folder)
        within = resolved if prefix == "." else posixpath.relpath(resolved, prefix)
        form = None if within == ".." or within.startswith("../") else old.find_form(within)
        return None if form is None else posixpath.normpath(posixpath.join(prefix, new.write_form(form)))

    after, changed = rewrite_links(before, decide, folder)
    return FileEdit(path, before, after), changed
