"""The passages of a Markdown body: paragraphs, list items, headings, table rows, code."""

import re
from collections.abc import Iterator
from functools import partial
from itertools import accumulate
from zlib import crc32

from kbcli.foundation.markdown.blocks import compile_once, scan_blocks
from kbcli.foundation.typed import NamedTuple

_LONGEST_PASSAGE = 4_000
_CODE_LINES = 6


class Passage(NamedTuple):
    """One passage of the source as it stands, marks of quotes and markup included.

    `kind` is text, item (of a list), heading, row (of a table) or code.
    """

    kind: str
    text: str


# A search makes thousands of them.
_make_passage = tuple.__new__


def split_passages(body: str) -> Iterator[Passage]:
    """The passages in order. Comments, rules, fences and link definitions are left out; newlines must be line feeds."""
    holders: list[str] = []
    for kind, _, _, depth, start, stop in scan_blocks(body):
        if holders:
            del holders[depth:]
        text = body[start:stop]
        if kind == "paragraph":
            is_item = holders and holders[-1] == "item"
            yield _make_passage(Passage, ("item" if is_item else "text", text[:_LONGEST_PASSAGE]))
        elif kind in ("quote", "item"):
            holders.append(kind)
        elif kind == "heading":
            yield _make_passage(Passage, ("heading", text[:_LONGEST_PASSAGE]))
        elif kind == "table":
            head, _, *rows = text.split("\n")
            for row in (head, *rows):
                yield _make_passage(Passage, ("row", row[:_LONGEST_PASSAGE]))
        elif kind in ("fence", "code"):
            yield from _split_code(text.split("\n")[kind == "fence" :])
        elif kind == "html" or text[:4].lower() == "<pre":
            yield _make_passage(Passage, ("text", text[:_LONGEST_PASSAGE]))


_KINDS = {kind[0]: kind for kind in ("text", "item", "heading", "row", "code")}

# Those of a text of fewer lines are found anew with little more work.
_LINES_WORTH_NOTING = 200


def note_passages(body: str) -> str:
    """Where the passages of a text are, to be kept beside it; "" for a text of few lines."""
    passages = list(split_passages(body)) if body.count("\n") >= _LINES_WORTH_NOTING else ()
    if not passages:
        return ""
    position, steps = 0, list[int]()
    for _, text in passages:
        start = body.index(text, position)
        steps += (start - position, len(text))
        position = start + len(text)
    return f"{_sum_text(body)} {''.join(kind[0] for kind, _ in passages)} {','.join(map(str, steps))}"


def recall_passages(body: str, noted: str) -> list[Passage]:
    """The passages of a text by what was noted of it; where that was of another text, or nothing, found anew."""
    if not noted or not noted.startswith(_sum_text(body)):
        return list(split_passages(body))
    _, kinds, steps = noted.split(" ")
    places = list(accumulate(map(int, steps.split(","))))
    texts = map(body.__getitem__, map(slice, places[::2], places[1::2]))
    return list(map(partial(_make_passage, Passage), zip(map(_KINDS.__getitem__, kinds), texts, strict=True)))


def _sum_text(body: str) -> str:
    return f"{crc32(body.encode('utf-8', 'surrogatepass')):08x}"


def _split_code(lines: list[str]) -> Iterator[Passage]:
    """Code, a few lines at a time, without the fence that closes it."""
    if lines and not lines[-1].strip("`~> \t"):
        lines.pop()
    for at in range(0, len(lines), _CODE_LINES):
        text = "\n".join(lines[at : at + _CODE_LINES])[:_LONGEST_PASSAGE]
        if text.strip():
            yield _make_passage(Passage, ("code", text))


# A sign of markup, what to replace where it is found, and by what; in this order.
_MARKUP = (
    ("<", r"<((?:https?|mailto):[^<>\s]+)>", r"\1"),
    ("<", r"<!--.*?(?:-->|$)|</?[A-Za-z][^<>]{0,300}>|<%.{0,300}?%>", " "),
    (
        "[",
        r"!?\[([^\[\]]*)\](?:\([^()\s]*(?:\([^()]*\)[^()\s]*)?(?:\s+[\"'][^\"']*[\"'])?\)|\[[^\[\]]*\])",
        r"\1",
    ),
    ("", r"(?<!\\)(?:`+|(?<!\s)\*{1,3}|\*{1,3}(?!\s)|~~|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w))", ""),
    ("{", r"\s*\{[#:.][^{}]*\}", ""),
    ("\\", r"\\([\\`*_{}\[\]()#+\-.!|<>~])", r"\1"),
)
_ENTITIES = {"&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}


def _drop_marks(line: str) -> str:
    """A line without what is no text: directives and templates, a footnote's name, the box of a task, the rule below a heading."""
    if line[:1] == "[" and line[3:4] in (" ", "\t") and line[:3] in ("[ ]", "[x]", "[X]"):
        return line[4:]
    line = line.lstrip("> \t")
    first = line[:1]
    if (first in (":", "{", "<") and line.startswith((":::", "{%", "<%"))) or (
        first in ("=", "-") and not line.rstrip(" \t").strip(first)
    ):
        return ""
    if first == "[" and line[1:2] == "^":
        name, _, rest = line[2:].partition("]")
        return rest[1:] if name and rest[:1] == ":" else line
    return line


def strip_markup(passage: Passage) -> str:
    """What a reader sees of a passage, on one line; code is kept as it is but for its line breaks."""
    kind, text = passage
    if kind == "code":
        return " ".join(text.split())
    if not text.isalnum():
        text = "\n".join(map(_drop_marks, text.split("\n")))
        if kind == "heading":
            text = text.strip("# \t")
        elif kind == "row":
            cells = (cell.strip() for cell in re.split(r"(?<!\\)\|", text))
            text = " · ".join(filter(None, cells))
        for sign, pattern, replacement in _MARKUP:
            if sign in text:
                text = compile_once(pattern).sub(replacement, text)
        if "&" in text:
            for entity, sign in _ENTITIES.items():
                text = text.replace(entity, sign)
    return " ".join(text.split())
