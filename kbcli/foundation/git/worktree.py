"""Where a git work tree begins, found without running git."""

from pathlib import Path


def find_git_root(start: Path) -> Path | None:
    """The top of the git work tree that holds `start`, or None.

    A `.git` file (worktree, submodule) counts like a `.git` folder.
    """
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return candidate
    return None
