"""The passages of a Markdown body: paragraphs, list items, headings, table rows, code."""

import re
from collections.abc import Callable, Iterator
from functools import cache

from kbcli.foundation.typed import NamedTuple

_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?")
_LONGEST_PASSAGE = 4_000
_CODE_LINES = 6


class Passage(NamedTuple):
    """One passage of the source, markup included. `kind` is text, item, heading, row or code.

    Or it is `unread`: several passages that nobody wanted to be told apart.
    """

    kind: str
    text: str


def split_passages(body: str, is_wanted: Callable[[str], bool] | None = None) -> Iterator[Passage]:
    """The passages in order. Comments, rules, fences and link definitions are left out.

    With `is_wanted`, text between blank lines that it does not want stays one `unread` passage.
    """
    splitter = _Splitter()
    for block in body.split("\n\n"):
        if (
            is_wanted
            and not splitter.fence
            and "```" not in block
            and "~~~" not in block
            and not is_wanted(block)
        ):
            yield Passage("unread", block)
        else:
            yield from splitter.split(block)
    yield from splitter.end()


class _Splitter:
    """The passage that is being read, and the fence it is in."""

    def __init__(self) -> None:
        self.fence = ""
        self._kind = "text"
        self._lines: list[str] = []

    def split(self, block: str) -> Iterator[Passage]:
        """The passages of the text between two blank lines; code may go on behind it."""
        for line in block.split("\n"):
            bare = line.strip()
            if self.fence:
                if bare.startswith(self.fence) and not bare.strip(self.fence[0]):
                    self.fence = ""
                elif bare:
                    self._lines.append(line.rstrip())
                if not self.fence or len(self._lines) >= _CODE_LINES:
                    yield from self.end()
                continue
            starts = _find_kind(line, bare)
            if starts:
                yield from self.end()
                self._kind = "text" if starts in ("blank", "heading") else starts
            if starts == "fence":
                self.fence, self._kind = bare[: len(bare) - len(bare.lstrip(bare[0]))], "code"
            elif starts == "heading":
                yield Passage("heading", bare[:_LONGEST_PASSAGE])
            elif starts != "blank":
                self._lines.append(bare)
        if not self.fence:
            yield from self.end()
            self._kind = "text"

    def end(self) -> Iterator[Passage]:
        """The passage that was being read, if any."""
        if self._lines:
            yield Passage(self._kind, " ".join(self._lines)[:_LONGEST_PASSAGE])
            self._lines = []


def _find_kind(line: str, bare: str) -> str:
    """What a line begins: a kind of passage, `fence`, `blank` (nothing to show), or "" (it goes on)."""
    if not bare:
        return "blank"
    first = bare[0]
    if first.isalnum():
        return "item" if first.isdigit() and _ITEM.match(line) else ""
    if first in "`~" and bare[:3] in ("```", "~~~") and "`" not in bare[3:].lstrip("`"):
        return "fence"
    if first == "#" and bare.lstrip("#")[:1] in ("", " ", "\t"):
        return "heading" if bare.strip("# \t") else "blank"
    if first == "|" or (first in ":-" and "|" in bare):
        return "row" if bare.strip("|-: \t+") else "blank"
    if first in "-*_=:" and not bare.strip("-*_=: \t"):
        return "blank"
    if bare.startswith(("<!--", ":::", "{%", "<%", "[//]:")) or re.match(r"\[[^\]]+\]:\s", bare):
        return "blank"
    if first in "-*+" and _ITEM.match(line):
        return "item"
    return ""


@cache
def _markup() -> tuple[tuple[re.Pattern[str], str], ...]:
    return (
        (re.compile(r"<((?:https?|mailto):[^<>\s]+)>"), r"\1"),
        (re.compile(r"<!--.*?(?:-->|$)|</?[A-Za-z][^<>]{0,300}>|<%.{0,300}?%>"), " "),
        (
            re.compile(
                r"!?\[([^\[\]]*)\](?:\([^()\s]*(?:\([^()]*\)[^()\s]*)?(?:\s+[\"'][^\"']*[\"'])?\)|\[[^\[\]]*\])"
            ),
            r"\1",
        ),
        (
            re.compile(
                r"(?<!\\)(?:`+|(?<!\s)\*{1,3}|\*{1,3}(?!\s)|~~|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w))"
            ),
            "",
        ),
        (re.compile(r"\s*\{[#:.][^{}]*\}"), ""),
        (re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])"), r"\1"),
    )


_ENTITIES = {"&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}


def strip_markup(passage: Passage) -> str:
    """What a reader sees of a passage, on one line; code is kept as it is but for its line breaks."""
    text = passage.text
    if passage.kind == "code":
        return " ".join(text.split())
    if passage.kind == "heading":
        text = text.strip("# \t")
    elif passage.kind == "item":
        text = text[match.end() :] if (match := _ITEM.match(text)) else text
    elif passage.kind == "row":
        text = " · ".join(
            cell for cell in (cell.strip() for cell in text.strip("|").split("|")) if cell.strip("-: ")
        )
    text = text.lstrip("> \t") if text.startswith(">") else text
    if not text.isalnum():
        for pattern, replacement in _markup():
            text = pattern.sub(replacement, text)
        if "&" in text:
            for entity, sign in _ENTITIES.items():
                text = text.replace(entity, sign)
    return " ".join(text.split())
