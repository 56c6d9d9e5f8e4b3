"""Keeping every path that is read or written inside the repository."""

import os
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
