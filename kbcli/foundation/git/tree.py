"""The files of one commit, and which files of the work tree are not as that commit has them."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from kbcli.foundation.git.process import run_git

_SUBMODULE = "160000"
_SHA1_DIGITS = 40


class TreeFile(NamedTuple):
    """One file of a commit: its blob and its mode (`120000` is a symbolic link)."""

    blob: str
    mode: str


def read_tree(git_root: Path, commit: str) -> Mapping[str, TreeFile]:
    """Every file of a commit by its path from the git root, submodules left out. Raises GitError."""
    output = run_git(git_root, "ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit)
    files: dict[str, TreeFile] = {}
    for entry in output.split(b"\0"):
        facts, _, name = entry.partition(b"\t")
        if name:
            mode, _, blob = facts.decode("ascii").split(" ")[:3]
            if mode != _SUBMODULE:
                files[os.fsdecode(name)] = TreeFile(blob, mode)
    return files


def list_changed_paths(folder: Path, git_root: Path, commit: str, paths: Iterable[str]) -> frozenset[str]:
    """Those of `paths` (below `folder`) that are not in a commit as they stand on disk.

    It makes no difference whether the change is committed, staged, unstaged or untracked. Files
    are read and digested as git does it, because asking git for them would run the filters
    that the repository's own config names; CRLF counts as LF. Raises GitError.
    """
    tree = read_tree(git_root, commit)
    prefix = os.path.relpath(folder, git_root).replace(os.sep, "/")
    before = "" if prefix == "." else f"{prefix}/"
    return frozenset(path for path in paths if not _is_same(folder / path, tree.get(before + path)))


def _is_same(full: Path, entry: TreeFile | None) -> bool:
    if entry is None:
        return False
    try:
        data = os.fsencode(os.readlink(full)) if full.is_symlink() else full.read_bytes()
    except OSError:
        return False
    return entry.blob in (
        digest_blob(data, entry.blob),
        digest_blob(data.replace(b"\r\n", b"\n"), entry.blob),
    )


def digest_blob(data: bytes, like: str) -> str:
    """The ID that git gives to a blob, in the kind of hash that another ID has."""
    # https://git-scm.com/book/en/v2/Git-Internals-Git-Objects, "Object Storage"
    digest = hashlib.sha1 if len(like) == _SHA1_DIGITS else hashlib.sha256
    return digest(b"blob %d\0" % len(data) + data).hexdigest()
