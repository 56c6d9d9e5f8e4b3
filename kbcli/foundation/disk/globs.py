"""Path globs, as kb.toml writes them: `*` and `?` within a folder, `**` over folders, `{a,b}` either."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache


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
    for pattern in patterns:
        try:
            re.compile(translated := translate_glob(pattern))
        except re.error:
            translated = re.escape(pattern)
        choices.append(translated)
    return re.compile(rf"(?:{'|'.join(choices)})\Z" if choices else r"(?!)", re.DOTALL)


def match_globs(patterns: Iterable[str]) -> Callable[[str], bool]:
    """A test whether a POSIX path, relative to the base of the globs, matches any of them."""
    matcher = _compile(tuple(patterns)).match
    return lambda path: matcher(path) is not None
