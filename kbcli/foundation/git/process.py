"""Running the git program, hardened: a hostile repository's config must not run anything."""

import os
from pathlib import Path

from kbcli.errors import GitError

# Settings of the repository that name programs git would run for a mere look at it.
_HARMLESS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "log.showSignature=false",
    "diff.external=",
    "core.pager=cat",
)
HARDENING = tuple(word for setting in _HARMLESS for word in ("-c", setting))
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


def run_git(folder: Path, *arguments: str, data: bytes | None = None) -> bytes:
    """The standard output of one git command run in `folder`.

    Raises GitError, with git's own words, when it fails or is missing. No text of a user's
    may stand where git would read it as an option: callers pass `--end-of-options` or `--`.
    """
    import subprocess

    command = ["git", *HARDENING, "-C", os.fspath(folder), *arguments]
    # Without anything to read it must not read the user's own input.
    source = subprocess.DEVNULL if data is None else None
    environment = git_environment()
    try:
        done = subprocess.run(
            command, input=data, stdin=source, capture_output=True, check=False, env=environment
        )
    except OSError as error:
        raise GitError("git cannot be run", "Install git, or work without history.") from error
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GitError(words[-1] if words else f"git {arguments[0]} failed")
    return done.stdout


def name_other_tree(folder: Path, work_tree: Path) -> tuple[str, ...]:
    """Options with which git, run in `work_tree`, takes it for the work tree of the repository around `folder`."""
    git_folder = os.fsdecode(run_git(folder, "rev-parse", "--absolute-git-dir")).removesuffix("\n")
    return (f"--git-dir={git_folder}", f"--work-tree={work_tree}")
