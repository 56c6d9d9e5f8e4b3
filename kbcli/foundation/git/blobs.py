"""The contents of files as git has them: blobs, read many at a time, and the IDs that tell them apart."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kbcli.errors import GitError
from kbcli.foundation.git.process import open_git, run_git

DIGEST_SIZE = 16
_SHA1_DIGITS = 40
_BLOB = re.compile(r"([0-9a-f]{40,64}) blob \d+\Z")


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
    if absent and _is_partial(folder):
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


def _is_partial(folder: Path) -> bool:
    """Whether git may have left objects on a remote."""
    try:
        return bool(run_git(folder, "config", "--get-regexp", r"^remote\..*\.(promisor|partialclonefilter)$"))
    except GitError:
        return False


def find_blobs_at(folder: Path, commits: Iterable[str], path: str) -> dict[str, str]:
    """The blob that a file (below `folder`) was in each of these commits, "" where it was not there. Raises GitError."""
    chosen = list(dict.fromkeys(commits))
    names = "".join(f"{commit}:./{path}\n" for commit in chosen)
    lines = run_git(folder, "cat-file", "--batch-check", data=os.fsencode(names)).decode("utf-8", "replace")
    found = (_BLOB.match(line) for line in lines.split("\n"))
    return {commit: match[1] if match else "" for commit, match in zip(chosen, found, strict=False)}


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
