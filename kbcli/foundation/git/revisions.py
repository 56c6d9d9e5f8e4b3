"""Commits by name, what HEAD has in common with one, what was renamed since, and how commits differ."""

import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from kbcli.errors import GitError, GitUnusableError
from kbcli.foundation.git.log import CHANGES, Changes, Head, parse_changes
from kbcli.foundation.git.process import ask_git, run_git
from kbcli.foundation.typed import compile_late

# Comparing takes the square of it: a person's own setting decides neither the time nor the answer.
_RENAME_LIMIT = "-l2000"
# How far back the clocks of committers are asked; who forges more of them is seen.
_RECENT = "-500"
_LAST_SECOND = 253_402_300_799
_FULL_ID = compile_late("[0-9a-f]{40}|[0-9a-f]{64}")
_REF_FORMAT = "--format=%(objectname) %(refname)"


def resolve_commit(folder: Path, revision: str) -> str:
    """The full ID of the commit that a revision names. Raises GitError with the next step as its hint.

    A name that a branch and a tag share, say, is refused: whoever may push the one would choose what is compared.
    """
    # A full ID is that of an object, whatever a branch is called.
    kinds = () if _FULL_ID.fullmatch(revision) else ("", "tags/", "heads/", "remotes/")
    names = [f"refs/{kind}{revision}" for kind in kinds]
    output = run_git(folder, "for-each-ref", _REF_FORMAT, *names) if names else b""
    found = [words.split(b" ") for words in output.splitlines()]
    same = [
        (commit, name.decode("utf-8", "replace")) for commit, name in found if name in map(os.fsencode, names)
    ]
    if len({commit for commit, _ in same}) > 1:
        listed = ", ".join(name for _, name in same)
        raise GitError(
            f"“{revision}” is ambiguous: {listed}", "Name the one that is meant, such as refs/heads/main."
        )
    try:
        output = run_git(
            folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
    except GitUnusableError:
        raise
    except GitError as error:
        if is_shallow(folder):
            hint = "This clone is shallow: fetch it, such as `git fetch --depth=1 origin main`."
        else:
            hint = "Name a branch, a tag or a commit that this clone has, such as origin/main."
        raise GitError(f"there is no commit “{revision}” here", hint) from error
    return output.decode().strip()


def list_refs(folder: Path) -> list[str]:
    """The short names of branches, those of remotes and tags. Raises GitError."""
    return run_git(folder, "for-each-ref", "--format=%(refname:short)").decode("utf-8", "replace").split("\n")


def read_branch(folder: Path) -> str:
    """The branch that is checked out; "" for none, or outside of git."""
    named = ask_git(folder, "symbolic-ref", "-q", "HEAD") or b""
    return named.decode("utf-8", "replace").strip().removeprefix("refs/heads/")


def is_shallow(folder: Path) -> bool:
    """Whether the clone's history is cut off. Raises GitError."""
    return run_git(folder, "rev-parse", "--is-shallow-repository").strip() == b"true"


def find_merge_base(folder: Path, revision: str) -> str:
    """The newest commit that `revision` and HEAD have in common.

    On a pull request's merge commit in a shallow clone, where git cannot walk, that is
    `revision` itself when it is one of the commit's parents. Raises GitError, with the one
    deepening fetch to run, when nothing in common is known.
    """
    base = resolve_commit(folder, revision)
    try:
        output = run_git(folder, "merge-base", "--end-of-options", base, "HEAD")
        return output.decode().split()[0]
    except (GitError, IndexError) as error:
        commit = run_git(folder, "cat-file", "commit", "HEAD").decode("utf-8", "replace")
        parents = re.findall(r"^parent ([0-9a-f]+)$", commit.partition("\n\n")[0], re.MULTILINE)
        if base in parents:
            return base
        hint = "There is no commit in common; compare with a branch of the same history."
        if is_shallow(folder):
            hint = (
                "This clone is shallow: run `git fetch --deepen=1000` once, or clone with the whole history."
            )
        raise GitError(f"HEAD and “{revision}” have no commit in common here", hint) from error


def read_days(folder: Path, base: str) -> tuple[date, date | None]:
    """The UTC day on which a commit was made, and the earliest on which one was written that HEAD has beside it.

    The first is by the clocks of its committer and of those before it, as none is older than what it stands on. The second,
    None where there is no such commit, is of authors: their days outlive a rebase, and a merge of the main line does not
    make them younger. Raises GitError.
    """
    output = run_git(folder, "log", "--format=%H %ct %at", "HEAD", base, "--not", f"{base}^@")
    times = {words[0]: words[1:] for words in map(bytes.split, output.splitlines())}
    times.pop(base.encode())
    made = max(map(int, run_git(folder, "log", _RECENT, "--format=%ct", base, "--").split()))
    written = [int(seconds) for _, seconds in times.values()]
    return _find_day(made), _find_day(min(written)) if written else None


def _find_day(seconds: int) -> date:
    """The UTC day of a moment (Unix time), which whoever commits may choose freely."""
    return datetime.fromtimestamp(min(max(seconds, 0), _LAST_SECOND), UTC).date()


def find_renames(folder: Path, base: str) -> Mapping[str, str]:
    """Old to new paths, from the git root, of files renamed between a commit and git's index.

    A file that was written anew under its old name can have been renamed, too. The working tree
    is not looked at: that would run the filters of a repository's own config. In a clone without
    blobs only files with the same content are found. Raises GitError.
    """
    command = ("diff", "--cached", "--no-ext-diff", "--no-textconv", "--no-relative", "--name-status", "-z")
    scope = ("--diff-filter=R", "--end-of-options", base)
    try:
        output = run_git(folder, *command, "-M", "-B", _RENAME_LIMIT, *scope)
    except GitError:
        output = run_git(folder, *command, "-M100%", *scope)
    parts = [os.fsdecode(part) for part in output.split(b"\0") if part]
    return dict(zip(parts[1::3], parts[2::3], strict=False))


def read_commit(folder: Path, sha: str) -> Changes:
    """What a commit changed in the whole repository, a merge against its first parent; paths are from its top. Raises GitError."""
    output = run_git(folder, "show", "-m", "--first-parent", "-M", *CHANGES, "--end-of-options", sha)
    return next(parse_changes(output, ""), ())


def find_commit_before(folder: Path, revision: str, moment: int) -> str:
    """The last commit of the main line that ends at `revision` not made after a moment (Unix time); "" for none. Raises GitError."""
    scope = ("--first-parent", f"--before={moment}", "--end-of-options", revision)
    return run_git(folder, "rev-list", "-1", *scope).decode("ascii").strip()


def read_difference(folder: Path, head: Head, before: str) -> Changes:
    """How the files below `folder` at HEAD differ from those of an earlier commit ("": from none), renames followed. Raises GitError."""
    line = f"{head.sha} {before}\n".encode("ascii")
    command = ("diff-tree", "--stdin", "--root", "-r", _RENAME_LIMIT)
    try:
        output = run_git(folder, *command, "-M", *CHANGES, "--", ".", data=line)
    except GitError:
        output = run_git(folder, *command, "-M100%", *CHANGES, "--", ".", data=line)
    return next(parse_changes(output, head.prefix), ())


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
