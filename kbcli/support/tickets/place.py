"""Where the ticket archive of a knowledge base is: in the user's own folder, never where git would take it along."""

import os
from pathlib import Path

from kbcli.config import Config, UserSettings
from kbcli.errors import RefusedError
from kbcli.foundation.disk.files import find_user_folder, name_place
from kbcli.foundation.git.worktree import find_git_root, find_ignored_paths, find_shared_folder
from kbcli.foundation.typed import NamedTuple

VARIABLE = "KB_TICKETS"


class Place(NamedTuple):
    """The folder of an archive, which need not exist, and what says so: "" for the usual one."""

    folder: Path
    origin: str = ""


def find_place(config: Config, settings: UserSettings) -> Place:
    """Where the archive of a knowledge base is: as KB_TICKETS or the user's settings say, else in kb's data folder.

    kb.toml has no say: a clone must not choose where customers' words are written. All work trees of one
    repository have the same archive.
    """
    if named := os.environ.get(VARIABLE):
        return Place(Path(named).expanduser(), VARIABLE)
    for base, folder in settings.tickets_archives.items():
        if os.path.realpath(os.path.expanduser(base)) == os.fspath(config.root):
            return Place(Path(folder).expanduser(), os.fspath(settings.path))
    return Place(find_user_folder("data") / "archives" / _name_base(config))


def _name_base(config: Config) -> str:
    """What the knowledge base is called there, from whichever work tree it is asked."""
    shared = None if config.git_root is None else find_shared_folder(config.git_root)
    if shared is None:
        return name_place(config.root)
    home = os.path.dirname(shared) if os.path.basename(shared) == ".git" else shared
    return name_place(Path(home, config.place))


def refuse_in_git(folder: Path, *names: str) -> None:
    """Raise RefusedError for files in a folder in a git work tree where git does not ignore each of them."""
    real = folder.resolve()
    root = find_git_root(real)
    if root is None:
        return
    inner = [os.path.relpath(real / name, root).replace(os.sep, "/") for name in names]
    if not find_ignored_paths(root, inner).issuperset(inner):
        raise RefusedError(
            f"{folder} is in the git work tree {root}",
            "Customers' words would be committed. Choose a folder outside of it, or let git ignore this one.",
        )
