"""The files of one commit laid out in a folder, so that they can be judged as they were then."""

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from kbcli.errors import GitError
from kbcli.foundation.disk.paths import is_inside
from kbcli.foundation.git.objects import UNUSED, read_blob, read_blobs, read_tree
from kbcli.foundation.git.process import ask_git, name_other_tree, run_git

# What makes a file on disk another than git's blob, beyond the ends of lines.
_CONVERSIONS = ("filter", "working-tree-encoding", "ident")
_ENTRY = re.compile(
    rb"\d{6} ([0-9a-f]+) 0\t([^\0]+)\0  ctime: .*\n  mtime: (\d+):(\d+)\n  dev: .*\n  uid: .*\n  size: (\d+)\t.*\n"
)
_NOTHING: Mapping[str, str] = MappingProxyType({})
_Attributes = tuple[tuple[bytes, bytes], ...]
_MOST_ARGUMENTS = 500
_MOST_SUBMODULE_FILES = 50_000


class Layout:
    """A commit's files below `folder`, laid out without running any filter or hook.

    `paths` are the files and links from the git root, sorted; `blobs` the blob of each file,
    `links` the target of each symbolic link. `doubtful` are files whose content on disk is not
    known, because a filter made it or the clone lacks the blob. Names that could leave the
    folder are left out. `blank` are files that were left empty because nobody needs to read them.
    Raises GitError.
    """

    def __init__(self, git_root: Path, commit: str, folder: Path) -> None:
        self.git_root = git_root
        self.folder = folder
        self.doubtful: set[str] = set()
        self.blank: frozenset[str] = frozenset()
        self._empty: set[str] = set()
        self._asked: set[str] = set()
        self._converted: tuple[dict[str, _Attributes], dict[str, _Attributes]] = ({}, {})
        self._tree = tree = read_tree(git_root, commit)
        plain = {path: file for path, file in tree.files.items() if _is_plain(path)}
        self.blobs = {path: file.blob for path, file in plain.items() if not file.is_link}
        self.links = {path: tree.read_target(path) for path, file in plain.items() if file.is_link}
        self._submodules = {path: sha for path, sha in tree.submodules.items() if _is_plain(path)}
        self.paths = tuple(sorted(plain))
        self._same_submodules = self._find_same_submodules()

    def read_text(self, path: str) -> str | None:
        """The text of a file, links followed; None when it is not there, or not UTF-8."""
        blob = self._tree.find_blob(path)
        data = read_blob(self.git_root, blob) if blob else None
        try:
            return None if data is None else data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None

    def lay_out(self, has_content: Callable[[str], bool], known: Mapping[str, str] = _NOTHING) -> None:
        """Make every file, those without `has_content` empty, and the links last: nothing is written through one.

        A file that has the blob that is `known` for its path is left empty too, unless a filter makes another of it.
        """
        made: set[str] = set()
        for path in (*self.blobs, *(f"{folder}/" for folder in self._submodules), *self.links):
            folder = os.path.dirname(os.path.join(self.folder, path))
            if folder not in made:
                made.add(folder)
                with contextlib.suppress(OSError):
                    os.makedirs(folder, exist_ok=True)
        chosen = [path for path in self.blobs if has_content(path)]
        self._make_empty(set(self.blobs).difference(chosen))
        for path in self._same_submodules:
            self._lay_out_submodule(path)
        self._write_attributes()
        self._fill(chosen, frozenset(path for path in chosen if self.blobs[path] == known.get(path)))
        for path, target in self.links.items():
            try:
                os.symlink(target, os.path.join(self.folder, path))
            except (OSError, ValueError):
                continue

    def fill(self, paths: Iterable[str]) -> None:
        """Give these files their content, links followed, once all is laid out."""
        wanted: dict[str, None] = {}
        for path in paths:
            real = os.path.realpath(os.path.join(self.folder, path))
            if is_inside(real, self.folder):
                wanted[os.path.relpath(real, self.folder).replace(os.sep, "/")] = None
        self._fill([path for path in wanted if path in self.blobs])
        for path in wanted:
            if path not in self.blobs and self._find_submodule(path, self._same_submodules):
                self._copy(path)

    def is_doubtful(self, path: str) -> bool:
        """Whether it is not known what was at a path: see `doubtful`, or a submodule since moved to another commit."""
        if path in self.doubtful:
            return True
        return self._find_submodule(path, self._submodules) and not self._find_submodule(
            path, self._same_submodules
        )

    @staticmethod
    def _find_submodule(path: str, submodules: Iterable[str]) -> bool:
        return any(path == name or path.startswith(f"{name}/") for name in submodules)

    def _fill(self, paths: list[str], known: frozenset[str] = frozenset()) -> None:
        converted = self._find_converted(paths)
        if blank := known - converted:
            self.blank = blank
            self._make_empty(blank)
            paths = [path for path in paths if path not in blank]
        same = self._find_same(converted) if converted else set()
        copied = {path for path in sorted(same) if self._copy(path)}
        rest = [path for path in paths if path not in copied]
        try:
            contents = read_blobs(self.git_root, (self.blobs[path] for path in rest))
        except GitError as error:
            hint = "Run `git fetch --refetch --no-filter` once, or clone without --filter."
            raise GitError(f"this clone lacks old versions of files: {error.message}", hint) from error
        for path in rest:
            data = contents.get(self.blobs[path])
            if not self._put(path, data or b"") or data is None or path in converted:
                self.doubtful.add(path)

    def _make_empty(self, paths: Iterable[str]) -> None:
        """Make empty files, all of them names of one where that can be: it takes a tenth of the time."""
        model = ""
        for path in paths:
            full = os.path.join(self.folder, path)
            try:
                os.link(model, full)
            except OSError:
                # The first, the one too many for this file system, or one that knows no such links.
                if not _write(full, b""):
                    continue
                model = full
            self._empty.add(path)

    def _put(self, path: str, data: bytes) -> bool:
        """Write a file; the others that share its emptiness stay as they are."""
        full = os.path.join(self.folder, path)
        if path in self._empty:
            self._empty.discard(path)
            with contextlib.suppress(OSError):
                os.unlink(full)
        return _write(full, data)

    def _write_attributes(self) -> None:
        names = [path for path in self.blobs if path.endswith(".gitattributes")]
        contents = read_blobs(self.git_root, (self.blobs[path] for path in names))
        for path in names:
            self._put(path, contents.get(self.blobs[path], b""))

    def find_converted(self, paths: Iterable[str]) -> dict[str, bool]:
        """Those of some paths that git changes when it writes them to disk, and whether it did not so by the attributes of then."""
        wanted = set(paths)
        self._find_converted(sorted(wanted - self._asked))
        now, then = self._converted
        return {path: now[path] != then.get(path) for path in sorted(wanted & now.keys())}

    def _find_converted(self, paths: list[str]) -> set[str]:
        """Those of `paths` that git changed when it wrote them to disk, by the attributes of now or of then."""
        if not paths:
            return set()
        self._asked.update(paths)
        data = b"".join(os.fsencode(path) + b"\0" for path in paths)
        now, then = self._converted
        for converted in (now, then):
            # Without a file of them then, it was at most what this clone says by itself, now as then.
            if converted is then and not (now or any(path.endswith(".gitattributes") for path in self.blobs)):
                break
            place = name_other_tree(self.git_root, self.folder) if converted is then else ()
            # What a folder does not have, git reads from its index, which is that of now: it gets one that is not there.
            folder, index = (self.folder, f"{self.folder}/.git/index") if place else (self.git_root, "")
            command = (*place, "check-attr", "--stdin", "-z", *_CONVERSIONS)
            output = run_git(folder, *command, data=data, index=index)
            parts = output.split(b"\0")
            for name, attribute, value in zip(parts[::3], parts[1::3], parts[2::3], strict=False):
                if value not in UNUSED:
                    path = os.fsdecode(name)
                    converted[path] = (*converted.get(path, ()), (attribute, value))
        return set(paths) & (now.keys() | then.keys())

    def _find_same(self, paths: set[str]) -> set[str]:
        """Those of `paths` that git's index has as the commit, and whose file was not touched since git wrote it."""
        chosen = sorted(paths) if len(paths) < _MOST_ARGUMENTS else []
        output = run_git(
            self.git_root, "--literal-pathspecs", "ls-files", "-s", "-z", "--debug", "--", *chosen
        )
        same = set()
        for blob, name, seconds, fraction, size in _ENTRY.findall(output):
            path = os.fsdecode(name)
            if path not in paths or self.blobs[path] != blob.decode():
                continue
            try:
                status = os.lstat(self.git_root / path)
            except OSError:
                continue
            moment = divmod(status.st_mtime_ns, 1_000_000_000)
            if status.st_size == int(size) and moment[0] == int(seconds) and int(fraction) in (0, moment[1]):
                same.add(path)
        return same

    def _copy(self, path: str) -> bool:
        """Copy a file of the work tree as it is there; whether that could be done."""
        full = os.path.join(self.git_root, path)
        try:
            if os.path.islink(full) or not os.path.isfile(full) or not is_inside(full, self.git_root):
                return False
            with open(full, "rb") as stream:
                data = stream.read()
        except OSError:
            return False
        return self._put(path, data)

    def _find_same_submodules(self) -> tuple[str, ...]:
        """Submodules of which index and work tree have the commit's own version, or nothing is checked out."""
        if not self._submodules:
            return ()
        output = run_git(self.git_root, "ls-files", "-s", "-z")
        index = dict(
            entry.split(b"\t", 1)[::-1] for entry in output.split(b"\0") if entry.startswith(b"160000")
        )
        return tuple(
            path
            for path, commit in self._submodules.items()
            if index.get(os.fsencode(path), b"").split(b" ")[1:2] == [commit.encode()]
            and self._stands_at(path, commit)
        )

    def _stands_at(self, path: str, commit: str) -> bool:
        folder = self.git_root / path
        if not os.path.lexists(folder / ".git"):
            return True
        return ask_git(folder, "rev-parse", "--verify", "HEAD") == f"{commit}\n".encode()

    def _lay_out_submodule(self, path: str) -> None:
        """The names of a submodule's files, from the work tree."""
        for number, name in enumerate(_list_below(os.path.join(self.git_root, path))):
            if number >= _MOST_SUBMODULE_FILES:
                break
            full = os.path.join(self.folder, path, name)
            with contextlib.suppress(OSError):
                os.makedirs(os.path.dirname(full), exist_ok=True)
            _write(full, b"")


def _is_plain(path: str) -> bool:
    parts = path.split("/")
    return not path.startswith("/") and not any(
        part in ("", ".", "..") or part.lower() == ".git" for part in parts
    )


def _list_below(top: str) -> Iterator[str]:
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name.lower() != ".git"]
        for name in names:
            if name.lower() != ".git":
                yield os.path.relpath(os.path.join(folder, name), top)


def _write(full: str, data: bytes) -> bool:
    """Write a file; false where this file system cannot have it beside the others (a tree may hold what no folder can)."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(full, flags, 0o600), "wb") as stream:
            stream.write(data)
    except OSError:
        return False
    return True
