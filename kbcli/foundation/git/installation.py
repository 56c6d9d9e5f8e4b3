"""What git is here: its version, and facts of the repository."""

import os
from pathlib import Path

from kbcli.errors import GitError
from kbcli.foundation.git.process import run_git


def find_git_version(folder: Path) -> str:
    """The version of git, "" when it cannot be run."""
    try:
        return run_git(folder, "--version").decode("utf-8", "replace").strip().removeprefix("git version ")
    except GitError:
        return ""


def is_shallow(folder: Path) -> bool:
    """Whether the repository is a shallow clone, so that history ends early. Raises GitError."""
    return run_git(folder, "rev-parse", "--is-shallow-repository").strip() == b"true"


def list_ignored_paths(folder: Path) -> list[str]:
    """Files below a folder that git ignores, relative to it, POSIX. Raises GitError."""
    output = run_git(folder, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", ".")
    return [os.fsdecode(name) for name in output.split(b"\0") if name]
