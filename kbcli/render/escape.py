"""Making text from files harmless: for a terminal or pipe, a field of plain output, a machine format."""

import re
from collections.abc import Callable, Iterable

from kbcli.foundation.text.hidden import CONTROLS, HALVES, TURNS

# Also breaks of lines and pages other than newline, line and paragraph separators, zero-width marks and tags, and what
# XML 1.0 forbids (https://www.w3.org/TR/xml/#charsets).
_DANGEROUS = f"[{CONTROLS}\x0b-\x0d\u2028\u2029{TURNS}\u061c\u200e\u200f\ufeff\ufffe\uffff{HALVES}\U000e0000-\U000e007f]"
_NAMES = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\"}


def make_visible(text: str) -> str:
    r"""The text with every control character written out as `\\x1b`, `\\u202e` …; tab and newline stay."""
    return replace_controls(text, _name_character)


def replace_controls(text: str, name: Callable[[str], str]) -> str:
    """The text with every control character but tab and newline replaced by what `name` makes of it."""
    if text.isprintable():
        return text
    return re.sub(_DANGEROUS, lambda found: name(found[0]), text)


def _name_character(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return _NAMES.get(character, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def make_line(text: str) -> str:
    """One line for a terminal: white space collapsed, control characters visible."""
    return make_visible(" ".join(text.split()))


def escape_field(text: str) -> str:
    """One field of tab-separated plain output: tab, newline and backslash escaped, controls visible."""
    if "\\" in text or "\t" in text or "\n" in text or "\r" in text:
        text = re.sub(r"[\t\n\r\\]", lambda found: _NAMES[found[0]], text)
    return make_visible(text)


def format_rows(rows: Iterable[Iterable[object]]) -> str:
    """Rows as plain output: a line each, fields tab-separated and escaped; None is an empty field."""
    return "".join(
        "\t".join("" if cell is None else escape_field(str(cell)) for cell in row) + "\n" for row in rows
    )


def drop_controls(text: str) -> str:
    """The text without control characters, for machine formats; tabs and newlines stay."""
    return text if text.isascii() and text.isprintable() else re.sub(_DANGEROUS, "", text)


def strip_controls(text: str) -> str:
    """One line without control characters: white space collapsed, the rest taken out."""
    return drop_controls(" ".join(text.split()))
