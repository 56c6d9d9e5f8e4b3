"""The blocks of a Markdown text: where code, HTML, headings, lists, quotes, tables and paragraphs are.

The one reader of structure: titles, anchors, links, claims, passages and marks of translations all
stand on it. It follows CommonMark 0.31 and GitHub's tables as markdown-it-py reads them, by one
pass over the lines, and is several times faster, as it builds no tree and reads no inline markup.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import accumulate, count
from operator import add

from kbcli.foundation.typed import NamedTuple


class Block(NamedTuple):
    """One block, `first` to before `end` in 0-based lines.

    `kind` is `paragraph`, `heading`, `table`, `rule`, `definition` (of a reference), `fence`,
    `code` (indented), `raw` (HTML whose content is none of Markdown: comments, `pre`, `script`,
    declarations) or `html` (any other), or of what holds blocks `quote` or `item`. `depth` counts
    the quotes and items around it. Its text is at characters `start`, behind the marks of those,
    to `stop`, before the last line's newline.
    """

    kind: str
    first: int
    end: int
    depth: int
    start: int
    stop: int


# A base has tens of thousands of them, and what `NamedTuple` constructs with is Python.
_make_block = tuple.__new__

# Patterns are compiled when they are first needed: a search reads few kinds of blocks.
compile_once = cache(re.compile)

# Quotes and items within one another; marks of deeper ones are text.
_DEEPEST = 32

_ITEM = r"(?:[-+*]|([0-9]{1,9})[.)])(?: +|$)"
_CELL_END = r"(?<!\\)\|"
# HTML that holds text: a line that begins with such a tag begins a block, whatever follows.
_NAMES = """
address article aside base basefont blockquote body caption center col colgroup dd details dialog dir div dl dt
fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link
main menu menuitem nav noframes ol optgroup option p param search section summary table tbody td tfoot th thead
title tr track ul
"""
_BLOCK_NAMES = frozenset(_NAMES.split())
_RAW_NAMES = frozenset(("pre", "script", "style", "textarea"))
_TAG_NAME = r"(?a)<(/?)([A-Za-z][A-Za-z0-9-]*)(?=(\s|>|$)|/>)"
_ATTRIBUTE = r"""\s+[a-zA-Z_:][a-zA-Z0-9:._-]*(?:\s*=\s*(?:[^"'=<>`\x00-\x20]+|'[^']*'|"[^"]*"))?"""
_LONE_TAG = rf"(?a)<(?:[A-Za-z][A-Za-z0-9-]*(?:{_ATTRIBUTE})*\s*/?|/[A-Za-z][A-Za-z0-9-]*\s*)>\s*$"

_RAW_ENDS = {
    "tag": r"(?ai)</(?:pre|script|style|textarea)>",
    "comment": "-->",
    "processing": r"\?>",
    "declaration": ">",
    "cdata": r"\]\]>",
}

_PIECE = r"[^\s()\\\x00-\x1f\x7f]|\\[^\s]|\\(?=\s)"
_INNER = _PIECE
for _ in range(4):
    _INNER = rf"(?:{_PIECE}|\((?:{_INNER})*\))"
DESTINATION = rf"(?:<(?P<angle>(?:[^<>\n\\]|\\.)*)>|(?P<bare>(?!<)(?:{_INNER})*))"
SPACE = r"[ \t]*+(?:\n[ \t>]*+)?+"
TITLE = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\))"""


@cache
def definition_pattern() -> re.Pattern[str]:
    """A reference definition in a text, the marks of quotes before its later lines included."""
    return re.compile(
        rf"\[(?P<label>(?=[^\]]*[^\s\]])(?:[^\[\]\\]|\\.){{1,999}})\]:{SPACE}(?!\n|\Z){DESTINATION}"
        rf"(?:(?:[ \t]+|[ \t]*\n[ \t>]*){TITLE}[ \t]*(?:\n|\Z)|[ \t]*(?:\n|\Z))",
        re.DOTALL,
    )


INLINE_KINDS = frozenset(("paragraph", "heading", "table"))
"""Of blocks, those that hold text with code spans, links and emphasis."""

_CLOSING_MARKS = r"(?:^|[ \t]+)#+[ \t]*$"
_CELL = r"(?:[^|\n\\]|\\.)+"
_TICKS = "`+"
_VISIBLE = r"[^\n]"


@cache
def _inline_mark() -> re.Pattern[str]:
    """What matters for where code begins: escapes, runs of backticks, comments, tags and addresses."""
    return re.compile(
        r"\\[!-/:-@\[-`{-~]|(?P<code>`+)|(?P<comment><!--)|(?P<html><[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>"
        rf"|<(?:[A-Za-z][A-Za-z0-9-]*(?:{_ATTRIBUTE})*\s*/?|/[A-Za-z][A-Za-z0-9-]*\s*)>)"
    )


def _find_html(line: str, *, alone: bool = True) -> str:
    """What HTML a line begins: a key of `_RAW_ENDS`, `block`, `alone` (any other tag, where it may be one), or ""."""
    sign = line[1:2]
    if sign == "!":
        if line.startswith("--", 2):
            return "comment"
        if line[2:9].upper() == "[CDATA[":
            return "cdata"
        return "declaration" if line[2:3].isascii() and line[2:3].isalpha() else ""
    if sign == "?":
        return "processing"
    if tag := compile_once(_TAG_NAME).match(line):
        name = tag[2].lower()
        if name in _BLOCK_NAMES:
            return "block"
        if name in _RAW_NAMES and not tag[1] and tag[3] is not None:
            return "tag"
    if alone and line.rstrip().endswith(">") and compile_once(_LONE_TAG).match(line):
        return "alone"
    return ""


_INTERRUPTING = frozenset(">#`~<-+*_=|:0123456789")


@lru_cache(maxsize=32)
def scan_blocks(text: str) -> tuple[Block, ...]:
    """All blocks of a text in order, those that hold others before them; newlines must be line feeds."""
    return tuple(_Scanner(text).scan())


def read_heading(text: str, block: Block) -> str:
    """A heading as written, without what makes it one; of several underlined lines the last."""
    lines = text[block.start : block.stop].split("\n")
    if len(lines) > 1:
        return lines[-2].strip()
    return compile_once(_CLOSING_MARKS).sub("", lines[0].lstrip("#")).strip(" \t")


class Span(NamedTuple):
    """Characters `start` to before `stop` of a text that are a `code` span, a `comment`, or `html` (a tag or an autolink)."""

    kind: str
    start: int
    stop: int


def find_spans(text: str, block: Block) -> Iterator[Span]:
    """The code spans, HTML comments, tags and autolinks within a paragraph, heading or table of a text."""
    whole = [(block.start, block.stop)]
    cells = (cell.span() for cell in compile_once(_CELL).finditer(text, block.start, block.stop))
    for position, end in cells if block.kind == "table" else whole:
        while match := _inline_mark().search(text, position, end):
            position = match.end()  # noqa: PLW2901
            stop = 0
            if match.lastgroup == "code":
                stop = find_span_end(text, match, end)
            elif match.lastgroup == "comment":
                stop = text.find("-->", match.start() + 2, end) + 3
            elif match.lastgroup == "html":
                yield Span("html", *match.span())
            if stop > position:
                yield Span(str(match.lastgroup), match.start(), stop)
                position = stop  # noqa: PLW2901


def find_span_end(text: str, opening: re.Match[str], end: int) -> int:
    """Where the code span ends that a run of backticks begins: behind that run when none closes it."""
    for run in compile_once(_TICKS).finditer(text, opening.end(), end):
        if len(run[0]) == opening.end() - opening.start():
            return run.end()
    return opening.end()


def blank_code(text: str) -> str:
    """The text with spaces for its code: fences, indented code and code spans. Lines and places stay."""
    pieces: list[str] = []
    position = 0
    for block in scan_blocks(text):
        if block.kind in ("fence", "code"):
            spans = [(block.start, block.stop)]
        elif block.kind in INLINE_KINDS and "`" in text[block.start : block.stop]:
            spans = [span[1:] for span in find_spans(text, block) if span.kind == "code"]
        else:
            continue
        for start, stop in spans:
            pieces += (text[position:start], compile_once(_VISIBLE).sub(" ", text[start:stop]))
            position = stop
    return "".join((*pieces, text[position:]))


class _Scanner:
    """One text. `_stack` is what is open: 0 for a quote, for an item how far its text is indented."""

    def __init__(self, text: str) -> None:
        self._text = text
        lines = text.split("\n")
        if not lines[-1]:
            lines.pop()
        # Where each line ends.
        self._ends: list[int] = list(map(add, accumulate(map(len, lines)), count()))
        self._has_tabs, self._has_definitions = "\t" in text, "]:" in text
        if self._has_tabs:
            lines = [line.expandtabs(4) if "\t" in line else line for line in lines]
        self._lines = lines
        self._stack: list[int] = []
        self._holders: list[int] = []
        self._blocks: list[Block] = []

    def scan(self) -> list[Block]:
        lines, stack = self._lines, self._stack
        at, end = 0, len(lines)
        while at < end:
            rest = lines[at]
            if stack and (rest or 0 in stack):
                matched, rest = self._match(rest)
                if matched < len(stack):
                    self._close(matched)
            if not rest:
                at += 1
            elif rest[0].isalpha():
                at = self._read_paragraph(at, rest)
            elif reader := _READERS.get(rest[0]):
                at = reader(self, at, rest, 0) or self._read_paragraph(at, rest)
            else:
                at = self._read(at, rest)
        self._close(0)
        return self._blocks

    def _match(self, rest: str) -> tuple[int, str]:
        """How many of the open quotes and items a line is in, and what it holds within them."""
        for number, indent in enumerate(self._stack):
            bare = rest.lstrip(" ")
            if indent:
                if bare and len(rest) - len(bare) < indent:
                    return number, rest
                rest = rest[indent:]
            elif bare[:1] != ">" or len(rest) - len(bare) > 3:
                return number, rest
            else:
                rest = bare[2:] if bare[1:2] == " " else bare[1:]
        return len(self._stack), rest

    def _close(self, depth: int) -> None:
        """End the quotes and items that are deeper: each with its last block."""
        blocks = self._blocks
        while len(self._stack) > depth:
            self._stack.pop()
            place = self._holders.pop()
            kind, first, _, level, start, _ = blocks[place]
            _, _, end, _, _, stop = blocks[-1]
            blocks[place] = _make_block(Block, (kind, first, end, level, start, stop))

    def _add(self, kind: str, first: int, end: int, bare: str) -> None:
        """Note a block whose first line ends with `bare`."""
        ends = self._ends
        start = self._find_start(first, bare) if self._has_tabs else ends[first] - len(bare)
        block = (kind, first, end, len(self._stack), start, ends[end - 1])
        self._blocks.append(_make_block(Block, block))

    def _find_start(self, number: int, bare: str) -> int:
        """Where in the text the end `bare` of a line begins, however wide the tabs before it are."""
        if not self._has_tabs:
            return self._ends[number] - len(bare)
        at = self._ends[number - 1] + 1 if number else 0
        width, column = 0, len(self._lines[number]) - len(bare)
        while width < column and at < self._ends[number]:
            width += 4 - width % 4 if self._text[at] == "\t" else 1
            at += 1
        return at

    def _read(self, at: int, rest: str) -> int:
        """Read what begins on a line that holds `rest`; returns the line after it."""
        bare = rest.lstrip(" ")
        if not bare:
            return at + 1
        indent = len(rest) - len(bare)
        if indent > 3:
            return self._read_code(at, rest)
        reader = _READERS.get(bare[0])
        return (reader(self, at, bare, indent) if reader else 0) or self._read_paragraph(at, bare)

    def read_heading(self, at: int, bare: str, _indent: int) -> int:
        if not _is_heading(bare):
            return 0
        self._add("heading", at, at + 1, bare)
        return at + 1

    def read_quote(self, at: int, bare: str, _indent: int) -> int:
        if len(self._stack) == _DEEPEST:
            return 0
        self._open("quote", at, bare, 0)
        return self._read(at, bare[2:] if bare[1:2] == " " else bare[1:])

    def read_item(self, at: int, bare: str, indent: int) -> int:
        if bare[0] in "-*_" and _is_rule(bare):
            self._add("rule", at, at + 1, bare)
            return at + 1
        match = compile_once(_ITEM).match(bare)
        if match is None or len(self._stack) == _DEEPEST:
            return 0
        mark = len(match[0].rstrip())
        is_empty = match.end() == len(bare)
        width = mark + 1 if is_empty or match.end() > mark + 4 else match.end()
        following = self._lines[at + 1 : at + 2] if is_empty else ()
        ends = is_empty and not any(self._match(line)[1].strip(" ") for line in following)
        self._open("item", at, bare, indent + width)
        if ends:
            # No item begins with two blank lines.
            self._close(len(self._stack) - 1)
        return self._read(at, bare[width:])

    def _open(self, kind: str, at: int, bare: str, indent: int) -> None:
        self._holders.append(len(self._blocks))
        self._add(kind, at, at + 1, bare)
        self._stack.append(indent)

    def _read_code(self, at: int, rest: str) -> int:
        lines, depth = self._lines, len(self._stack)
        end = at + 1
        for number in range(end, len(lines)):
            matched, inner = self._match(lines[number])
            bare = inner.lstrip(" ")
            if matched < depth or (bare and len(inner) - len(bare) < 4):
                break
            if bare:
                end = number + 1
        self._add("code", at, end, rest[4:])
        return end

    def read_fence(self, at: int, bare: str, _indent: int) -> int:
        mark, depth = _find_fence(bare), len(self._stack)
        if not mark:
            return 0
        end = at + 1
        for number in range(end, len(self._lines)):
            rest = self._lines[number]
            if depth:
                matched, rest = self._match(rest)
                if matched < depth:
                    break
            end = number + 1
            if mark in rest:
                text = rest.strip(" ")
                if not text.strip(mark[0]) and len(rest) - len(rest.lstrip(" ")) < 4:
                    break
        self._add("fence", at, end, bare)
        return end

    def read_html(self, at: int, bare: str, _indent: int) -> int:
        kind = _find_html(bare)
        if not kind:
            return 0
        pattern, depth = _RAW_ENDS.get(kind), len(self._stack)
        ending = compile_once(pattern) if pattern else None
        end = at + 1
        if ending is None or not ending.search(bare):
            for number in range(end, len(self._lines)):
                rest = self._lines[number]
                matched, rest = self._match(rest) if depth else (0, rest)
                if matched < depth or (ending is None and not rest.strip(" ")):
                    break
                end = number + 1
                if ending is not None and ending.search(rest):
                    break
        self._add("html" if ending is None else "raw", at, end, bare)
        return end

    def read_definition(self, at: int, bare: str, _indent: int) -> int:
        """The line after a reference definition, 0 when none begins here."""
        if not self._has_definitions or ("]:" not in bare and "]" in bare and "\\" not in bare):
            return 0
        start = self._find_start(at, bare)
        match = definition_pattern().match(self._text, start)
        if match is None:
            return 0
        end = at + 1
        last = end + self._text.count("\n", start, match.end() - 1)
        while end < last and self._goes_on(end):
            end += 1
        if end < last:
            # It ends sooner, or is none.
            match = definition_pattern().match(self._text, start, self._ends[end - 1] + 1)
            if match is None:
                return 0
            end = at + 1 + self._text.count("\n", start, match.end() - 1)
        self._add("definition", at, end, bare)
        return end

    def _goes_on(self, at: int) -> bool:
        """Whether a definition may go on with a line."""
        rest = self._match(self._lines[at])[1]
        bare = rest.lstrip(" ")
        if not bare or ("|" in bare and self._find_table_end(at, bare)):
            return False
        return len(rest) - len(bare) > 3 or not _interrupts(bare, in_paragraph=False)

    def _read_paragraph(self, at: int, bare: str) -> int:
        """The paragraph, or the heading that an underline makes of it."""
        if "|" in bare and (end := self._find_table_end(at, bare)):
            self._add("table", at, end, bare)
            return end
        lines, depth = self._lines, len(self._stack)
        end, kind = at + 1, "paragraph"
        for number in range(end, len(lines)):
            rest = lines[number]
            end = number
            if not rest:
                break
            if not depth and rest[0].isalpha():
                continue
            matched, rest = self._match(rest)
            text = rest.lstrip(" ")
            if not text:
                break
            if text[0] not in _INTERRUPTING or len(rest) - len(text) > 3:
                continue
            whole = matched == depth
            if whole and text[0] in "|:-" and number - 1 > at and self._is_table_head(number - 1):
                end = number - 1
                break
            if whole and text[0] in "=-" and _is_underline(text):
                kind, end = "heading", number + 1
                break
            if _interrupts(text, in_paragraph=whole):
                break
        else:
            end = len(lines)
        self._add(kind, at, end, bare)
        return end

    def _is_table_head(self, at: int) -> bool:
        matched, rest = self._match(self._lines[at])
        bare = rest.lstrip(" ")
        return (
            matched == len(self._stack)
            and len(rest) - len(bare) < 4
            and "|" in bare
            and self._find_table_end(at, bare) > 0
        )

    def _find_table_end(self, at: int, bare: str) -> int:
        """The line after the table that a line is the head of, 0 when it is none."""
        lines, depth = self._lines, len(self._stack)
        if at + 1 >= len(lines):
            return 0
        matched, rest = self._match(lines[at + 1])
        delimiters = rest.lstrip(" ")
        if matched < depth or len(rest) - len(delimiters) > 3 or not _is_delimiter_row(delimiters):
            return 0
        if _count_cells(bare) != _count_cells(delimiters):
            return 0
        for end in range(at + 2, len(lines)):
            rest = lines[end]
            if not depth and rest[:1] == "|":
                continue
            matched, rest = self._match(rest) if depth else (0, rest)
            row = rest.lstrip(" ")
            if matched < depth or not row.strip() or len(rest) - len(row) > 3:
                return end
            if row[0] in _INTERRUPTING and _interrupts(row, in_paragraph=False):
                return end
        return len(lines)


# By the sign that a block may begin with, what reads it: the line after it, or 0 for a paragraph.
_READERS: Mapping[str, Callable[[_Scanner, int, str, int], int]] = {
    "#": _Scanner.read_heading,
    "<": _Scanner.read_html,
    "[": _Scanner.read_definition,
    ">": _Scanner.read_quote,
    **dict.fromkeys("`~", _Scanner.read_fence),
    **dict.fromkeys("-+*_0123456789", _Scanner.read_item),
}


def _interrupts(text: str, *, in_paragraph: bool) -> bool:
    """Whether a line begins a block that ends the paragraph or table before it.

    In a paragraph an item does so only when it has text, and a number only when it is 1.
    """
    first = text[0]
    if first == "#":
        return _is_heading(text)
    if first == "<":
        return _find_html(text, alone=False) != ""
    if first in "`~":
        return _find_fence(text) != ""
    if first in "-*_" and _is_rule(text):
        return True
    if first in "-+*0123456789" and (item := compile_once(_ITEM).match(text)):
        return not in_paragraph or (item.end() < len(text) and item[1] in (None, "1"))
    return first == ">"


def _is_heading(text: str) -> bool:
    """Whether a line that begins with # has at most six of them, and then nothing or a blank."""
    rest = text.lstrip("#")
    return len(text) - len(rest) < 7 and (not rest or rest[0].isspace())


def _is_rule(text: str) -> bool:
    marks = text.replace(" ", "")
    return len(marks) > 2 and not marks.strip(marks[0])


def _is_underline(text: str) -> bool:
    return not text.rstrip(" ").strip(text[0])


def _find_fence(text: str) -> str:
    """The marks with which a line that begins with ` or ~ opens a fence, else ""."""
    rest = text.lstrip(text[0])
    marks = text[: len(text) - len(rest)]
    return "" if len(marks) < 3 or (marks[0] == "`" and "`" in rest) else marks


def _is_delimiter_row(text: str) -> bool:
    """Whether a line is what stands below the head of a table: `| --- | :-: |`."""
    if len(text) < 2 or text.strip("|:- ") or text.startswith("- "):
        return False
    cells = text.strip(" ").removeprefix("|").removesuffix("|").split("|")
    marks = [cell.strip(" ").removeprefix(":").removesuffix(":") for cell in cells]
    return all(mark and not mark.strip("-") for mark in marks)


def _count_cells(row: str) -> int:
    cells = compile_once(_CELL_END).split(row.strip())
    return len(cells) - (not cells[0]) - (not cells[-1])
