"""A git work tree: where it begins, which is found without running git, its files, and which changed.

HEAD and the set of files that differ from it say which cards may have changed since the index
was built, three times as fast as looking at every file; git is asked early, so that it works
beside the imports. It cannot be trusted with all of them: files marked assume-unchanged or
skip-worktree, and links (their target may change), are listed by `list_unwatched_paths` and
stamped like changed ones. Files that git ignores are no cards in a git work tree.
"""

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from kbcli.foundation.disk.files import Stamp, stamp_file
from kbcli.foundation.git.process import HARDENING, ask_git, git_environment, run_git
from kbcli.foundation.typed import NamedTuple


def find_git_root(start: Path) -> Path | None:
    """The top of the git work tree that holds `start`, or None.

    A `.git` file (worktree, submodule) counts like a `.git` folder.
    """
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return candidate
    return None


def list_files(folder: Path) -> list[str]:
    """The files below a folder that git tracks or does not ignore, relative to it, POSIX. Raises GitError."""
    return _list(folder, "--cached", "--others", "--exclude-standard", "--deduplicate")


def list_tracked_files(folder: Path) -> list[str]:
    """The files below a folder that git tracks, relative to it, POSIX. Raises GitError."""
    return _list(folder)


def list_absent_files(folder: Path) -> list[str]:
    """The files below a folder that git tracks and a sparse checkout leaves out, relative to it; [] when git does not say."""
    listed = ask_git(folder, "ls-files", "-z", "-t", "--", ".") or b""
    paths = [os.fsdecode(name[2:]) for name in listed.split(b"\0") if name.startswith(b"S ")]
    return [path for path in paths if not os.path.lexists(folder / path)]


def list_submodules(folder: Path) -> list[str]:
    """The folders below a folder whose files belong to another repository; [] when git does not say."""
    listed = ask_git(folder, "ls-files", "-z", "--stage", "--", ".") or b""
    lines = (line.partition(b"\t") for line in listed.split(b"\0") if line.startswith(b"160000 "))
    return [os.fsdecode(name) for _, _, name in lines]


def list_ignored_files(folder: Path) -> list[str]:
    """The files below a folder that git ignores, relative to it, POSIX. Raises GitError."""
    return _list(folder, "--others", "--ignored", "--exclude-standard")


def find_ignored_paths(folder: Path, paths: Iterable[str]) -> frozenset[str]:
    """Those of some paths, POSIX and relative to a folder, that git ignores if they are there; none when git does not say."""
    found = frozenset(paths)
    # What git tracks it does not ignore, but it looks through all of that for each path: only for those that match.
    for options in (("--no-index",), ()):
        data = b"".join(os.fsencode(path) + b"\0" for path in sorted(found))
        listed = ask_git(folder, "check-ignore", "-z", *options, "--stdin", data=data) if data else b""
        found = frozenset(os.fsdecode(name) for name in (listed or b"").split(b"\0") if name)
    return found


def _list(folder: Path, *options: str) -> list[str]:
    output = run_git(folder, "ls-files", "-z", *options, "--", ".")
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


def search_files(folder: Path, texts: Iterable[str]) -> Iterator[tuple[str, int, str]]:
    """The lines of the files git tracks below a folder that hold one of some texts: path, number and line."""
    wanted = [option for text in texts for option in ("-e", text)]
    found = ask_git(folder, "grep", "-n", "-z", "-I", "-F", "--no-color", *wanted) or b""
    for row in found.split(b"\n"):
        path, number, line = (*row.split(b"\0", 2), b"", b"")[:3]
        if number.isdigit():
            yield os.fsdecode(path), int(number), line.decode("utf-8", "replace")


def list_remotes(folder: Path) -> list[str]:
    """The addresses of a repository's remotes, [] when git does not say."""
    output = ask_git(folder, "config", "-z", "--get-regexp", r"^remote\..*\.url$") or b""
    return [os.fsdecode(entry.partition(b"\n")[2]) for entry in output.split(b"\0") if entry]


def find_published_commit(folder: Path) -> tuple[str, str]:
    """The address of `origin`, and the commit checked out; both "" where `origin` does not have that commit."""
    commit = _ask(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    if not commit or not _ask(folder, "for-each-ref", f"--contains={commit}", "refs/remotes/origin"):
        return "", ""
    return _ask(folder, "config", "--get", "remote.origin.url"), commit


def _ask(folder: Path, *arguments: str) -> str:
    return (ask_git(folder, *arguments) or b"").decode("utf-8", "replace").strip()


def find_git_version(folder: Path) -> str:
    """The version of git, "" when it cannot be run."""
    return _ask(folder, "--version").removeprefix("git version ")


_STATUS = (
    *("-c", "core.checkStat=default", "-c", "core.trustctime=true"),
    *("status", "--porcelain=v2", "--branch", "--no-ahead-behind", "-z", "--untracked-files=all"),
    *("--no-renames", "--ignore-submodules=all"),
)
_DIFFERENCE = (
    *("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv"),
    "--ignore-submodules=all",
)
# Kb lists every untracked file; git remembers them so only where that is the setting.
_REMEMBERING = r"^(core\.untrackedcache|status\.showuntrackedfiles)$"
LARGE_INDEX = 2_000_000
"""The bytes of git's index from which on its untracked cache is worth having: about 20,000 files."""

# A clone may be hostile, and so may its own config: `git status` runs the clean filters it names.
# Neither these nor what an include may add can be switched off by name; a foreign work tree would
# be compared instead of this one; a promisor remote would be asked for objects.
_UNSAFE_SETTINGS = (b"filter", b"include", b"worktree", b"promisor", b"partialclone")
_MAX_CONFIG_BYTES = 1_000_000
_SYMLINK_MODE = b"120000"
_ATTEMPTS = 3


GitState = tuple[Stamp | None, ...]
"""The stamps of the files that say which commit HEAD is and what was added: of git's index first."""


class GitStatus(NamedTuple):
    """HEAD's commit ("" before the first one) and the paths that differ from it.

    Paths are relative to the folder asked about, POSIX. `index_stamp` is that of git's own index
    file: while it stays, `list_unwatched_paths` gives the same.
    """

    head: str
    changed: tuple[str, ...]
    index_stamp: Stamp | None


class FreshnessCheck:
    """What git says of the files below a folder, asked for early, so that it works while this process imports.

    For `open_index` of the same command; nothing may write to the cards in between.
    `started_ns` is the time just before git was asked for the answer that counts.
    """

    def __init__(self, root: Path, git_root: Path | None) -> None:
        self._root = root
        self._git_root = git_root
        self._status: GitStatus | None = None
        self._start()

    def _start(self) -> None:
        self.started_ns = time.time_ns()
        self._state: GitState = ()
        # The process and the pipe from it, until it has been waited for.
        self._running: tuple[int, int] | None = None
        if self._git_root is not None:
            self._state = _stamp_git_state(self._git_root)
            self._running = _start_status(self._root, self._git_root)

    def result(self) -> GitStatus | None:
        """Git's answer, waiting for it; None when every file must be looked at instead.

        That is where git was not to be asked, or could not say (dubious ownership, a damaged repository).
        Git reads HEAD twice and its index once: where one of them moved meanwhile, the answer may be
        half of each, and git is asked again; None also when they do not hold still.
        """
        for _ in range(_ATTEMPTS):
            if self._running is None or self._git_root is None:
                break
            output = self._running[1]
            parts = []
            try:
                while part := os.read(output, 1 << 20):
                    parts.append(part)
            finally:
                code = self._end()
            if code != 0:
                break
            if self.holds():
                place = "" if self._root == self._git_root else f"{self._root.relative_to(self._git_root)}/"
                prefix = os.fsencode(place.replace(os.sep, "/"))
                self._status = _parse_status(b"".join(parts), prefix, self._state[0])
                break
            self._start()
        self.cancel()
        return self._status

    def holds(self) -> bool:
        """Whether HEAD and git's index are still as they were before git was asked."""
        return self._git_root is None or _stamp_git_state(self._git_root) == self._state

    def is_running(self) -> bool:
        """Whether `result` would have to wait; false where that cannot be asked."""
        if self._running is None or not hasattr(os, "waitid"):
            return False
        return os.waitid(os.P_PID, self._running[0], os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def cancel(self) -> None:
        """Let it go: nobody wants to know any more."""
        if self._running is not None:
            self._end()

    def _end(self) -> int:
        assert self._running is not None
        process, output = self._running
        self._running = None
        os.close(output)
        return os.waitpid(process, 0)[1]


def _start_status(root: Path, git_root: Path) -> tuple[int, int] | None:
    """Start `git status` on the folder `root`, or None where git is not to be asked.

    That is: on a system without posix_spawn, without git, and where the repository's own config
    could make git run a program. Then every file must be looked at.
    """
    if not hasattr(os, "posix_spawnp") or not is_config_safe(git_root):
        return None
    output, writing = os.pipe()
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, writing, 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    # Without the ceiling, a `.git` that is no repository would make git take one further up.
    environment = {**git_environment(), "GIT_CEILING_DIRECTORIES": os.fspath(git_root.parent)}
    # With a path to look below, git would not use an untracked cache.
    scope = () if root == git_root else ("--", ".")
    arguments = ["git", *HARDENING, "-C", os.fspath(root), *_STATUS, *scope]
    try:
        return os.posix_spawnp("git", arguments, environment, file_actions=actions), output
    except OSError:
        os.close(output)
        return None
    finally:
        os.close(writing)


def is_config_safe(git_root: Path) -> bool:
    """Whether the repository's own config names nothing that a mere `git status` would run or fetch."""
    folder = find_git_folder(git_root) or ""
    try:
        with open(os.path.join(_find_common_folder(folder), "config"), "rb") as stream:
            text = stream.read(_MAX_CONFIG_BYTES + 1).lower()
    except OSError:
        return False
    return len(text) <= _MAX_CONFIG_BYTES and not any(name in text for name in _UNSAFE_SETTINGS)


def find_git_folder(git_root: Path) -> str | None:
    """The folder that holds a work tree's HEAD and index, or None when there is none.

    Where `.git` is a file (a linked work tree, a submodule), it names that folder.
    """
    path = os.path.join(git_root, ".git")
    if os.path.isdir(path):
        return path
    return _read_path(path, os.fspath(git_root), b"gitdir: ")


def _find_common_folder(folder: str) -> str:
    """The folder that all work trees of a repository share."""
    return _read_path(os.path.join(folder, "commondir"), folder) or folder


def find_shared_folder(git_root: Path) -> str | None:
    """The folder that all work trees of the repository of this one share, real; None when there is none."""
    folder = find_git_folder(git_root)
    return None if folder is None else os.path.realpath(_find_common_folder(folder))


def _stamp_git_state(git_root: Path) -> GitState:
    folder = find_git_folder(git_root)
    if folder is None:
        return (None,)
    common = _find_common_folder(folder)
    head = os.path.join(folder, "HEAD")
    return (
        stamp_file(folder, "index"),
        stamp_file(folder, "HEAD"),
        stamp_file(common, _read_path(head, common, b"ref: ") or head),
        stamp_file(common, "packed-refs"),
        stamp_file(folder, "reftable/tables.list"),
        stamp_file(common, "reftable/tables.list"),
    )


def _read_path(path: str, base: str, start: bytes = b"") -> str | None:
    try:
        with open(path, "rb") as stream:
            text = stream.read(4096)
    except OSError:
        return None
    if not text.startswith(start):
        return None
    return os.path.join(base, os.fsdecode(text.removeprefix(start).rstrip(b"\r\n")))


def find_index_stamp(git_root: Path) -> Stamp | None:
    """The stamp of git's index file; None before anything was added."""
    return stamp_file(find_git_folder(git_root) or "", "index")


def needs_untracked_cache(git_root: Path) -> bool:
    """Whether git looks into every folder of a large repository for new files, though it could remember them."""
    stamp = find_index_stamp(git_root)
    if stamp is None or stamp.size < LARGE_INDEX:
        return False
    settings = (ask_git(git_root, "config", "--get-regexp", _REMEMBERING) or b"").lower()
    return not (b"untrackedcache true" in settings and b"showuntrackedfiles all" in settings)


def _parse_status(output: bytes, prefix: bytes, index: Stamp | None) -> GitStatus:
    """Read porcelain v2: `# branch.oid`, then `1 …`/`u …` (8 or 10 fields and the path) or `? path`."""
    head = ""
    changed = []
    for entry in output.split(b"\0"):
        kind = entry[:2]
        if kind == b"# ":
            if entry.startswith(b"# branch.oid "):
                oid = entry.removeprefix(b"# branch.oid ")
                head = "" if oid.startswith(b"(") else oid.decode("ascii", "replace")
            continue
        fields = {b"1 ": 8, b"u ": 10, b"? ": 1}.get(kind)
        if fields is not None:
            path = entry.split(b" ", fields)[fields]
            if path.startswith(prefix):
                changed.append(os.fsdecode(path[len(prefix) :]))
    return GitStatus(head, tuple(changed), index)


def list_paths_between(root: Path, old: str, new: str) -> list[str] | None:
    """Paths below `root`, relative to it, that differ between two commits; None when one is not here."""
    if not _is_commit(old) or not _is_commit(new):
        return None
    output = ask_git(root, *_DIFFERENCE, "--relative", "--end-of-options", old, new)
    return None if output is None else [os.fsdecode(path) for path in output.split(b"\0") if path]


def _is_commit(name: str) -> bool:
    return 40 <= len(name) <= 64 and all(letter in "0123456789abcdef" for letter in name)


def list_unwatched_paths(root: Path) -> list[str]:
    """Tracked paths below `root` whose changes `git status` does not report: marked ones, and links.

    Raises GitError.
    """
    output = run_git(root, "ls-files", "-z", "-v", "-s", "--", ".")
    found = []
    for entry in output.split(b"\0"):
        # `H 100644 <object> <stage>\t<path>`: a small letter or S means that git does not look.
        tag, mode = entry[:1], entry[2:8]
        if entry and (tag.islower() or tag == b"S" or mode == _SYMLINK_MODE):
            found.append(os.fsdecode(entry.partition(b"\t")[2]))
    return found
