"""What kb does to a repository: committing for the user, and saying how a file is to be merged.

The only importer of GitPython.
"""

import os
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from kbcli.errors import GitError, RefusedError
from kbcli.foundation.disk.files import create_file, replace_file
from kbcli.foundation.git.objects import list_changed_paths
from kbcli.foundation.git.people import CONTROL, Person
from kbcli.foundation.git.process import ask_git, run_git
from kbcli.foundation.git.worktree import find_git_root, list_tracked_files
from kbcli.foundation.typed import TYPE_CHECKING, compile_late

if TYPE_CHECKING:
    from typing import BinaryIO

_NO_NAME = compile_late(r"[\x00-\x1f\x7f<>]+")
_TRIES, _SETTLES, _PAUSE = 20, 8, 0.1

# The lock of git's index, where a copy of that lies while what is checked out is held.
_held_index: ContextVar[str] = ContextVar("held_index", default="")

ATTRIBUTES_NAME = ".gitattributes"


def commit_files(
    folder: Path,
    paths: Sequence[str],
    message: str,
    trailers: Sequence[tuple[str, str]] = (),
    author: Person | None = None,
) -> str:
    """Commit exactly these files (new, changed or gone) whatever else is staged; returns the commit's ID, "" where HEAD has them as they are.

    `paths` are relative to `folder`; of a symbolic link it is the file that it leads to. It is the user's own commit: their hooks and signing
    apply; `author` is who changed the files, where that is somebody else. Raises GitError with git's words, and then leaves what is staged as it was.
    """
    root = find_git_root(folder)
    if root is None:
        hint = "Run `git init` there, or leave out --commit."
        raise GitError(f"{folder} is not in a git repository", hint)
    top, base = os.path.realpath(root), os.path.realpath(folder)
    # Writes follow links, and git does not.
    full = [os.path.realpath(os.path.join(base, path)) for path in paths]
    names = list(dict.fromkeys(os.path.relpath(path, top).replace(os.sep, "/") for path in full))
    lines = [f"{CONTROL.sub(' ', name)}: {CONTROL.sub(' ', value).strip()}" for name, value in trailers]
    text = message.strip() + ("\n\n" + "\n".join(lines) if lines else "")
    known = set(list_tracked_files(root))
    # A file that git never knew and that was moved away is nothing to commit.
    names = [name for name in names if name in known or os.path.lexists(os.path.join(top, name))]
    fresh = [name for name in names if name not in known]
    if fresh:
        _run(root, fresh, "add", "--intent-to-add")
    try:
        named = [] if author is None else [f"--author={_name_author(author)}"]
        _run(root, names, "commit", "--only", f"--message={text}", *named)
    except GitError:
        if fresh:
            _run(root, fresh, "rm", "--cached", "--quiet", "--force")
        # What was written again as it stood, such as a stamp of the same day, is no failure.
        elif not _list_changed(root, names):
            return ""
        raise
    return run_git(root, "rev-parse", "HEAD").decode().strip()


def _list_changed(root: Path, names: Sequence[str]) -> Collection[str]:
    """Those of some files that HEAD has otherwise, all of them where there is none."""
    try:
        return list_changed_paths(root, root, "HEAD", names)
    except GitError:
        return names


@contextmanager
def hold_checkout(folder: Path) -> Iterator[None]:
    """Keep every git from switching branches, merging or pulling, by the lock that git takes for these; what this thread commits goes on.

    A pull that has written its files and not yet its commit is waited for. Raises RefusedError where another git has that lock, and keeps it.
    """
    found = ask_git(folder, "rev-parse", "--path-format=absolute", "--git-path", "index")
    index = os.fsdecode(found or b"").strip()
    if not os.path.exists(index):
        yield
        return
    lock = f"{index}.lock"
    for rest in range(_SETTLES, -1, -1):
        _copy_to_lock(index, lock)
        if not rest or ask_git(folder, "diff-index", "--cached", "--quiet", "HEAD", "--") is not None:
            break  # what somebody staged and left is theirs
        os.unlink(lock)
        time.sleep(_PAUSE)
    before = _held_index.set(lock)
    try:
        yield
    finally:
        _held_index.reset(before)
        # Also what was committed is in it now.
        os.replace(lock, index)


def _copy_to_lock(index: str, lock: str) -> None:
    handle = _create_lock(lock)
    try:
        with open(handle, "wb") as stream:
            stream.write(Path(index).read_bytes())
    except OSError:
        os.unlink(lock)
        raise


def _create_lock(lock: str) -> int:
    for rest in range(_TRIES, -1, -1):
        try:
            return os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        except FileExistsError:
            if rest:
                time.sleep(_PAUSE)
    hint = f"Try again. If no other git is at work there, remove {lock}."
    raise RefusedError("another git is at work in this repository", hint)


def _name_author(person: Person) -> str:
    """A person as git takes an author: nothing in the name ends it or begins another field."""
    name, email = (_NO_NAME.sub(" ", text).strip() for text in person)
    return f"{name or email.partition('@')[0] or 'somebody'} <{email}>"


def push_branch(folder: Path, branch: str) -> None:
    """Send a branch, whatever is checked out, to the remote `origin`, as the user would; never by force. Raises GitError."""
    root = find_git_root(folder)
    if root is None or not branch or branch.startswith("-"):
        raise GitError(f"there is nothing to push to “{branch}”")
    name = f"refs/heads/{branch}"
    _execute(root, "push", "--porcelain", "--end-of-options", "origin", f"{name}:{name}", seconds=30)


def count_unshared(folder: Path) -> int | None:
    """How many commits no remote has; None where there is no remote, or no git."""
    remotes = ask_git(folder, "for-each-ref", "--count=1", "refs/remotes")
    if not remotes:
        return None
    counted = ask_git(folder, "rev-list", "--count", "HEAD", "--not", "--remotes")
    return int(counted) if counted else None


def _run(root: Path, names: Sequence[str], *arguments: str) -> None:
    """Run git as the user would, with their hooks and signing, on these files: any number of them, by standard input."""
    from tempfile import TemporaryFile

    with TemporaryFile() as stream:
        stream.write(b"\0".join(map(os.fsencode, names)))
        stream.seek(0)
        _execute(root, *arguments, "--pathspec-from-file=-", "--pathspec-file-nul", stream=stream)


def _execute(
    root: Path, *arguments: str, stream: "BinaryIO | None" = None, seconds: float | None = None
) -> None:
    # GitPython runs git when it is imported, and raises without one.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    from git import Git
    from git.exc import CommandError

    command = ("git", "-c", "core.fsmonitor=false", *arguments)
    environment = {"GIT_LITERAL_PATHSPECS": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"}
    if index := _held_index.get():
        environment["GIT_INDEX_FILE"] = index
    for rest in range(_TRIES, -1, -1):
        if stream is not None:
            stream.seek(0)
        try:
            Git(root).execute(command, istream=stream, env=environment, kill_after_timeout=seconds)
        except CommandError as error:
            quoted = f"{error.stderr}\n{error.stdout}".replace("stderr: '", "").replace("stdout: '", "")
            # Another git holds its lock for a moment.
            if rest and "index.lock" in quoted:
                time.sleep(_PAUSE)
                continue
            said = [line.strip(" '") for line in quoted.splitlines() if line.strip(" '")] or [
                "no reason given"
            ]
            hint = "Nothing was committed; the files are written."
            raise GitError(f"git {arguments[0]} failed: {said[-1]}", hint) from error
        return


def add_merge_driver(folder: Path, name: str, driver: str) -> str:
    """Name the merge driver of a file in `folder`, in the `.gitattributes` beside it; the line that was added.

    "" where the repository says already how to merge the file, whatever it says. The rest of
    `.gitattributes` stays byte for byte. Raises GitError outside of git, RefusedError for a
    `.gitattributes` that is no regular file (git reads no link there) or no text, OSError when
    the disk refuses.
    """
    if find_merge_driver(folder, name) != "unspecified":
        return ""
    path = folder / ATTRIBUTES_NAME
    line = f"{name} merge={driver}"
    hint = f"Add the line “{line}” to it."
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise RefusedError("it is not a regular file", hint)
    if not path.exists():
        create_file(path, f"{line}\n".encode())
        return line
    before = path.read_bytes()
    if b"\0" in before:
        raise RefusedError("it is not a text that git reads", hint)
    newline = b"\r\n" if b"\r\n" in before else b"\n"
    start = newline if before and not before.endswith(b"\n") else b""
    replace_file(path, before + start + line.encode() + newline, expected=before)
    return line


def find_merge_driver(folder: Path, name: str) -> str:
    """What the repository says of merging a file: `union`, `unset` …, `unspecified` when nothing. Raises GitError.

    The user's own attributes do not count: nobody else has them.
    """
    arguments = ("-c", "core.attributesFile=/dev/null", "check-attr", "-z", "merge", "--", name)
    return run_git(folder, *arguments).split(b"\0")[2].decode("utf-8", "replace")
