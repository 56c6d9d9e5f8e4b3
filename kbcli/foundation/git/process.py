"""Running the git program, hardened: a hostile repository's config must not run anything."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kbcli.errors import GitError, GitUnusableError
from kbcli.foundation.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import IO

# Settings of the repository that name programs git would run for a mere look at it.
_HARMLESS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "log.showSignature=false",
    "diff.external=",
    "core.pager=cat",
    # A folder of the repository may look like a repository of its own, with settings and branches as its author likes.
    "safe.bareRepository=explicit",
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
        # A clone may say that one object is to be taken for another, or that a commit stands on others.
        GIT_NO_REPLACE_OBJECTS="1",
        GIT_GRAFT_FILE=os.devnull,
        GIT_PAGER="cat",
        LC_ALL="C.UTF-8",
        # Git before 2.39.4 does not know of GIT_NO_LAZY_FETCH: no protocol is allowed either.
        GIT_ALLOW_PROTOCOL="none",
    )
    return environment


def run_git(folder: Path, *arguments: str, data: bytes = b"", index: str = "") -> bytes:
    """The standard output of one git command run in `folder`, which is given `data` to read, and `index` for its index.

    Raises GitError, with git's own words, when it fails or is missing. No text of a user's
    may stand where git would read it as an option: callers pass `--end-of-options` or `--`.
    """
    import subprocess

    environment = git_environment()
    if index:
        environment["GIT_INDEX_FILE"] = index
    with _name_missing():
        done = subprocess.run(
            _make_command(folder, arguments),
            input=data,
            capture_output=True,
            check=False,
            env=environment,
        )
    _judge(done.returncode, done.stderr, arguments)
    return done.stdout


def ask_git(folder: Path, *arguments: str, data: bytes = b"") -> bytes | None:
    """As `run_git`; None where git fails or is missing."""
    try:
        return run_git(folder, *arguments, data=data)
    except GitError:
        return None


@contextmanager
def open_git(folder: Path, *arguments: str, data: bytes) -> "Iterator[IO[bytes]]":
    """As `run_git`, the output to be read while git runs. Whoever stops early stops git."""
    import subprocess
    import tempfile

    # Files, as nobody reads one pipe while waiting for another.
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as errors:
        source.write(data)
        source.seek(0)
        with _name_missing():
            process = subprocess.Popen(
                _make_command(folder, arguments),
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=git_environment(),
            )
        with process:
            assert process.stdout is not None
            yield process.stdout
        errors.seek(0)
        _judge(process.returncode, errors.read(), arguments)


def _make_command(folder: Path, arguments: tuple[str, ...]) -> list[str]:
    return ["git", *HARDENING, "-C", os.fspath(folder), *arguments]


@contextmanager
def _name_missing() -> "Iterator[None]":
    try:
        yield
    except FileNotFoundError as error:
        raise GitUnusableError(
            "git cannot be run: it is not installed", "Install git, or work without history."
        ) from error
    except OSError as error:
        raise GitUnusableError("git cannot be run", "Install git, or work without history.") from error


def _judge(code: int, errors: bytes, arguments: tuple[str, ...]) -> None:
    if b"detected dubious ownership" in errors:
        words = errors.decode("utf-8", "replace").strip().splitlines()
        raise GitUnusableError(
            "git refuses this repository, as it belongs to somebody else (dubious ownership)",
            f"If you trust it: {words[-1].strip()}",
            is_refusal=True,
        )
    if code != 0:
        words = errors.decode("utf-8", "replace").strip().splitlines()
        raise GitError(words[-1] if words else f"git {arguments[0]} failed")


def name_other_tree(folder: Path, work_tree: Path) -> tuple[str, ...]:
    """Options with which git, run in `work_tree`, takes it for the work tree of the repository around `folder`."""
    git_folder = os.fsdecode(run_git(folder, "rev-parse", "--absolute-git-dir")).removesuffix("\n")
    return (f"--git-dir={git_folder}", f"--work-tree={work_tree}")
