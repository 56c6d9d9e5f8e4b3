"""Which files of a knowledge base are cards."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG

from kbcli.config import Config
from kbcli.errors import GitError, GitUnusableError
from kbcli.foundation.disk.paths import is_inside, match_globs
from kbcli.foundation.git.worktree import list_files
from kbcli.foundation.typed import NamedTuple

MAX_CARD_BYTES = 5_000_000
SKIPPED_FOLDERS = frozenset({".git", "node_modules", "__pycache__"})
TEMPLATE_FOLDER = "templates"


class CardFile(NamedTuple):
    """One file that should be a card: `path` is relative to the knowledge base, POSIX.

    `trouble` says why its content may not or cannot be read ("" when it can): `outside`,
    `not-a-file`, `too-large`, `broken-link` or `bad-name`. `size` is in bytes.
    """

    path: str
    size: int = 0
    mtime_ns: int = 0
    trouble: str = ""


def list_card_files(config: Config, paths: Iterable[str] | None = None) -> list[CardFile]:
    """Every card file below the root, sorted by path; of `paths` (relative to it) when they are given.

    In a git work tree the files that git ignores are left out; hidden folders, the
    `templates` folder and what kb.toml excludes are left out everywhere. Folders that are
    symbolic links are not entered.
    """
    chosen = select_card_paths(
        config, _list_paths(config.root, config.git_root) if paths is None else list(paths)
    )
    return [entry for path in sorted(chosen) if (entry := stat_card_file(config, path)) is not None]


def list_card_paths(config: Config) -> list[str]:
    """The paths of `list_card_files`, without looking at each file; in no order."""
    return select_card_paths(config, _list_paths(config.root, config.git_root))


def list_repository_files(config: Config) -> list[str]:
    """Every file of the repository (without one: of the knowledge base), sorted, relative to its top.

    Files that git ignores, and without git hidden folders, are left out.
    """
    return sorted(_list_paths(config.boundary, config.git_root))


def select_card_paths(config: Config, paths: Iterator[str] | list[str]) -> list[str]:
    """Those of `paths` (relative to the root, POSIX) that kb.toml counts as cards."""
    included = match_globs(config.include)
    excluded = match_globs(config.exclude)
    everything = config.include == ("**/*",)
    endings = config.extensions
    chosen = []
    for path in paths:
        if not has_ending(path, endings) or _is_skipped(path):
            continue
        if (everything or included(path)) and not (config.exclude and excluded(path)):
            chosen.append(path)
    return chosen


def has_ending(path: str, endings: tuple[str, ...]) -> bool:
    """Whether a file is called as cards are, whatever the case of its suffix: README.MD is a card, too."""
    return path.endswith(endings) or path.lower().endswith(endings)


def stat_card_file(config: Config, path: str) -> CardFile | None:
    """The entry of one path, with what stands in the way of reading it; None when it is gone."""
    full = f"{config.root}{os.sep}{path}"
    try:
        path.encode("utf-8")
        status = os.lstat(full)
    except UnicodeEncodeError:
        return CardFile(path, trouble="bad-name")
    except OSError:
        return None
    if S_ISLNK(status.st_mode):
        if not is_inside(full, config.boundary):
            return CardFile(path, trouble="outside" if os.path.exists(full) else "broken-link")
        try:
            status = os.stat(full)
        except OSError:
            return CardFile(path, trouble="broken-link")
        if S_ISDIR(status.st_mode):
            return None
    if not S_ISREG(status.st_mode):
        return None if S_ISDIR(status.st_mode) else CardFile(path, trouble="not-a-file")
    trouble = "too-large" if status.st_size > MAX_CARD_BYTES else ""
    return CardFile(path, status.st_size, status.st_mtime_ns, trouble)


def card_id(path: str, config: Config) -> str:
    """The ID of the card at a path: the path without the longest suffix listed in kb.toml."""
    for ending in config.extensions:
        if path.endswith(ending) and len(path) > len(ending):
            return path[: -len(ending)]
    # README.MD is a card, too.
    lowered = path.lower()
    ending = next((one for one in config.extensions if lowered.endswith(one) and len(path) > len(one)), "")
    return path[: len(path) - len(ending)]


def _is_skipped(path: str) -> bool:
    folders = path.split("/")[:-1]
    return bool(folders) and (
        folders[0] == TEMPLATE_FOLDER
        or any(folder.startswith(".") or folder in SKIPPED_FOLDERS for folder in folders)
    )


def _list_paths(folder: Path, git_root: Path | None) -> list[str]:
    if git_root is not None:
        try:
            return list_files(folder)
        except GitUnusableError as error:
            if error.is_refusal:
                # What git ignores is no card, and only git knows what that is.
                raise
        except GitError:
            pass
    return list(_scan_folder(os.fspath(folder), ""))


def _scan_folder(folder: str, prefix: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith(".") and entry.name not in SKIPPED_FOLDERS:
                yield from _scan_folder(entry.path, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name
