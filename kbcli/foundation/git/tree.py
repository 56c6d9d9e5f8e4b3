"""The files of one commit, and which files of the work tree are not as that commit has them."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from posixpath import dirname, join, normpath

from kbcli.foundation.git.blobs import digest_blob, read_blobs
from kbcli.foundation.git.log import Version
from kbcli.foundation.git.process import run_git
from kbcli.foundation.typed import NamedTuple

_LINK, _SUBMODULE = "120000", "160000"
_MOST_HOPS = 8


class TreeFile(NamedTuple):
    """One file of a commit: its blob and its mode."""

    blob: str
    mode: str

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return self.mode == _LINK


class Tree:
    """The files of a commit by their path from the git root. `submodules` are the commits of those.

    It can be moved on to the next commit.
    """

    def __init__(self, git_root: Path, files: Mapping[str, TreeFile] | None = None) -> None:
        self.git_root = git_root
        self.files: dict[str, TreeFile] = dict(files or {})
        self.submodules: dict[str, str] = {}
        self._targets: dict[str, str] = {}

    def move(self, changes: Iterable[Version]) -> None:
        """Apply what a commit changed."""
        for change in changes:
            if change.blob:
                self.files[change.path] = TreeFile(change.blob, change.mode)
            else:
                self.files.pop(change.path, None)

    def read_target(self, path: str) -> str:
        """Where the symbolic link at a path leads, as it says. Raises GitError."""
        blob = self.files[path].blob
        if blob not in self._targets:
            unknown = {file.blob for file in self.files.values() if file.is_link} - self._targets.keys()
            found = read_blobs(self.git_root, unknown)
            self._targets |= {blob: os.fsdecode(found.get(blob, b"")) for blob in unknown}
        return self._targets[blob]

    def find_blob(self, path: str) -> str:
        """The blob of a file, links to other files of the tree followed; "" when that leads nowhere. Raises GitError."""
        for _ in range(_MOST_HOPS):
            file = self.files.get(path)
            if file is None or not file.is_link:
                return "" if file is None else file.blob
            path = normpath(join(dirname(path), self.read_target(path)))
        return ""


def read_tree(git_root: Path, commit: str) -> Tree:
    """Every file of a commit. Raises GitError."""
    output = run_git(git_root, "ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit)
    tree = Tree(git_root)
    for entry in output.split(b"\0"):
        facts, _, name = entry.partition(b"\t")
        if name:
            mode, _, blob = facts.decode("ascii").split(" ")[:3]
            if mode == _SUBMODULE:
                tree.submodules[os.fsdecode(name)] = blob
            else:
                tree.files[os.fsdecode(name)] = TreeFile(blob, mode)
    return tree


def list_changed_paths(folder: Path, git_root: Path, commit: str, paths: Iterable[str]) -> frozenset[str]:
    """Those of `paths` (below `folder`) that are not in a commit as they stand on disk.

    It makes no difference whether the change is committed, staged, unstaged or untracked. Files
    are read and digested as git does it, because asking git for them would run the filters
    that the repository's own config names; CRLF counts as LF. Raises GitError.
    """
    files = read_tree(git_root, commit).files
    prefix = os.path.relpath(folder, git_root).replace(os.sep, "/")
    before = "" if prefix == "." else f"{prefix}/"
    return frozenset(path for path in paths if not _is_same(folder / path, files.get(before + path)))


def _is_same(full: Path, file: TreeFile | None) -> bool:
    if file is None:
        return False
    try:
        data = os.fsencode(os.readlink(full)) if full.is_symlink() else full.read_bytes()
    except OSError:
        return False
    return file.blob in (digest_blob(data, file.blob), digest_blob(data.replace(b"\r\n", b"\n"), file.blob))
