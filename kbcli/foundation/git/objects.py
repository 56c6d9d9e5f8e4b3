"""What git keeps: the contents of files (blobs), by IDs that tell them apart, and the files of a commit (its tree)."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from posixpath import dirname, join, normpath

from kbcli.errors import GitError
from kbcli.foundation.git.log import Version
from kbcli.foundation.git.process import ask_git, open_git, run_git
from kbcli.foundation.typed import NamedTuple, compile_late

DIGEST_SIZE = 16
_SHA1_DIGITS = 40
UNUSED = (b"unspecified", b"unset")
"""Values of an attribute of git's that is not in use."""

_BLOB = compile_late(r"([0-9a-f]{40,64}) blob \d+\Z")


def read_blob(folder: Path, blob: str) -> bytes | None:
    """The content of a blob, None when the repository does not have it."""
    return read_blobs(folder, [blob]).get(blob)


def read_blobs(folder: Path, blobs: Iterable[str]) -> dict[str, bytes]:
    """As `iterate_blobs`, all at once."""
    return dict(iterate_blobs(folder, blobs))


def iterate_blobs(folder: Path, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The contents of many blobs through one process, in their order; those that are missing are left out.

    Raises GitError when git cannot be asked at all, and for blobs that a partial clone left out.
    """
    absent = dict.fromkeys(blob for blob in blobs if blob.isalnum() and blob.isascii())
    for name, kind, data in iterate_objects(folder, list(absent)):
        del absent[name]
        if kind == b"blob":
            yield name, data
    # Git 2.39 stops by itself at a blob that a partial clone left out, 2.53 only calls it missing.
    if absent and ask_git(folder, "config", "--get-regexp", r"^remote\..*\.(promisor|partialclonefilter)$"):
        hint = "Run `git fetch --refetch --no-filter` once, or clone without --filter."
        raise GitError(f"this partial clone was made without blob {next(iter(absent))}", hint)


def iterate_objects(folder: Path, names: Sequence[str]) -> Iterator[tuple[str, bytes, bytes]]:
    """ID, kind and content of objects, those that are there. Raises GitError."""
    if not names:
        return
    asked = "".join(f"{name}\n" for name in names).encode("ascii")
    with open_git(folder, "cat-file", "--batch", data=asked) as stream:
        for name in names:
            facts = stream.readline().split()
            if len(facts) == 3:
                data = stream.read(int(facts[2]))
                stream.read(1)
                yield name, facts[1], data


def find_blobs_at(folder: Path, commits: Iterable[str], path: str) -> dict[str, str]:
    """The blob that a file (below `folder`) was in each of these commits, "" where it was not there. Raises GitError."""
    chosen = list(dict.fromkeys(commits))
    names = "".join(f"{commit}:./{path}\n" for commit in chosen)
    lines = run_git(folder, "cat-file", "--batch-check", data=os.fsencode(names)).decode("utf-8", "replace")
    found = (_BLOB.match(line) for line in lines.split("\n"))
    return {commit: match[1] if match else "" for commit, match in zip(chosen, found, strict=False)}


def read_written(folder: Path, path: str) -> bytes | None:
    """What git writes to disk of a file (below `folder`) of its index; None where a filter would, which is not run."""
    if run_git(folder, "check-attr", "-z", "filter", "--", path).split(b"\0")[2] not in UNUSED:
        return None
    return ask_git(folder, "cat-file", "--filters", f":./{path}")


def is_kept_as_written(folder: Path, path: str, blob: str, data: bytes) -> bool:
    """Whether git makes this blob of what it writes to disk for it (below `folder`), so that the one tells the other."""
    made = run_git(folder, "hash-object", "--stdin", f"--path={path}", data=data).decode("ascii").strip()
    return made == blob


def digest_blob(data: bytes, like: str = "0" * _SHA1_DIGITS) -> str:
    """The ID that git gives to a blob, in the kind of hash that another ID has."""
    # https://git-scm.com/book/en/v2/Git-Internals-Git-Objects, "Object Storage"
    digest = hashlib.sha1 if len(like) == _SHA1_DIGITS else hashlib.sha256
    return digest(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()


def digest_content(data: bytes) -> bytes:
    """The digest of a file's bytes, as the index and the caches know it: BLAKE2b of 16 bytes."""
    return hashlib.blake2b(data, digest_size=DIGEST_SIZE).digest()


class FileContents:
    """The digests of files by path, filled as they are read. `blobs` are those of a SHA-1 repository."""

    def __init__(self) -> None:
        self.digests: dict[str, bytes] = {}
        self.blobs: dict[str, str] = {}

    def note(self, path: str, data: bytes) -> None:
        """Take note of what was read from a file."""
        self.digests[path] = digest_content(data)
        self.blobs[path] = digest_blob(data)


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
