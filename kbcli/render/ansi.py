"""Colours for lines that must not wait for rich: those of a theme, which keeps them readable."""

from collections.abc import Iterable, Sequence
from itertools import accumulate, takewhile

from kbcli.foundation.text.width import text_width
from kbcli.foundation.typed import compile_late

_CODES = {
    "bold": "1", "dim": "2", "italic": "3", "underline": "4",
    "red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35",
    # Between blue and cyan: as dark on white as it is light on black, which neither of those two is.
    "cyan": "38;5;31",
}  # fmt: skip
_ESCAPES = compile_late(r"\x1b\[[0-9;]*m")
STATE_STYLES = {
    "verified": "green",
    "due": "yellow",
    "changed": "magenta",
    "suspect": "magenta",
    "unverified": "dim",
    "expired": "red",
    "flagged": "red bold",
    "draft": "dim",
    "archived": "dim",
}
STATE_MARKS = {
    "verified": "✓", "due": "◷", "changed": "≠", "suspect": "?", "unverified": "○",
    "expired": "✗", "flagged": "⚑", "draft": "✎", "archived": "▪",
}  # fmt: skip


def paint(text: str, style: str, *, color: bool) -> str:
    """The text in a style such as `red bold`; unchanged without colour."""
    if not color or not style or not text:
        return text
    return f"\x1b[{';'.join(_CODES[word] for word in style.split())}m{text}\x1b[0m"


def measure_width(text: str) -> int:
    """How many columns a text takes on a terminal; escapes take none, wide characters two."""
    return text_width(_ESCAPES.sub("", text) if "\x1b" in text else text)


def cut_start_to_width(text: str, width: int) -> str:
    """The end of a plain text that fits in `width` columns, led by … when something was cut.

    For IDs and paths, whose ending tells which one it is.
    """
    if measure_width(text) <= width:
        return text
    return f"…{text[len(text) - _count_fitting(reversed(text), width) :]}"


def cut_to_width(text: str, width: int) -> str:
    """The start of a plain text that fits in `width` columns, with … when something was cut."""
    if measure_width(text) <= width:
        return text
    return f"{text[: _count_fitting(text, width)].rstrip()}…"


def _count_fitting(characters: Iterable[str], width: int) -> int:
    """How many characters fit in `width` columns before or after an ellipsis."""
    return sum(1 for _ in takewhile(width.__gt__, accumulate(map(measure_width, characters))))


def wrap_words(text: str, width: int, indent: str = "") -> str:
    """A line on as many lines as it needs, broken between words, those after the first indented; colours go on.

    A word that is longer than a line is broken by the terminal.
    """
    if measure_width(text) <= width:
        return text
    lines: list[str] = []
    first, *words = text.lstrip(" ").split(" ")
    line = " " * (len(text) - len(text.lstrip(" "))) + first
    for word in words:
        longer = f"{line} {word}"
        if line.strip() and measure_width(longer) > width:
            lines.append(line)
            line = indent + word
        else:
            line = longer
    return "\n".join([*lines, line])


def pad_id(ident: str, width: int) -> str:
    """An ID cut at its start and filled to exactly `width` columns: its ending still names the card."""
    cut = cut_start_to_width(ident, width)
    return cut + " " * (width - measure_width(cut))


def pad_cell(text: str, width: int) -> str:
    """The text cut and filled to exactly `width` columns."""
    cut = cut_to_width(text, width)
    return cut + " " * (width - measure_width(cut))


def format_columns(
    rows: Sequence[Sequence[str]], width: int, *, numbers: Sequence[int] = (), wide: int = 0
) -> list[str]:
    """Lines of cells below each other, those of the columns `numbers` to the right; the column `wide` is cut to what is left."""
    if not rows:
        return []
    columns = range(len(rows[0]))
    widths = [max(measure_width(row[place]) for row in rows) for place in columns]
    others = sum(widths) - widths[wide] + 2 * (len(widths) - 1)
    widths[wide] = min(widths[wide], max(12, width - others))
    lines = []
    for row in rows:
        cells = [pad_cell(cell, size) for cell, size in zip(row, widths, strict=True)]
        for place in numbers:
            cells[place] = cells[place].strip().rjust(widths[place])
        lines.append("  ".join(cells).rstrip())
    return lines
