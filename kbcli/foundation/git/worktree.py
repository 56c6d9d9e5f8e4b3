"""A git work tree: where it begins, which is found without running git, and the files in it."""

import os
from pathlib import Path

from kbcli.errors import GitError
from kbcli.foundation.git.process import run_git


def find_git_root(start: Path) -> Path | None:
    """The top of the git work tree that holds `start`, or None.

    A `.git` file (worktree, submodule) counts like a `.git` folder.
    """
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return candidate
    return None


def list_files(folder: Path) -> list[str]:
    """The files below a folder that git tracks or does not ignore, relative to it, POSIX. Raises GitError."""
    return _list(folder, "--cached", "--others", "--exclude-standard", "--deduplicate")


def list_tracked_files(folder: Path) -> list[str]:
    """The files below a folder that git tracks, relative to it, POSIX. Raises GitError."""
    return _list(folder)


def list_ignored_files(folder: Path) -> list[str]:
    """The files below a folder that git ignores, relative to it, POSIX. Raises GitError."""
    return _list(folder, "--others", "--ignored", "--exclude-standard")


def _list(folder: Path, *options: str) -> list[str]:
    output = run_git(folder, "ls-files", "-z", *options, "--", ".")
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


def find_git_version(folder: Path) -> str:
    """The version of git, "" when it cannot be run."""
    try:
        return run_git(folder, "--version").decode("utf-8", "replace").strip().removeprefix("git version ")
    except GitError:
        return ""
