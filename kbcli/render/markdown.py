"""Tables as Markdown, to paste into a chat or an issue."""

import re
from collections.abc import Iterable, Sequence

from kbcli.render.ansi import cut_to_width
from kbcli.render.escape import strip_controls

# GitHub also takes what stands between two $ for mathematics.
_MARKUP = re.compile(r"([\\`*_\[\]~|#$])")
# A name longer than this is cut: the card's ID still tells which one it is.
_NAME_WIDTH = 120
_MENTION = re.compile(r"(?<![\w`])@(?=\w)")
_AUTOLINK = re.compile(r"(?i)\b(https?|ftp|www)(://|\.)")


def format_markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A GitHub-flavoured table; the cells are Markdown already. A column whose head begins with # is of numbers."""
    heads = [column.removeprefix("#") for column in columns]
    rules = (" ---: " if column.startswith("#") else " --- " for column in columns)
    lines = [f"| {' | '.join(heads)} |", f"|{'|'.join(rules)}|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "".join(f"{line}\n" for line in lines)


def escape_markdown(text: str) -> str:
    """A text that shows as itself: no markup, no HTML, nobody mentioned, nothing linked."""
    text = strip_controls(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _MARKUP.sub(r"\\\1", text)
    text = _MENTION.sub("@\u200b", text)
    return _AUTOLINK.sub("\\1\u200b\\2", text)


def shorten_name(text: str) -> str:
    """A title, an owner or another name for a cell: shown as itself, cut when it is very long."""
    return escape_markdown(cut_to_width(strip_controls(text), _NAME_WIDTH))
