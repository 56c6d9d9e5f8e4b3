"""The commits of a repository as a walk through time: the main line, what it merged, and what each changed.

The main line is HEAD and its first parents: what a checkout of the branch has held. Paths are
relative to the folder asked about, POSIX. Looking runs no program that the repository names.
"""

import os
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from kbcli.errors import GitError
from kbcli.foundation.git.process import run_git

LINK_MODE = "120000"
_SUBMODULE_MODE = "160000"
_LOG = (
    "-c", "log.showRoot=true", "log", "--raw", "-z", "--no-abbrev", "--no-color", "--encoding=UTF-8", "--date-order",
    "--no-ext-diff", "--no-textconv", "--ignore-submodules=all", "--format=%x01%H%x00%at%x00%s%x00%b%x00",
)  # fmt: skip
# A squash merge leaves trailers in the middle of a message, so every line counts.
_EVIDENCE = re.compile(r"^Evidence:[ \t]*\S", re.IGNORECASE | re.MULTILINE)


class Head(NamedTuple):
    """Where history ends: `sha` is "" where git knows nothing, and `why` says so; `prefix` is the folder's."""

    sha: str = ""
    shallow: bool = False
    prefix: str = ""
    why: str = ""


class Change(NamedTuple):
    """One file that a commit changed.

    `action` is git's letter (A M D R C T). `blob` is "" where the file was deleted, `old_path`
    where it was not renamed. `old_blob` is that of the (first) parent, "" for a new file;
    `other_blobs` are those of a merge's other parents.
    """

    action: str
    path: str
    blob: str
    old_path: str
    old_blob: str
    mode: str
    other_blobs: tuple[str, ...]


class Commit(NamedTuple):
    """One commit with its changes; `authored` is Unix time.

    `merge` tells that `changes` are the combined ones, `evidence` that its message has a line `Evidence: …`.
    """

    sha: str
    authored: int
    subject: str
    evidence: bool
    changes: tuple[Change, ...]
    merge: bool


@dataclass(frozen=True)
class Mainline:
    """HEAD and its first parents, oldest first, with the time of each commit (committer, Unix time).

    `positions` gives for every commit the number of the oldest one on the main line that has it.
    """

    shas: tuple[str, ...]
    seconds: tuple[int, ...]
    positions: Mapping[str, int]

    @cached_property
    def _monotone(self) -> tuple[list[int], list[int]]:
        """Times and numbers of those commits that no later one precedes in time."""
        times: list[int] = []
        numbers: list[int] = []
        earliest: int | None = None
        for number in range(len(self.seconds) - 1, -1, -1):
            if earliest is None or self.seconds[number] < earliest:
                earliest = self.seconds[number]
                times.append(earliest)
                numbers.append(number)
        return times[::-1], numbers[::-1]

    def find_last(self, moment: int) -> int | None:
        """The number of the last commit not after a moment, as `git rev-list -1 --first-parent --before` has it."""
        times, numbers = self._monotone
        place = bisect_right(times, moment)
        return numbers[place - 1] if place else None


def find_head(folder: Path) -> Head:
    """The commit at HEAD and what kind of clone this is. Never raises."""
    try:
        answer = os.fsdecode(run_git(folder, "rev-parse", "--is-shallow-repository", "--show-prefix"))
    except GitError as error:
        return Head(why=error.message)
    first, _, rest = answer.partition("\n")
    shallow, prefix = first == "true", rest.removesuffix("\n")
    try:
        sha = run_git(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").decode().strip()
    except GitError:
        return Head(shallow=shallow, prefix=prefix, why="there are no commits yet")
    return Head(sha, shallow, prefix)


def read_mainline(folder: Path, head: str) -> Mainline:
    """The main line that ends at a commit, and where each commit joined it. Raises GitError."""
    parents: dict[str, list[str]] = {}
    times: dict[str, int] = {}
    for line in (
        run_git(folder, "log", "--format=%H %ct %P", "--end-of-options", head).decode("ascii").splitlines()
    ):
        sha, seconds, *others = line.split(" ")
        parents[sha] = [other for other in others if other]
        times[sha] = int(seconds)
    chain = [head]
    while parents[chain[-1]] and parents[chain[-1]][0] in parents:
        chain.append(parents[chain[-1]][0])
    chain.reverse()
    positions: dict[str, int] = {}
    for number, sha in enumerate(chain):
        open_commits = [sha]
        while open_commits:
            commit = open_commits.pop()
            if commit not in positions and commit in parents:
                positions[commit] = number
                open_commits += parents[commit]
    return Mainline(tuple(chain), tuple(times[sha] for sha in chain), positions)


def read_commits(folder: Path, head: Head) -> tuple[Commit, ...]:
    """Every commit that changed something below `folder`, oldest first, in the order of `load_history`.

    Renames are followed; a file that came from outside begins here. Raises GitError.
    """
    # Judging similar files needs their content, which a clone without blobs lacks: same content then.
    try:
        output = run_git(folder, *_LOG, "-M", "-c", "--end-of-options", head.sha, "--", ".")
    except GitError:
        output = run_git(folder, *_LOG, "-M100%", "-c", "--end-of-options", head.sha, "--", ".")
    return tuple(reversed(list(_parse_commits(output, head.prefix))))


def read_steps(folder: Path, head: Head, *, whole: bool = False) -> tuple[Commit, ...]:
    """What each commit of the main line changed against the one before it, oldest first, renames as two changes.

    `whole` takes in the whole repository; paths are then relative to its top. Raises GitError.
    """
    scope = (":/",) if whole else (".",)
    output = run_git(
        folder, *_LOG, "--first-parent", "-m", "--no-renames", "--end-of-options", head.sha, "--", *scope
    )  # fmt: skip
    return tuple(reversed(list(_parse_commits(output, "" if whole else head.prefix))))


def _parse_commits(output: bytes, prefix: str) -> Iterator[Commit]:
    """Read `git log --raw -z`, also the combined form of merges (`::mode…`)."""
    tokens = iter(os.fsdecode(output).split("\0"))
    facts: tuple[str, int, str, bool] | None = None
    changes: list[Change] = []
    merge = False
    for piece in tokens:
        token = piece.lstrip("\n")
        if token.startswith("\x01"):
            if facts is not None:
                yield Commit(*facts, tuple(changes), merge)
            seconds, subject, body = next(tokens, "0"), next(tokens, ""), next(tokens, "")
            evidence = _EVIDENCE.search(body) is not None
            facts = token[1:], int(seconds) if seconds.isdecimal() else 0, _clean(subject), evidence
            changes, merge = [], False
        elif token.startswith(":"):
            change, combined = _read_change(token, tokens, prefix)
            merge = merge or combined
            if change is not None:
                changes.append(change)
    if facts is not None:
        yield Commit(*facts, tuple(changes), merge)


def _read_change(token: str, tokens: Iterator[str], prefix: str) -> tuple[Change | None, bool]:
    parents = len(token) - len(token.lstrip(":"))
    parts = token[parents:].split(" ")
    status, mode = parts[-1], parts[parents]
    first = next(tokens, "")
    renamed = parents == 1 and status[:1] in ("R", "C")
    path = next(tokens, "") if renamed else first
    if mode == _SUBMODULE_MODE:
        return None, parents > 1
    blob, old_blob = _drop_zeros(parts[2 * parents + 1]), _drop_zeros(parts[parents + 1])
    action = status[0] if parents == 1 else "D" if not blob else "M"
    old = _strip(first, prefix) if renamed else ""
    others = tuple(_drop_zeros(part) for part in parts[parents + 2 : 2 * parents + 1])
    return Change(action, _strip(path, prefix), blob, old, old_blob, mode, others), parents > 1


def _drop_zeros(blob: str) -> str:
    return blob if blob.strip("0") else ""


def _strip(path: str, prefix: str) -> str:
    if path.startswith(prefix):
        return path.removeprefix(prefix)
    return os.path.relpath("/" + path, "/" + prefix).replace(os.sep, "/")


def _clean(text: str) -> str:
    """What a person wrote; bytes that were not UTF-8 become replacement characters."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
