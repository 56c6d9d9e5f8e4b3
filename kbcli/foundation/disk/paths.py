"""Paths: keeping every one that is read or written inside the repository, how the disk spells it, and globs."""

import os
import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

from kbcli.errors import OutsidePathError

# Stands for a bracket that is none of a glob's: no path has it.
_BRACKET = "\0"


def find_boundary(root: Path, git_root: Path | None) -> Path:
    """The folder nothing may leave: the git root where the knowledge base lies in one, else its root."""
    return git_root if git_root is not None else root


def is_inside(path: Path | str, boundary: Path) -> bool:
    """Whether a path, with every symbolic link followed, lies in `boundary`.

    A path that cannot be resolved (a loop, a NUL) does not. Git's own folder does not either:
    writing there runs code.
    """
    try:
        real = os.path.realpath(path)
    except (OSError, ValueError):
        return False
    base = os.path.realpath(boundary)
    if real != base and not real.startswith(base.rstrip(os.sep) + os.sep):
        return False
    return ".git" not in os.path.relpath(real, base).split(os.sep)


def resolve_inside(path: Path | str, boundary: Path) -> Path:
    """The real path, links followed. Raises OutsidePathError when it leaves `boundary`."""
    if not is_inside(path, boundary):
        raise OutsidePathError(f"{path} leads outside {boundary}", "kb reads and writes only below it.")
    return Path(os.path.realpath(path))


def find_spelling(root: Path, path: str) -> str | None:
    """The POSIX `path` below `root` as its folders list it; None when nothing is there.

    A file system that ignores case, or how an accent is composed, finds `Refund.md` by `refund.md`
    too. Whether two paths are one file cannot be told by its number: hard links share it, and some
    file systems give each spelling its own. Raises OSError.
    """
    if not os.path.lexists(os.path.join(root, path)):
        return None
    return _spell(root, path, fold_name)


def _spell(root: Path | str, path: str, fold: Callable[[str], str]) -> str:
    """A POSIX path in the names that its folders list, whichever of two that `fold` makes one. Raises OSError."""
    folder, names = os.fspath(root), []
    for name in path.split("/"):
        listed = os.listdir(folder)
        if name not in listed:
            name = next((other for other in listed if fold(other) == fold(name)), name)  # noqa: PLW2901
        names.append(name)
        folder = os.path.join(folder, name)
    return "/".join(names)


def compose(name: str) -> str:
    """A name with each letter and its accents as one sign (NFC): what is typed and what a disk lists may differ in that."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def fold_name(name: str) -> str:
    """A name as it is compared with what a person calls it: composed, without regard to case."""
    return compose(name).casefold()


def spell_composed(root: Path | str, path: str) -> str:
    """The POSIX `path` below `root` as its folders list it, where they compose letters otherwise; else as it is."""
    if path.isascii() or os.path.lexists(os.path.join(root, path)):
        return path
    try:
        return _spell(root, path, compose)
    except OSError:
        return path


def translate_glob(pattern: str) -> str:
    """A regular expression for a glob over POSIX paths.

    A trailing slash means everything below. `**/` also matches no folder at all. Anything
    that is not a wildcard stands for itself; an unclosed `[` or `{` too.
    """
    pattern = pattern.removeprefix("./")
    if pattern.endswith("/"):
        pattern += "**"
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        piece, step = _translate_piece(pattern, position)
        parts.append(piece)
        position += step
    return "".join(parts)


def _translate_piece(pattern: str, position: int) -> tuple[str, int]:
    rest = pattern[position:]
    if rest.startswith("**/") and (position == 0 or pattern[position - 1] == "/"):
        return "(?:[^/]+/)*", 3
    if rest == "**" and (position == 0 or pattern[position - 1] == "/"):
        return ".*", 2
    if rest[0] == "*":
        return "[^/]*", len(rest) - len(rest.lstrip("*"))
    if rest[0] == "?":
        return "[^/]", 1
    if rest[0] == "[" and (end := rest.find("]", 2)) > 0:
        inside = rest[1:end].replace("\\", "\\\\")
        inside = "^" + inside[1:] if inside[0] in "!^" else inside
        return f"(?!/)[{inside.replace('[', chr(92) + '[')}]", end + 1
    if rest[0] == "{" and (end := rest.find("}")) > 0:
        choices = (re.escape(choice).replace(r"\*", "[^/]*") for choice in rest[1:end].split(","))
        return f"(?:{'|'.join(choices)})", end + 1
    return re.escape(rest[0]), 1


@lru_cache(maxsize=256)
def _compile(patterns: tuple[str, ...]) -> re.Pattern[str]:
    choices = []
    for pattern in dict.fromkeys((*patterns, *map(compose, patterns))):
        try:
            re.compile(translated := translate_glob(pattern))
        except re.error:
            translated = re.escape(pattern)
        choices.append(translated)
        if "[" in pattern:
            # Folders may be called so: `app/[slug]/page.md`.
            choices.append(translate_glob(pattern.replace("[", _BRACKET)).replace(_BRACKET, r"\["))
    return re.compile(rf"(?:{'|'.join(choices)})\Z" if choices else r"(?!)", re.DOTALL)


def match_globs(patterns: Iterable[str]) -> Callable[[str], bool]:
    """A test whether a POSIX path, relative to the base of the globs, matches any of them."""
    matcher = _compile(tuple(patterns)).match
    return lambda path: (
        matcher(path) is not None or (not path.isascii() and matcher(compose(path)) is not None)
    )
