"""Paths: keeping every one that is read or written inside the repository, and how the disk spells it."""

import os
import unicodedata
from pathlib import Path

from kbcli.errors import OutsidePathError


def find_boundary(root: Path, git_root: Path | None) -> Path:
    """The folder nothing may leave: the git root where the knowledge base lies in one, else its root."""
    return git_root if git_root is not None else root


def is_inside(path: Path | str, boundary: Path) -> bool:
    """Whether a path, with every symbolic link followed, lies in `boundary`.

    A path that cannot be resolved (a loop, a NUL) does not. Git's own folder does not either:
    writing there runs code.
    """
    try:
        real = os.path.realpath(path)
    except (OSError, ValueError):
        return False
    base = os.path.realpath(boundary)
    if real != base and not real.startswith(base.rstrip(os.sep) + os.sep):
        return False
    return ".git" not in os.path.relpath(real, base).split(os.sep)


def resolve_inside(path: Path | str, boundary: Path) -> Path:
    """The real path, links followed. Raises OutsidePathError when it leaves `boundary`."""
    if not is_inside(path, boundary):
        raise OutsidePathError(f"{path} leads outside {boundary}", "kb reads and writes only below it.")
    return Path(os.path.realpath(path))


def find_spelling(root: Path, path: str) -> str | None:
    """The POSIX `path` below `root` as its folders list it; None when nothing is there.

    A file system that ignores case, or how an accent is composed, finds `Refund.md` by `refund.md`
    too. Whether two paths are one file cannot be told by its number: hard links share it, and some
    file systems give each spelling its own. Raises OSError.
    """
    if not os.path.lexists(os.path.join(root, path)):
        return None
    folder, names = os.fspath(root), []
    for name in path.split("/"):
        listed = os.listdir(folder)
        if name not in listed:
            name = next((other for other in listed if _fold(other) == _fold(name)), name)  # noqa: PLW2901
        names.append(name)
        folder = os.path.join(folder, name)
    return "/".join(names)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
