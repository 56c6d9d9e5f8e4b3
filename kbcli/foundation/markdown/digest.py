"""The digest that pins a verification to a text.

Scheme v2: SHA-256 over the UTF-8 bytes of title, NUL, audience, NUL, body, of which the first 32
hex digits are kept. Newlines are unified, and blank lines at the ends of the body do not count. A
line break joins only two lines of a plain paragraph: as a space, or as nothing between two
characters of scripts without spaces. So reflowing keeps the digest, while anything that renders
differently changes it. Title and text are NFC, but not code, destinations of links, autolinks,
HTML and reference definitions, nor what could be Markdown: punctuation, symbols with their marks,
and link labels, which Markdown compares as they are.

What a paragraph is follows CommonMark 0.31 and GitHub's tables. What other renderers may read as
something else is not joined: a line that stays on its own makes the digest stricter, never wrong.
v1, of which stamps are still held to, is in `digest_v1`.
"""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import groupby
from unicodedata import category, is_normalized

from kbcli.foundation.markdown.blocks import (
    DESTINATION,
    INLINE_KINDS,
    SPACE,
    TITLE,
    Block,
    find_spans,
    scan_blocks,
)
from kbcli.foundation.typed import compile_late

SCHEME = "v2"

# A line that begins like this may be no plain text of a paragraph to some renderer: indentation, heading,
# quote, table, HTML, definition, attributes, list, fence, math, abbreviation, footnote, admonition, container,
# and what hides the line or takes in another file: a comment, break or target of MyST, a block or snippet of PyMdown.
_DOUBT = (
    r"(?:[ \t\x0b\x0c#>|<:{=]|[-+*_](?:[ \t]|[-+*_ \t]*(?:\n|\Z))|-+:?[ \t\x0b\x0c]*(?:\n|\Z)|\d{1,9}[.)](?:\s|\Z)"
    r"|```|~~~|\$\$|\*?\[[^\n]*\]:|!!!|\?\?\?"
    r"|%|\+\+\+|\([^\n()]*\)=[ \t]*(?:\n|\Z)|///|;*-+8<)"
)
_DOUBTFUL_START, _DOUBTFUL_LINE = compile_late(_DOUBT), compile_late(rf"\n{_DOUBT}")
_BRACKET = compile_late(r"^\*?\[", re.MULTILINE)
# No link, for the line break in its destination, but one with a space there.
_BROKEN_DESTINATION = compile_late(r"\]\(\s*<[^>\n]*\n")
_DEFINES = compile_late(r"[:~][ \t]")
_BREAK = compile_late(r"([ \t\\]*)\n(?=(.))")
# Han, kana, bopomofo, Thai, Lao, Khmer and Burmese, with the punctuation as wide as an ideograph.
_FIRST_SPACELESS = "\u0e01"
_SPACELESS = (
    "\u2e80-\u2fdf\u3001-\u302d\u3030-\u312f\u31a0-\u31ff\u3220-\u325f\u327f-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff0f"
    "\uff1a-\uff20\uff3b-\uff40\uff5b-\uff9f\U00016fe2-\U00016ff6\U0001aff0-\U0001b16f\U0001f200\U00020000-\U0003ffff"
    "\U000e0100-\U000e01ef\u0e01-\u0e3a\u0e40-\u0eff\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\U000116d0-\U000116e3"
    "\u1780-\u17ff\u19e0-\u19ff"
)
# In these a line break shows, wherever in a line they open.
_KEPT = compile_late(r"<(pre|textarea|script|style|listing|xmp|plaintext)(?![a-z0-9-])", re.IGNORECASE)
_COMPLETE = compile_late(
    r"<(pre|textarea|script|style|listing|xmp)(?:\s[^<>`\\]*)?>[^<`\\]*</\1\s*>", re.IGNORECASE
)
# Within a text what is left as it is beside code, tags and autolinks: destinations, addresses, HTML that is no tag.
_PROTECTED = compile_late(
    rf"\]\({SPACE}{DESTINATION}(?:(?:[ \t]+|[ \t]*\n[ \t>]*){TITLE})?{SPACE}\)|\]\(\s*\S*"
    r"|(?:https?://|www\.)\S+|<(?:\?|![A-Za-z\[]).*",
    re.DOTALL,
)
_HOLDING = frozenset(("fence", "code", "quote", "item"))
# What is not ASCII, with the letter it may belong to. In `<!e` a letter begins a declaration, with a mark it would not.
_RUN = compile_late(r"(?:(?<!<!)[\x00-\x7f])?[^\x00-\x7f]+")
_LABEL = compile_late(r"(\[(?:[^\[\]\\]|\\.)*\])", re.DOTALL)
_KELVIN = "\u212a"


def digest_text(title: str, audience: str, body: str) -> str:
    """The digest of a card's text: `v2:` and 32 hexadecimal digits."""
    # A NUL renders as U+FFFD; left as it is, it would move the border between the parts.
    text = "\0".join(
        part.replace("\0", "\ufffd") for part in (compose(title), audience, normalize_body(body))
    )
    return f"{SCHEME}:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def compose(text: str) -> str:
    """NFC of letters and digits with their marks, and of nothing that could make or unmake Markdown."""
    if is_normalized("NFC", text):
        return text
    if "]:" not in text:
        return _RUN.sub(_compose_run, text)
    pieces = _LABEL.split(text)
    pieces[::2] = [_RUN.sub(_compose_run, piece) for piece in pieces[::2]]
    return "".join(pieces)


def _compose_run(match: re.Match[str]) -> str:
    if is_normalized("NFC", match[0]):
        return match[0]
    from kbcli.foundation.text.languages import normalize

    kept = False

    def is_kept(character: str) -> bool:
        nonlocal kept
        major = category(character)[0]
        if major != "M":
            kept = major not in "LN" or character == _KELVIN
        return kept

    groups = [(kept, "".join(group)) for kept, group in groupby(match[0], is_kept)]
    return "".join(piece if kept else normalize("NFC", piece) for kept, piece in groups)


def normalize_body(body: str) -> str:
    """The body as the digest sees it: one newline style, paragraphs on one line each, NFC where that is safe."""
    text = body.replace("\r\n", "\n").replace("\r", "\n") if "\r" in body else body
    blocks = scan_blocks(text)
    if not blocks:
        return ""
    is_composed, has_labels = is_normalized("NFC", text), "]:" in text
    limit = _find_limit(text, blocks) if "$$" in text or _KEPT.search(text) else len(text)
    pieces: list[str] = []
    position = text.rfind("\n", 0, blocks[0].start) + 1
    for number, (kind, first, end, depth, start, stop) in enumerate(blocks):
        joins = kind == "paragraph" and end > first + 1 and not depth and start < limit
        if not joins and (is_composed or kind not in INLINE_KINDS):
            continue
        after = text[start:stop]
        if joins and not _is_defined(text, blocks, number):
            after = _join_lines(after, has_labels)
        if not is_composed:
            after = _compose_around(after, kind, has_labels)
        pieces += (text[position:start], after)
        position = stop
    return "".join((*pieces, text[position : blocks[-1].stop]))


def _is_defined(text: str, blocks: Sequence[Block], number: int) -> bool:
    """Whether the block after one begins as a definition does, of which each line before it may be a term."""
    return number + 1 < len(blocks) and _DEFINES.match(text, blocks[number + 1].start) is not None


def _join_lines(text: str, has_labels: bool) -> str:
    """A paragraph on one line, but for breaks that show and, when any of its lines may be no plain text, for all."""
    if "|" in text or _DOUBTFUL_START.match(text) or _DOUBTFUL_LINE.search(text):
        return text
    if ("]:" in text and _BRACKET.search(text)) or _BROKEN_DESTINATION.search(text):
        return text
    if "<" in text and _KEPT.search(_COMPLETE.sub(_drop_within_line, _blank(text))):
        return text
    if text.isascii() and " \n" not in text and "\\\n" not in text and "\t\n" not in text:
        return text.replace("\n", " ")
    from kbcli.foundation.text.languages import is_among

    # Within code or a tag a space at a line's end would count, so it must be plain that there is neither.
    is_plain = "`" not in text and "<" not in text
    protected: list[tuple[int, int]] | None = None

    def join(match: re.Match[str]) -> str:
        nonlocal protected
        if match[1] and (match[1] != " " or not is_plain):
            return match[0]
        if match[2] < _FIRST_SPACELESS:
            return " "
        if not is_among(match[2], _SPACELESS) or not is_among(text[match.start() - 1], _SPACELESS):
            return " "
        if protected is None:
            protected = _find_protected(text, "paragraph", has_labels)
        number = bisect_right(protected, (match.start(), len(text)))
        return match[0] if number and protected[number - 1][1] > match.start() else ""

    return _BREAK.sub(join, text)


def _drop_within_line(match: re.Match[str]) -> str:
    return match[0] if "\n" in match[0] else ""


def _blank(text: str) -> str:
    """A paragraph without its code spans."""
    pieces: list[str] = []
    position = 0
    for kind, start, stop in find_spans(text, _wrap(text)):
        if kind == "code":
            pieces.append(text[position:start])
            position = stop
    return "".join((*pieces, text[position:]))


def _wrap(text: str, kind: str = "paragraph") -> Block:
    return Block(kind, 0, 1, 0, 0, len(text))


def _compose_around(text: str, kind: str, has_labels: bool) -> str:
    """A text in NFC, without what is left as it is."""
    if is_normalized("NFC", text):
        return text
    pieces: list[str] = []
    position = 0
    for start, stop in _find_protected(text, kind, has_labels):
        pieces += (compose(text[position:start]), text[start:stop])
        position = stop
    return "".join((*pieces, compose(text[position:])))


def _find_protected(text: str, kind: str, has_labels: bool) -> list[tuple[int, int]]:
    """From where to where a text is code, HTML, an address, or a label where there are definitions; in order."""
    found = [(start, stop) for _, start, stop in find_spans(text, _wrap(text, kind))]
    for pattern in (_PROTECTED, _LABEL) if has_labels else (_PROTECTED,):
        found += (match.span() for match in pattern.finditer(text))
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(found):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(stop, merged[-1][1])
        else:
            merged.append((start, stop))
    return merged


def _find_limit(text: str, blocks: Sequence[Block]) -> int:
    """From where on nothing is joined: the block that leaves open what keeps line breaks, or may be mathematics."""
    for block in blocks:
        inner = text[block.start : block.stop] if block.kind not in _HOLDING else ""
        if block.kind in INLINE_KINDS and "`" in inner:
            inner = _blank(inner)
        if inner.count("$$") % 2 and block.kind in INLINE_KINDS:
            return block.start
        if "<" in inner and _KEPT.search(rest := _COMPLETE.sub("", inner)):
            opened = _KEPT.findall(rest)
            end = f"</{opened[0]}>".lower()
            is_whole = block.kind == "raw" and rest.lower().endswith(end) and "<!" not in rest
            if not is_whole or len(opened) > 1 or rest.lower().count(end[:-1]) > 1:
                return block.start
    return len(text)
