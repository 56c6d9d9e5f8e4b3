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
    home = _find_home(config)
    archives = {
        os.path.realpath(os.path.expanduser(base)): folder
        for base, folder in settings.tickets_archives.items()
    }
    # People name the folder of the cards or its repository, and mean all work trees.
    for meant in (config.root, Path(home, config.place), config.git_root or config.root, Path(home)):
        if folder := archives.get(os.fspath(meant)):
            return Place(Path(folder).expanduser(), os.fspath(settings.path))
    return Place(find_user_folder("data") / "archives" / name_place(Path(home, config.place)))


def _find_home(config: Config) -> str:
    """The repository of a knowledge base, the same from whichever work tree it is asked; its own folder outside of git."""
    shared = None if config.git_root is None else find_shared_folder(config.git_root)
    if shared is None:
        return os.fspath(config.git_root or config.root)
    return os.path.dirname(shared) if os.path.basename(shared) == ".git" else shared


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
