"""Commits by name, what they have in common with HEAD, and their files laid out in a folder."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from kbcli.errors import GitError
from kbcli.files.gitprocess import run_git

_HEX = re.compile(r"[0-9a-f]{40,64}\Z")
_SUBMODULE, _LINK = b"160000", b"120000"


def resolve_commit(folder: Path, revision: str) -> str:
    """The full ID of the commit that a revision names. Raises GitError with the next step as its hint."""
    try:
        output = run_git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except GitError as error:
        if is_shallow(folder):
            hint = "This clone is shallow: fetch it, such as `git fetch --depth=1 origin main`."
        else:
            hint = "Name a branch, a tag or a commit that this clone has, such as origin/main."
        raise GitError(f"there is no commit “{revision}” here", hint) from error
    return output.decode().strip()


def is_shallow(folder: Path) -> bool:
    """Whether the clone's history is cut off."""
    try:
        return run_git(folder, "rev-parse", "--is-shallow-repository").strip() == b"true"
    except GitError:
        return False


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
            hint = "This clone is shallow: run `git fetch --deepen=1000` once, or clone with the whole history."
        raise GitError(f"HEAD and “{revision}” have no commit in common here", hint) from error


def find_renames(folder: Path, base: str) -> Mapping[str, str]:
    """Old to new paths, from the git root, of files renamed between a commit and git's index.

    The working tree is not looked at: that would run the filters of a repository's own config.
    """
    output = run_git(
        folder, "diff", "--cached", "--no-ext-diff", "--no-textconv", "--name-status", "-z", "-M", "--diff-filter=R",
        "--end-of-options", base,
    )  # fmt: skip
    parts = [os.fsdecode(part) for part in output.split(b"\0") if part]
    return dict(zip(parts[1::3], parts[2::3], strict=False))


def export_tree(git_root: Path, commit: str, target: Path, has_content: Callable[[str], bool]) -> None:
    """Lay a commit's files out in an empty folder, without running any filter or hook.

    Files for which `has_content` is false are made empty: enough for links to find them. Names
    that could leave the folder are left out; symbolic links are made as they are, for the
    reader to judge. Raises GitError.
    """
    entries = run_git(git_root, "ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit)
    wanted: list[tuple[str, str]] = []
    links: list[tuple[str, str]] = []
    made: set[str] = set()
    for entry in entries.split(b"\0"):
        facts, _, name = entry.partition(b"\t")
        path = os.fsdecode(name)
        if not name or not _is_plain(path):
            continue
        mode, _, blob = facts.split(b" ")[:3]
        full = os.path.join(target, path)
        folder = full if mode == _SUBMODULE else os.path.dirname(full)
        if folder not in made:
            os.makedirs(folder, exist_ok=True)
            made.add(folder)
        if mode == _LINK:
            links.append((full, blob.decode()))
        elif mode != _SUBMODULE and has_content(path):
            wanted.append((full, blob.decode()))
        elif mode != _SUBMODULE:
            with open(full, "wb"):
                pass
    _write_blobs(git_root, wanted, links)


def _is_plain(path: str) -> bool:
    parts = path.split("/")
    return not path.startswith("/") and not any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)


def _write_blobs(git_root: Path, files: list[tuple[str, str]], links: list[tuple[str, str]]) -> None:
    """Write the files first and the links last, so that nothing is ever written through a link."""
    from kbcli.files.history import read_blobs

    contents = read_blobs(git_root, {blob for _, blob in (*files, *links)})
    for full, blob in files:
        with open(full, "wb") as stream:
            stream.write(contents.get(blob, b""))
    for full, blob in links:
        try:
            os.symlink(os.fsdecode(contents.get(blob, b"")), full)
        except (OSError, ValueError):
            continue
