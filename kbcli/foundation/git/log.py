"""What git knows of the files: who created and changed them when, and under which names.

Paths are relative to the folder asked about, POSIX; a name from outside it begins with `../`.
Looking runs no program that the repository names (see `gitprocess`).
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from kbcli.errors import GitError
from kbcli.foundation.git.process import run_git

_FORMAT = "%x01%H%x00%P%x00%an%x00%ae%x00%cn%x00%ce%x00%at%x00%s%x00%(trailers:only,unfold,separator=%x1f)%x00%b%x00"
_LOG = (
    "-c", "log.showRoot=true", "log", "--raw", "-z", "--no-abbrev", "--no-color", "--encoding=UTF-8", "--date-order",
    "--no-ext-diff", "--no-textconv", "--ignore-submodules=all", f"--format={_FORMAT}",
)  # fmt: skip
_SUBMODULE_MODE = "160000"
# A squash merge joins the messages it replaces: their trailers then stand in the middle, where git sees none.
_JOINED_TRAILER = re.compile(
    r"^(Verified-by|Co-authored-by|Evidence):[ \t]*(\S.*?)[ \t]*$", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """One commit. `seconds` is when it was authored (Unix time); trailers are (name, value).

    `Verified-by`, `Co-authored-by` and `Evidence` lines in the middle of a message count as
    trailers. `parents` is how many it has.
    """

    sha: str
    author_name: str
    author_email: str
    committer_name: str
    committer_email: str
    seconds: int
    subject: str
    trailers: tuple[tuple[str, str], ...] = ()
    parents: int = 1

    @property
    def date(self) -> date:
        """The UTC day on which it was authored."""
        return datetime.fromtimestamp(self.seconds, UTC).date()


@dataclass(frozen=True, slots=True)
class Version:
    """A file as one commit left it: under which path then, and its blob ("" when it deleted it).

    `old_blob` is what the commit's parent had, "" where the file is new; `old_path` the name it
    had there, "" where it was not renamed. `other_blobs` are those of a merge's other parents.
    """

    commit: CommitInfo
    path: str
    blob: str
    old_blob: str = ""
    old_path: str = ""
    other_blobs: tuple[str, ...] = ()

    @property
    def before(self) -> tuple[str, ...]:
        """The blobs it had in those parents of the commit that had it."""
        return tuple(blob for blob in (self.old_blob, *self.other_blobs) if blob)


@dataclass(frozen=True)
class History:
    """The versions of files, newest first, renames followed; a former name leads to the same versions.

    `available` is false where git knows nothing (no git, no repository, no commits), and `why`
    says so. In a `shallow` clone the oldest version of a file is not known to be its first;
    `boundary` are the commits whose parents it lacks. `folder` is where git was asked.
    """

    versions: Mapping[str, tuple[Version, ...]] = field(default_factory=dict)
    available: bool = False
    shallow: bool = False
    why: str = ""
    boundary: frozenset[str] = frozenset()
    folder: Path | None = None

    def find_created(self, path: str) -> CommitInfo | None:
        """The commit that first had the file, None when unknown (also: when a shallow clone hides it)."""
        versions = self.versions.get(path, ())
        return versions[-1].commit if versions and not self.shallow else None

    def find_changed(self, path: str) -> CommitInfo | None:
        """The commit that last changed the file, None when unknown (in a shallow clone: its oldest commit)."""
        versions = self.versions.get(path, ())
        if not versions or (self.shallow and len(versions) == 1):
            return None
        return versions[0].commit


def load_history(folder: Path, revision: str = "") -> History:
    """The history of all files below `folder`, from one `git log`. Never raises: see `History.why`.

    It ends at HEAD, or at `revision`. A file that came from outside `folder` begins there.
    """
    start = ("--end-of-options", revision) if revision else ()
    return _load(folder, ("-c", *start, "--", "."), _build_lineages)


def find_versions(folder: Path, path: str) -> History:
    """The history of one file only, renames followed, also from outside `folder`. Never raises."""
    return _load(
        folder, ("--follow", "-m", "--", path), lambda entries, prefix: {path: _drop_repeats(entries, prefix)}
    )


def _load(
    folder: Path,
    scope: tuple[str, ...],
    build: "Callable[[Iterable[_Entry], str], dict[str, tuple[Version, ...]]]",
) -> History:
    try:
        answer = os.fsdecode(run_git(folder, "rev-parse", "--is-shallow-repository", "--show-prefix"))
    except GitError as error:
        return History(why=error.message)
    first, _, rest = answer.partition("\n")
    shallow, prefix = first == "true", rest.removesuffix("\n")
    why = ""
    # Judging similar files needs their content, which a clone without blobs lacks: same content then.
    for renames in ("-M", "-M100%"):
        try:
            versions = build(_parse_log(run_git(folder, *_LOG, renames, *scope)), prefix)
        except GitError as error:
            why = error.message
            continue
        boundary = _read_boundary(folder) if shallow else frozenset()
        return History(
            versions,
            available=True,
            shallow=shallow,
            why=_explain_shallow(shallow),
            boundary=boundary,
            folder=folder,
        )
    return History(why="there are no commits yet" if "not have any commits" in why else why, shallow=shallow)


def _explain_shallow(shallow: bool) -> str:
    return "this clone is shallow: who wrote what before its oldest commit is not known" if shallow else ""


def _read_boundary(folder: Path) -> frozenset[str]:
    """The commits at which a shallow clone was cut off."""
    try:
        path = os.fsdecode(run_git(folder, "rev-parse", "--git-path", "shallow")).removesuffix("\n")
        with open(os.path.join(folder, path), encoding="ascii") as stream:
            return frozenset(stream.read().split())
    except (GitError, OSError, UnicodeDecodeError):
        return frozenset()


@dataclass(frozen=True, slots=True)
class _Entry:
    """One changed file of one commit; `old` is its former path when it was renamed."""

    commit: CommitInfo
    action: str
    path: str
    old: str
    blob: str
    old_blob: str
    other_blobs: tuple[str, ...] = ()

    def make_version(self, prefix: str) -> Version:
        """The file as the commit left it, paths as seen from the folder at `prefix`."""
        old_path = _strip(self.old, prefix) if self.action == "R" else ""
        return Version(
            self.commit, _strip(self.path, prefix), self.blob, self.old_blob, old_path, self.other_blobs
        )


def _parse_log(output: bytes) -> Iterator[_Entry]:
    """Read `git log --raw -z`, also the combined form of merges (`::mode…`)."""
    tokens = iter(os.fsdecode(output).split("\0"))
    commit: CommitInfo | None = None
    for piece in tokens:
        token = piece.lstrip("\n")
        if token.startswith("\x01"):
            commit = _read_commit(token[1:], tokens)
        elif token.startswith(":") and commit is not None:
            parents = len(token) - len(token.lstrip(":"))
            parts = token[parents:].split(" ")
            status = parts[-1]
            first = next(tokens, "")
            renamed = parents == 1 and status[:1] in ("R", "C")
            path = next(tokens, "") if renamed else first
            if parts[parents] == _SUBMODULE_MODE:
                continue
            blob, old_blob = (
                part if part.strip("0") else "" for part in (parts[2 * parents + 1], parts[parents + 1])
            )
            others = tuple(part if part.strip("0") else "" for part in parts[parents + 2 : 2 * parents + 1])
            action = status[0] if parents == 1 else "D" if not blob else "M"
            yield _Entry(commit, action, path, first if renamed else "", blob, old_blob, others)


def _read_commit(sha: str, tokens: Iterator[str]) -> CommitInfo:
    parents = len(next(tokens, "").split())
    author, email, committer, committer_email = (_clean(next(tokens, "")) for _ in range(4))
    seconds, subject, trailers = next(tokens, "0"), _clean(next(tokens, "")), _clean(next(tokens, ""))
    found = [
        (name.strip(), value.strip())
        for name, colon, value in (line.partition(":") for line in trailers.split("\x1f"))
        if colon
    ]
    found += _JOINED_TRAILER.findall(_clean(next(tokens, "")))
    pairs = tuple(dict.fromkeys(found))
    written = int(seconds) if seconds.isdecimal() else 0
    return CommitInfo(sha, author, email, committer, committer_email, written, subject, pairs, parents)


def _clean(text: str) -> str:
    """What a person wrote; bytes that were not UTF-8 become replacement characters."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class _Lineage:
    """One file through its names."""

    __slots__ = ("gone", "versions")

    def __init__(self) -> None:
        self.versions: list[Version] = []
        self.gone = False


def _build_lineages(entries: Iterable[_Entry], prefix: str) -> dict[str, tuple[Version, ...]]:
    """Follow every file from its oldest commit on.

    A former name keeps leading to its file until another one takes it, because a branch may
    still have changed it under the old name.
    """
    lineages: dict[str, _Lineage] = {}
    moved: set[str] = set()
    for batch in _group_by_commit(entries):
        current = {
            entry.old: lineages.setdefault(entry.old, _Lineage()) for entry in batch if entry.action == "R"
        }
        for entry in batch:
            if entry.action == "R":
                lineages[entry.path] = current[entry.old]
                moved.add(entry.old)
                moved.discard(entry.path)
            elif entry.path not in lineages or (
                entry.action in "AC" and (entry.path in moved or lineages[entry.path].gone)
            ):
                lineages[entry.path] = _Lineage()
                moved.discard(entry.path)
            lineage = lineages[entry.path]
            lineage.gone = entry.action == "D"
            lineage.versions.append(entry.make_version(prefix))
    return {_strip(path, prefix): tuple(reversed(lineage.versions)) for path, lineage in lineages.items()}


def _group_by_commit(entries: Iterable[_Entry]) -> Iterator[list[_Entry]]:
    """The entries of each commit, oldest commit first."""
    batch: list[_Entry] = []
    for entry in reversed(list(entries)):
        if batch and entry.commit is not batch[-1].commit:
            yield batch
            batch = []
        batch.append(entry)
    if batch:
        yield batch


def _drop_repeats(entries: Iterable[_Entry], prefix: str) -> tuple[Version, ...]:
    """One version a content and name: a merge is left out where it only passes on what a parent had."""
    found = list(entries)
    # With -m a merge is listed once for each parent that it differs from.
    differing = Counter(entry.commit.sha for entry in found)
    kept: list[Version] = []
    for entry in found:
        if differing[entry.commit.sha] < entry.commit.parents:
            continue
        version = entry.make_version(prefix)
        if kept and kept[-1].commit.sha == entry.commit.sha and kept[-1].blob == version.blob:
            # A merge is told once for each parent.
            kept[-1] = replace(kept[-1], other_blobs=(*kept[-1].other_blobs, version.old_blob))
            continue
        if kept and (kept[-1].path, kept[-1].blob) == (version.path, version.blob):
            kept.pop()
        kept.append(version)
    return tuple(kept)


def _strip(path: str, prefix: str) -> str:
    """A path from the top of the work tree as seen from the folder at `prefix`."""
    if path.startswith(prefix):
        return path.removeprefix(prefix)
    return os.path.relpath("/" + path, "/" + prefix).replace(os.sep, "/")


def read_blob(folder: Path, blob: str) -> bytes | None:
    """The content of a blob, None when the repository does not have it."""
    return read_blobs(folder, [blob]).get(blob)


def read_blobs(folder: Path, blobs: Iterable[str]) -> dict[str, bytes]:
    """The contents of many blobs through one process; those that are missing are left out.

    Raises GitError when git cannot be asked at all, and for blobs that a partial clone left out.
    """
    wanted = [blob for blob in dict.fromkeys(blobs) if blob.isalnum() and blob.isascii()]
    if not wanted:
        return {}
    output = run_git(
        folder, "cat-file", "--batch", data="".join(f"{blob}\n" for blob in wanted).encode("ascii")
    )
    contents: dict[str, bytes] = {}
    position, absent = 0, ""
    for blob in wanted:
        end = output.index(b"\n", position)
        parts = output[position:end].split(b" ")
        position = end + 1
        if len(parts) == 3 and parts[1] == b"blob":
            size = int(parts[2])
            contents[blob] = output[position : position + size]
            position += size + 1
        elif len(parts) == 3:
            position += int(parts[2]) + 1
        else:
            absent = blob
    # Git 2.39 stops by itself at a blob that a partial clone left out, 2.53 only calls it missing.
    if absent and _is_partial(folder):
        hint = "Run `git fetch --refetch --no-filter` once, or clone without --filter."
        raise GitError(f"this partial clone was made without blob {absent}", hint)
    return contents


def _is_partial(folder: Path) -> bool:
    """Whether git may have left objects on a remote."""
    try:
        return bool(run_git(folder, "config", "--get-regexp", r"^remote\..*\.(promisor|partialclonefilter)$"))
    except GitError:
        return False
