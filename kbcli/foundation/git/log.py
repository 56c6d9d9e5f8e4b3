"""What git knows of the files: who created and changed them when, and under which names.

Paths are relative to the folder asked about, POSIX; a name from outside it begins with `../`.
Looking runs no program that the repository names (see `process`).
"""

import os
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from kbcli.errors import GitError
from kbcli.foundation.git.process import ask_git, run_git
from kbcli.foundation.typed import NamedTuple, compile_late

_FORMAT = "%x01%H%x00%P%x00%an%x00%ae%x00%cn%x00%ce%x00%at%x00%s%x00%(trailers:only,unfold,separator=%x1f)%x00%b%x00"
CHANGES = (
    *("--raw", "-z", "--no-abbrev", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative"),
    *("--ignore-submodules=all", f"--format={_FORMAT}"),
)
"""What makes git tell the changes of commits in the form that `parse_changes` reads."""
_LOG = ("-c", "log.showRoot=true", "log", *CHANGES, "--encoding=UTF-8", "--date-order")
_SUBMODULE_MODE = "160000"
# A squash merge joins the messages it replaces: their trailers then stand in the middle, where git sees none.
IGNORED_COMMITS = ".git-blame-ignore-revs"
_SHA = compile_late(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
_JOINED_TRAILER = compile_late(
    r"^(Verified-by|Co-authored-by|Evidence):[ \t]*(\S.*?)[ \t]*$", re.IGNORECASE | re.MULTILINE
)


class CommitInfo(NamedTuple):
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

    @property
    def label(self) -> str:
        """What a message calls it: its short ID and day."""
        return f"commit {self.sha[:10]} of {self.date}"

    @property
    def names_evidence(self) -> bool:
        """Whether its message says where the verifier looked: `Evidence: …`."""
        return any(name.casefold() == "evidence" and value for name, value in self.trailers)


class Version(NamedTuple):
    """A file as one commit left it: under which path then, and its blob ("" when it deleted it).

    `old_blob` is what the commit's parent had, "" where the file is new; `old_path` the name it
    had there, "" where it was not renamed. `other_blobs` are those of a merge's other parents.
    `action` is git's letter (A M D R T), `mode` git's mode of the file.
    """

    commit: CommitInfo
    path: str
    blob: str
    old_blob: str = ""
    old_path: str = ""
    other_blobs: tuple[str, ...] = ()
    action: str = "M"
    mode: str = ""

    @property
    def before(self) -> tuple[str, ...]:
        """The blobs it had in those parents of the commit that had it."""
        return tuple(blob for blob in (self.old_blob, *self.other_blobs) if blob)


Changes = tuple[Version, ...]
"""What one commit changed; of a merge, what differs from each of its parents."""


class Head(NamedTuple):
    """Where history ends: `sha` is "" where git knows nothing, and `why` says so; `prefix` is the folder's."""

    sha: str = ""
    shallow: bool = False
    prefix: str = ""
    why: str = ""


@dataclass(frozen=True)
class History:
    """The versions of files, newest first, renames followed; a former name leads to the same versions.

    `available` is false where git knows nothing (no git, no repository, no commits), and `why`
    says so. In a `shallow` clone the oldest version of a file is not known to be its first;
    `boundary` are the commits whose parents it lacks. `folder` is where git was asked, `head` the
    commit it ends at; what `since` (a commit) does not have is one change, as a branch that was merged is.
    """

    versions: Mapping[str, tuple[Version, ...]] = field(default_factory=dict)
    available: bool = False
    shallow: bool = False
    why: str = ""
    boundary: frozenset[str] = frozenset()
    folder: Path | None = None
    head: str = ""
    since: str = ""
    known_mainline: "Mainline | None" = None
    known_mechanical: frozenset[str] | None = None

    @cached_property
    def mechanical(self) -> frozenset[str]:
        """The commits that changed no meaning, as `read_mechanical` gives them: in a change, those that its base names."""
        if self.known_mechanical is not None or self.folder is None:
            return self.known_mechanical or frozenset()
        return read_mechanical(self.folder, self.since or self.head)

    @cached_property
    def mainline(self) -> "Mainline":
        """The main line of `head`, read when first asked for. Raises GitError."""
        if self.known_mainline is not None or self.folder is None:
            return self.known_mainline or Mainline((), (), {}, {})
        return read_mainline(self.folder, self.head, self.since)


@dataclass(frozen=True)
class Mainline:
    """A commit and its first parents, oldest first, with the time of each (committer, Unix time).

    `positions` gives for every commit the number of the oldest one on the main line that has it,
    `tips` the last commit of the branch that a merge of the main line brought it in with: itself
    where it stands on the main line.
    """

    shas: tuple[str, ...]
    seconds: tuple[int, ...]
    positions: Mapping[str, int]
    tips: Mapping[str, str]

    @cached_property
    def _earliest(self) -> list[int]:
        """Of each commit the earliest time that it or a later one has."""
        return list(accumulate(reversed(self.seconds), min))[::-1]

    def find_last(self, moment: int) -> int | None:
        """The number of the last commit not after a moment, as `git rev-list -1 --first-parent --before` has it."""
        place = bisect_right(self._earliest, moment)
        return place - 1 if place else None


def read_mainline(folder: Path, head: str, since: str = "") -> Mainline:
    """The main line that ends at a commit, and where each commit joined it. Raises GitError.

    What `since` (a commit) does not have is one branch that ends at `head`.
    """
    parents: dict[str, list[str]] = {}
    times: dict[str, int] = {}
    output = run_git(folder, "log", "--format=%H %ct %P", "--end-of-options", head)
    for line in output.decode("ascii").splitlines():
        sha, seconds, *others = line.split(" ")
        parents[sha] = [other for other in others if other]
        times[sha] = int(seconds)
    chain = [head]
    while parents[chain[-1]] and parents[chain[-1]][0] in parents:
        chain.append(parents[chain[-1]][0])
    chain.reverse()
    positions: dict[str, int] = {}
    tips: dict[str, str] = {}
    for number, sha in enumerate(chain):
        open_commits = [(sha, sha)]
        while open_commits:
            commit, tip = open_commits.pop()
            if commit not in positions and commit in parents:
                positions[commit], tips[commit] = number, tip
                open_commits += [(parent, parent if commit == sha else tip) for parent in parents[commit]]
    if since:
        had, left = set[str](), [since]
        while left:
            if (commit := left.pop()) not in had:
                had.add(commit)
                left += parents.get(commit, ())
        tips |= dict.fromkeys(parents.keys() - had, head)
    return Mainline(tuple(chain), tuple(times[sha] for sha in chain), positions, tips)


def read_mechanical(folder: Path, commit: str) -> frozenset[str]:
    """The commits that `.git-blame-ignore-revs` at the root of the repository names, as a commit has it; never raises."""
    data = ask_git(folder, "cat-file", "blob", f"{commit}:{IGNORED_COMMITS}") or b""
    return frozenset(
        line.strip() for line in data.decode("ascii", "replace").splitlines() if _SHA.match(line.strip())
    )


def find_head(folder: Path) -> Head:
    """The commit at HEAD and what kind of clone this is. Never raises."""
    facts = ("rev-parse", "--is-shallow-repository", "--show-prefix")
    answer = ask_git(folder, *facts, "--verify", "--quiet", "HEAD^{commit}")
    try:
        first, _, rest = os.fsdecode(answer or run_git(folder, *facts) + b"\n").partition("\n")
    except GitError as error:
        return Head(why=error.message)
    prefix, _, sha = rest.removesuffix("\n").rpartition("\n")
    return Head(sha, first == "true", prefix, "" if sha else "there are no commits yet")


def load_history(folder: Path, revision: str = "") -> History:
    """The history of all files below `folder`, from one `git log`. Never raises: see `History.why`.

    It ends at HEAD, or at `revision`. A file that came from outside `folder` begins there.
    """
    return _load(folder, "", lambda head: read_commits(folder, head, revision), revision)


def find_versions(folder: Path, path: str) -> History:
    """The history of one file only, renames followed, also from outside `folder`. Never raises."""
    return _load(folder, path, lambda head: _read_log(folder, head, "--follow", "-m", "--", path))


def find_main_versions(top: Path, path: str, revision: str) -> Changes:
    """The versions of a file at this path from the git root up to a commit, renames followed, newest first.

    What a merge brought in is one change. None where git cannot tell. Never raises.
    """
    scope = ("--follow", "-m", "--first-parent", "--end-of-options", revision, "--", path)
    try:
        return _drop_repeats(_read_log(top, Head(), *scope))
    except GitError:
        return ()


def _load(folder: Path, path: str, read: Callable[[Head], Iterable[Changes]], revision: str = "") -> History:
    """The history that `read` gives: of one file where `path` is given, else of all."""
    head = find_head(folder)
    if not head.sha:
        return History(why=head.why, shallow=head.shallow)
    try:
        commits = list(read(head))
    except GitError as error:
        return History(why=error.message, shallow=head.shallow)
    if path:
        versions: Mapping[str, Changes] = {path: _drop_repeats(commits)}
    else:
        lineages = Lineages()
        for changes in reversed(commits):
            lineages.take(changes)
        versions = lineages.list_all()
    boundary, why = frozenset[str](), ""
    if head.shallow:
        boundary = _read_boundary(folder)
        why = "this clone is shallow: who wrote what before its oldest commit is not known"
    return History(
        versions,
        available=True,
        shallow=head.shallow,
        why=why,
        boundary=boundary,
        folder=folder,
        head=revision or head.sha,
    )


def _read_boundary(folder: Path) -> frozenset[str]:
    """The commits at which a shallow clone was cut off."""
    try:
        path = os.fsdecode(run_git(folder, "rev-parse", "--git-path", "shallow")).removesuffix("\n")
        with open(os.path.join(folder, path), encoding="ascii") as stream:
            return frozenset(stream.read().split())
    except (GitError, OSError, UnicodeDecodeError):
        return frozenset()


def read_commits(folder: Path, head: Head, revision: str = "") -> Iterator[Changes]:
    """What each commit changed below `folder`, newest first, renames followed. Raises GitError.

    It ends at HEAD, or at `revision`.
    """
    return _read_log(folder, head, "-c", "--end-of-options", revision or head.sha, "--", ".")


def read_commits_since(folder: Path, head: Head, moment: int) -> Iterator[Changes]:
    """As `read_commits`, of the commits that were made from a moment on (committer, Unix time). Raises GitError."""
    return _read_log(folder, head, f"--since={moment}", "-c", "--end-of-options", head.sha, "--", ".")


def _read_log(folder: Path, head: Head, *scope: str) -> Iterator[Changes]:
    # Judging similar files needs their content, which a clone without blobs lacks: same content then.
    try:
        output = run_git(folder, *_LOG, "-M", *scope)
    except GitError:
        output = run_git(folder, *_LOG, "-M100%", *scope)
    return parse_changes(output, head.prefix)


def parse_changes(output: bytes, prefix: str) -> Iterator[Changes]:
    """Read what git says with CHANGES, commit by commit, also the combined form of merges (`::mode…`).

    Paths are as seen from the folder at `prefix`; commits that changed nothing are left out.
    """
    tokens = iter(os.fsdecode(output).split("\0"))
    commit: CommitInfo | None = None
    changes: list[Version] = []
    for piece in tokens:
        token = piece.lstrip("\n")
        if token.startswith("\x01"):
            if changes:
                yield tuple(changes)
                changes = []
            commit = _parse_commit(token[1:], tokens)
        elif token.startswith(":") and commit is not None:
            version = _parse_version(token, tokens, commit, prefix)
            if version is not None:
                changes.append(version)
    if changes:
        yield tuple(changes)


def _parse_version(token: str, tokens: Iterator[str], commit: CommitInfo, prefix: str) -> Version | None:
    """One changed file; None for a submodule."""
    parents = len(token) - len(token.lstrip(":"))
    parts = token[parents:].split(" ")
    mode, status = parts[parents], parts[-1]
    old = path = next(tokens, "")
    renamed = parents == 1 and status[:1] in ("R", "C")
    if renamed:
        path = next(tokens, "")
    if mode == _SUBMODULE_MODE:
        return None
    old_blob, *others, blob = (part if part.strip("0") else "" for part in parts[parents + 1 : -1])
    action = status[0] if parents == 1 else "M" if blob else "D"
    old_path = _strip(old, prefix) if action == "R" else ""
    return Version(commit, _strip(path, prefix), blob, old_blob, old_path, tuple(others), action, mode)


def _parse_commit(sha: str, tokens: Iterator[str]) -> CommitInfo:
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


def _strip(path: str, prefix: str) -> str:
    """A path from the top of the work tree as seen from the folder at `prefix`."""
    if path.startswith(prefix):
        return path.removeprefix(prefix)
    return os.path.relpath("/" + path, "/" + prefix).replace(os.sep, "/")


class Lineage:
    """One file through its names, oldest version first.

    `positions` say of each version where on the main line its commit came in, `newest` is the
    largest of them; `gone` tells that the last version deleted it. `names` are all that it ever had.
    """

    __slots__ = ("gone", "names", "newest", "positions", "versions")

    def __init__(self, path: str) -> None:
        self.names = {path}
        self.versions: list[Version] = []
        self.positions: list[int] = []
        self.newest = 0
        self.gone = False


class Lineages:
    """The files of a history, each followed from its oldest commit on.

    A former name keeps leading to its file until another one takes it, because a branch may
    still have changed it under the old name.
    """

    def __init__(self) -> None:
        self.by_path: dict[str, Lineage] = {}
        self._moved: set[str] = set()

    def take(self, changes: Sequence[Version], position: int = 0) -> None:
        """Write on what the next commit changed, which came in at a position of the main line."""
        # `git log` tells the newest first, and all of this goes backwards: the files of a commit, too.
        changes = changes[::-1]
        moving = {
            change.old_path: self.by_path.get(change.old_path) or self._begin(change.old_path)
            for change in changes
            if change.action == "R"
        }
        for change in changes:
            path = change.path
            if change.action == "R":
                self.by_path[path] = moving[change.old_path]
                self.by_path[path].names.add(path)
                self._moved.add(change.old_path)
                self._moved.discard(path)
            elif path not in self.by_path or (
                change.action in "AC" and (path in self._moved or self.by_path[path].gone)
            ):
                self._begin(path)
                self._moved.discard(path)
            lineage = self.by_path[path]
            lineage.gone = change.action == "D"
            lineage.versions.append(change)
            lineage.positions.append(position)
            lineage.newest = max(lineage.newest, position)

    def _begin(self, path: str) -> Lineage:
        lineage = self.by_path[path] = Lineage(path)
        return lineage

    def list_all(self) -> dict[str, tuple[Version, ...]]:
        """The versions by every name, newest first."""
        return {path: tuple(reversed(lineage.versions)) for path, lineage in self.by_path.items()}

    def list_until(self, path: str, position: int) -> tuple[Version, ...]:
        """The versions of a file that the history of a position has, newest first."""
        lineage = self.by_path[path]
        pairs = zip(reversed(lineage.positions), reversed(lineage.versions), strict=True)
        return tuple(version for place, version in pairs if place <= position)


def _drop_repeats(commits: Iterable[Changes]) -> tuple[Version, ...]:
    """One version a content and name: a merge is left out where it only passes on what a parent had."""
    found = [version for changes in commits for version in changes]
    # With -m a merge is listed once for each parent that it differs from.
    differing = Counter(version.commit.sha for version in found)
    kept: list[Version] = []
    for version in found:
        if differing[version.commit.sha] < version.commit.parents:
            continue
        if kept and kept[-1].commit.sha == version.commit.sha and kept[-1].blob == version.blob:
            # A merge is told once for each parent.
            kept[-1] = kept[-1]._replace(other_blobs=(*kept[-1].other_blobs, version.old_blob))
            continue
        if kept and (kept[-1].path, kept[-1].blob) == (version.path, version.blob):
            kept.pop()
        kept.append(version)
    return tuple(kept)
