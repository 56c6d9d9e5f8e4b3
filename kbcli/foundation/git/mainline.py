"""The main line of a repository: HEAD and its first parents, which is what a checkout of the branch has held."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kbcli.foundation.git.log import CHANGES, Changes, Head, parse_changes
from kbcli.foundation.git.process import run_git


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


def read_differences(
    folder: Path, head: Head, shas: Sequence[str], *, whole: bool = False
) -> dict[str, Changes]:
    """By commit, how the files below `folder` differ from those of the commit before it in the list.

    The first is the first of the main line, and compared with nothing; a renamed file is two changes. `whole` takes in the whole
    repository; paths are then relative to its top. Raises GitError.
    """
    lines = "".join(f"{sha} {before}\n" for sha, before in zip(shas, ("", *shas), strict=False))
    output = run_git(
        folder,
        "diff-tree",
        "--stdin",
        "--root",
        "-r",
        "--no-renames",
        *CHANGES,
        "--",
        ":/" if whole else ".",
        data=lines.encode("ascii"),
    )
    found = parse_changes(output, "" if whole else head.prefix)
    return {changes[0].commit.sha: changes for changes in found}
