"""CODEOWNERS: who GitHub, GitLab and their like ask for a review of which files."""

import re
from dataclasses import dataclass
from pathlib import Path

from kbcli.errors import KbError
from kbcli.foundation.disk.paths import resolve_inside
from kbcli.foundation.typed import compile_late

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_MAX_BYTES = 3_000_000
_MOST_DEEP = 3
_SECTION = compile_late(r"\^?\[([^\]]*)\](?:\[\d+\])?[ \t]*(.*)\Z")
_WORD = compile_late(r"(?:\\.|[^\s\\])+")


@dataclass(frozen=True, slots=True)
class _Line:
    pattern: re.Pattern[str]
    owners: tuple[str, ...]
    section: str


@dataclass(frozen=True)
class CodeOwners:
    """The lines of one CODEOWNERS file. `place` is its path from the git root."""

    place: str
    lines: tuple[_Line, ...]

    def find_owners(self, path: str) -> tuple[str, ...]:
        """Who owns a path (from the git root): of each section the last line that matches counts.

        `@person`, `@org/team` or e-mail addresses as written; none when no line, or one without owners, matches.
        """
        last: dict[str, tuple[str, ...]] = {}
        for line in self.lines:
            if line.pattern.match(path):
                last[line.section] = line.owners
        return tuple(dict.fromkeys(owner for owners in last.values() for owner in owners))


def load_codeowners(git_root: Path) -> CodeOwners | None:
    """The first CODEOWNERS file of PLACES; None when there is none that can be read."""
    for place in PLACES:
        try:
            path = resolve_inside(git_root / place, git_root)
            if not path.is_file() or path.stat().st_size > _MAX_BYTES:
                continue
            return parse_codeowners(path.read_text(encoding="utf-8", errors="replace"), place)
        except (OSError, KbError):
            continue
    return None


def parse_codeowners(text: str, place: str = "CODEOWNERS") -> CodeOwners:
    """Read the lines. A line that cannot be understood is left out, as GitHub does."""
    lines = []
    section, defaults = "", tuple[str, ...]()
    for raw in text.splitlines():
        words = _split_words(raw)
        if not words or words[0].count("**") > _MOST_DEEP:
            continue
        if heading := _SECTION.match(raw.strip()):
            section, defaults = heading[1].strip().casefold(), tuple(_split_words(heading[2]))
            continue
        owners = tuple(words[1:]) or defaults
        lines.append(_Line(re.compile(_translate(words[0])), owners, section))
    return CodeOwners(place, tuple(lines))


def _split_words(line: str) -> list[str]:
    """The words of a line up to its comment; a backslash keeps a space or `#`."""
    words = []
    for word in _WORD.findall(line):
        if word.startswith("#"):
            break
        words.append(re.sub(r"\\(.)", r"\1", word))
    return words


def _translate(pattern: str) -> str:
    """A gitignore pattern, without `!` and `[…]`, as a regular expression over paths from the root.

    A pattern without a slash (but at its end) matches at any depth; one that names a folder
    matches all below, but `docs/*` only the files in it.
    """
    anchored = "/" in pattern.rstrip("/")
    segments = [segment for segment in pattern.split("/") if segment]
    if not segments:
        return r"[^\s\S]"
    parts = ["" if anchored else "(?:.*/)?"]
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == "**":
            parts.append(".*" if last else "(?:.*/)?")
        else:
            parts.append(_translate_segment(segment) + ("" if last else "/"))
    below = "/.*" if pattern.endswith("/") else "" if anchored and segments[-1].endswith("*") else "(?:/.*)?"
    return f"{''.join(parts)}{below}" + r"\Z"


def _translate_segment(segment: str) -> str:
    """One folder or file name. All stars but the last take as little as they can, for good: no pattern is slow."""
    first, *others = (
        "".join("[^/]" if letter == "?" else re.escape(letter) for letter in piece)
        for piece in re.split(r"\*+", segment)
    )
    middle = "".join(f"(?>[^/]*?{piece})" for piece in others[:-1])
    return first + middle + "".join(f"[^/]*{piece}" for piece in others[-1:])
