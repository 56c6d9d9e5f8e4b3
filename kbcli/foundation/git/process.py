"""Running the git program, hardened: a hostile repository's config must not run anything."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kbcli.errors import GitError

if TYPE_CHECKING:
    from subprocess import Popen

# Settings of the repository that name programs git would run for a mere look at it.
HARDENING = (
    "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.quotePath=false",
    "-c", "log.showSignature=false",
    "-c", "diff.external=",
    "-c", "core.pager=cat",
)  # fmt: skip
_DROPPED = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_EXTERNAL_DIFF",
    "GIT_OBJECT_DIRECTORY",
)


def git_environment() -> dict[str, str]:
    """The environment git runs in: no prompts, no optional locks, no lazy fetch, messages in English.

    Variables that a git hook sets (GIT_DIR, GIT_INDEX_FILE …) are dropped: they speak of the
    repository being committed to, which need not be the one that is looked at.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    environment.update(
        GIT_OPTIONAL_LOCKS="0",
        GIT_TERMINAL_PROMPT="0",
        GIT_NO_LAZY_FETCH="1",
        GIT_PAGER="cat",
        LC_ALL="C.UTF-8",
        # Git before 2.39.4 does not know of GIT_NO_LAZY_FETCH: no protocol is allowed either.
        GIT_ALLOW_PROTOCOL="none",
    )
    return environment


def start_git(folder: Path, arguments: Sequence[str], *, binary_input: bool = False) -> "Popen[bytes]":
    """Start git in `folder`. Raises GitError when the program is missing.

    `binary_input` opens a pipe to its standard input.
    """
    from subprocess import DEVNULL, PIPE, Popen

    try:
        return Popen(
            ["git", *HARDENING, "-C", os.fspath(folder), *arguments],
            stdin=PIPE if binary_input else DEVNULL, stdout=PIPE, stderr=PIPE, env=git_environment(),
        )  # fmt: skip
    except OSError as error:
        raise GitError("git cannot be run", "Install git, or work without history.") from error


def run_git(folder: Path, *arguments: str, data: bytes | None = None) -> bytes:
    """The standard output of one git command run in `folder`.

    Raises GitError, with git's own words, when it fails or is missing. No text of a user's
    may stand where git would read it as an option: callers pass `--end-of-options` or `--`.
    """
    process = start_git(folder, arguments, binary_input=data is not None)
    output, errors = process.communicate(data)
    if process.returncode != 0:
        words = errors.decode("utf-8", "replace").strip().splitlines()
        raise GitError(words[-1] if words else f"git {arguments[0]} failed")
    return output
