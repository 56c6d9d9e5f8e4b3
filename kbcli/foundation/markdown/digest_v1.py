"""The digest of scheme v1, which is no longer written, while stamps that have it are still held to. Not to be changed.

SHA-256 over the UTF-8 bytes of title, NUL, audience, NUL, body, of which the first 16 hex digits
are kept. Title and body, code too, are NFC as v2 makes it; a title from the file name is not in
it. A line break becomes a space only between two lines of one plain paragraph, with doubt counted
against joining; where code, HTML and mathematics end is found beside the block scanner.
"""

import hashlib
import re

from kbcli.foundation.markdown.digest import compose
from kbcli.foundation.typed import NamedTuple

SCHEME = "v1"

# A line that begins like this is not plain text of a paragraph: indentation, heading, quote,
# list, table, thematic break or setext underline, fence, HTML, reference definition, definition,
# attribute list, admonition, math.
_BLOCK_START = re.compile(
    r"[ \t\x0b\x0c]|[#>|<:{=~`$]|[-+*_](?:[ \t]|[-+*_ \t]*$)|-+:?[ \t\x0b\x0c]*$|\d{1,9}[.)](?:[ \t]|$)|\[(?:[^\]\\]|\\.)*(?:\]:|\\?$)|!!!|\?\?\?"
)
# The second row of a table of one column, which needs no pipes, or a definition: what stands before is no paragraph.
_TAKES_BACK = re.compile(r"[ \t\x0b\x0c]*:?-+:?[ \t\x0b\x0c]*$| {0,3}:[ \t]")
_JOINABLE = re.compile(r"[^\n]\n[^ \t\n#>|<:{=~`$]")
_REACH = 50
# Headings and breaks: one line each, after which a paragraph may begin.
_SINGLE = re.compile(r"#{1,6}(?:[ \t]|$)|(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*$")
_OPENS_NOTHING = frozenset(" \t#>|:={[!?0123456789")
_FENCE = re.compile(r"( {0,3})(`{3,}(?!.*`)|~{3,})")
_ITEM_FENCE = re.compile(r" {0,3}(?:(?:[-+*]|(\d{1,9})[.)]) {1,4})+(`{3,}(?!.*`)|~{3,})")
_ANY_FENCE = re.compile(r"[ \t]*(?:(?:[-+*>]|\d{1,9}[.)])[ \t]*)*(?:`{3}|~{3})")
_FENCE_END = re.compile(r"([ \t]*)(`{3,}|~{3,})[ \t]*$")
# CommonMark §4.6, kinds 1 to 5: what begins a raw block and what ends it, on the same line or later.
_RAW = (
    (
        re.compile(r" {0,3}<(?:pre|script|style|textarea)(?=[\s>]|$)", re.IGNORECASE),
        re.compile(r"</(?:pre|script|style|textarea)>", re.IGNORECASE),
    ),
    (re.compile(r" {0,3}<!--"), re.compile(r"-->")),
    (re.compile(r" {0,3}<\?"), re.compile(r"\?>")),
    (re.compile(r" {0,3}<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(r" {0,3}<![A-Za-z]"), re.compile(r">")),
)
# In these a line break shows, wherever in a line they open.
_KEPT = re.compile(r"<(pre|textarea|script|style|listing|xmp|plaintext)(?![a-z0-9-])", re.IGNORECASE)
_KEPT_WITHIN_LINE = re.compile(
    r"<(pre|textarea|script|style|listing|xmp)(?:\s[^<>`\\]*)?>[^<`\\]*</\1\s*>", re.IGNORECASE
)
_CODE = re.compile(r"(?<!`)(`+)(?!`)[^`]*(?<!`)\1(?!`)")
_RAW_ANYWHERE = re.compile(r"<(?:pre|script|style|textarea|!|\?)", re.IGNORECASE)


def digest_text_v1(title: str, audience: str, body: str) -> str:
    """The digest of a card's text: `v1:` and 16 hexadecimal digits."""
    # A NUL renders as U+FFFD; left as it is, it would move the border between the parts.
    text = "\0".join(
        part.replace("\0", "\ufffd") for part in (compose(title), audience, normalize_body(body))
    )
    return f"{SCHEME}:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


class _Open(NamedTuple):
    """A block whose lines are taken as they are: `fence`, `item` (a fence in a list item), `raw`, `kept`, `html` or `math`.

    `kept` is a `<pre>` or the like that was opened within a line, or is still open after its
    block. `mark` is the opening fence or the tag's name, `indent` its column, `end` what ends a raw block.
    """

    kind: str
    mark: str = ""
    indent: int = 0
    end: re.Pattern[str] | None = None

    @property
    def is_plain_fence(self) -> bool:
        """Whether only a line with its mark can end the block."""
        return self.kind == "fence" and not self.indent


class _UnsureError(Exception):
    """From here on two readings of the text are possible, and nothing more is joined."""


def normalize_body(body: str) -> str:
    """The body as the digest sees it: NFC, one newline style, paragraphs on one line each."""
    text = compose(body)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _JOINABLE.search(text) is None and not text.endswith(("\n\n", " \n", "\t\n", " ", "\t")):
        # No two lines could be joined, and nothing stands at the end that might belong to a fence.
        return _trim_ends(text, certain=True)
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    joiner = _Joiner()
    pieces = joiner.join(lines)
    # Only blank lines at the end ask whether they belong to a fence.
    ends_plain = bool(lines) and not lines[-1].endswith((" ", "\t")) and lines[-1] != ""
    certain = joiner.certain and (ends_plain or not _ends_in_deep_fence(lines))
    return _trim_ends("".join(pieces)[1:], certain)


class _Joiner:
    """Puts before each line what belongs there: a line break, or a space within a plain paragraph."""

    def __init__(self) -> None:
        self._unsure = False
        self._block: _Open | None = None
        # How many pieces end outside of any code span.
        self._clean = 0

    @property
    def certain(self) -> bool:
        """Whether the last lines are surely not inside of something that never ended."""
        return self._block is None and not self._unsure

    def join(self, lines: list[str]) -> list[str]:
        """The lines, each with its break or space in front."""
        pieces: list[str] = []
        add = pieces.append
        # fresh: every line since the last blank one was plain, or a heading. joinable: the last line was plain.
        fresh, joinable, blank, is_open, fence = True, False, True, False, ""
        for line in lines:
            if fence and fence not in line:
                add(f"\n{line}")
                continue
            if not is_open:
                if not line:
                    add("\n")
                    fresh, joinable, blank = not self._unsure, False, True
                    continue
                if line[0].isalpha() or not _BLOCK_START.match(line):
                    plain = fresh and "|" not in line
                    add(f" {line}" if plain and joinable and _may_join(pieces) else f"\n{line}")
                    fresh, joinable, blank = plain, plain, False
                    if "<" in line and self._opens_kept(pieces):
                        fresh, joinable, is_open = False, False, self._block is not None
                    continue
                if line[0] in "-: \t\x0b\x0c" and _TAKES_BACK.match(line):
                    _take_back(pieces, over_blank=line.lstrip(" ")[0] == ":")
            add(f"\n{line}")
            after_plain, joinable = joinable, False
            if not is_open and _opens_nothing(line):
                blank = line[0] <= " " and not line.strip(" \t")
                fresh = not self._unsure and (blank or _is_heading(line, after_plain))
            elif not self._unsure:
                was_blank, blank = blank, not line.strip(" \t")
                if not (after_plain and _UNDERLINE.match(line)):
                    fresh = self._follow(pieces, line, was_blank, blank)
                is_open = self._block is not None
                fence = self._block.mark if self._block is not None and self._block.is_plain_fence else ""
        return pieces

    def _follow(self, pieces: list[str], line: str, was_blank: bool, blank: bool) -> bool:
        """Whether a paragraph may begin after a line that is not plain; notes the block that is open then."""
        try:
            self._block, fresh = _follow(self._block, line, was_blank, blank)
        except _UnsureError:
            self._block, self._unsure, fresh = None, True, False
        if "<" in line and (self._block is None or self._block.kind == "html") and self._opens_kept(pieces):
            return False
        return fresh

    def _opens_kept(self, pieces: list[str]) -> bool:
        """Whether the last line leaves open what keeps line breaks; notes it."""
        if self._unsure:
            return False
        found = _find_kept(pieces[-1])
        if found and _is_within_code(pieces, self._clean):
            self._clean = len(pieces)
            return False
        if len(found) > 1:
            self._block, self._unsure = None, True
        elif found:
            self._block = _Open("kept", found[0])
        return bool(found)


def _opens_nothing(line: str) -> bool:
    """Whether a line that is not plain surely opens no block: the quick way for most of them."""
    return line[0] in _OPENS_NOTHING and "<" not in line and "``" not in line and "~~" not in line


def _is_heading(line: str, after_plain: bool) -> bool:
    """Whether a line is a heading, or underlines one: a paragraph may begin after it."""
    if line[0] == "#":
        return _SINGLE.match(line) is not None
    return after_plain and line[0] == "=" and _UNDERLINE.match(line) is not None


def _find_kept(line: str) -> list[str]:
    """The tags that open what keeps line breaks and do not close it in the line."""
    return [tag.lower() for tag in _KEPT.findall(_KEPT_WITHIN_LINE.sub("", line))]


def _is_within_code(pieces: list[str], start: int) -> bool:
    """Whether all backticks and tags of the last paragraph, as far as it is behind `start`, are complete code spans."""
    at = len(pieces)
    while at > start and pieces[at - 1].strip():
        at -= 1
    text = "".join(pieces[at:])
    if "`" not in text or "\\`" in text:
        return False
    rest = "\n".join(_CODE.sub("", line) for line in text.split("\n"))
    return "`" not in rest and "<" not in rest


def _take_back(pieces: list[str], *, over_blank: bool) -> None:
    """Undo the joins of the last paragraph, also when blank lines follow it if a definition may."""
    at = len(pieces) - 1
    while over_blank and at >= 0 and not pieces[at].strip():
        at -= 1
    while at >= 0 and pieces[at].startswith(" "):
        pieces[at] = f"\n{pieces[at][1:]}"
        at -= 1


def _ends_in_deep_fence(lines: list[str]) -> bool:
    """Whether the text may end within a fence that stands deep in a list item, where only its end tells."""
    start = len(lines) - 1
    while start > 0 and (not lines[start] or lines[start][0] in " \t"):
        start -= 1
    mark, column = "", 0
    for line in lines[start:]:
        match = _ANY_FENCE.match(line)
        if match is None or line[0] in "`~":
            continue
        fence = line[match.end() - 3 :]
        at = len(line[: match.end() - 3].expandtabs(4))
        if not mark:
            mark, column = fence[: len(fence) - len(fence.lstrip(fence[0]))], at
        elif at == column and fence.startswith(mark) and not fence.strip(mark[0]).strip(" \t"):
            mark = ""
    return bool(mark)


def _may_join(pieces: list[str]) -> bool:
    """Whether a line break may become a space after the last piece; takes a single space off its end.

    Within code or a tag that space would count, so it must be plain that there is neither.
    """
    last = pieces[-1]
    if not last.endswith((" ", "\\", "\t")):
        return True
    if last.endswith(("  ", "\\ ", "\\", "\t")):
        return False
    for piece in reversed(pieces[-_REACH:]):
        if "`" in piece or "<" in piece:
            return False
        if piece[0] == "\n":
            pieces[-1] = last[:-1]
            return True
    return False


def _follow(block: _Open | None, line: str, was_blank: bool, blank: bool) -> tuple[_Open | None, bool]:
    """The block that is open after a line, and whether a paragraph may begin on the next one."""
    if block is not None and block.kind == "kept":
        return _follow_kept(block, line, blank), False
    if block is not None and block.kind == "item" and not blank and _measure(line) < block.indent:
        block = None  # the list item ended, and its fence with it
    if block is not None:
        closed = _closes(block, line, blank)
        if closed and block.kind == "raw" and block.mark and f"</{block.mark}" not in line.lower():
            return _Open("kept", block.mark), False
        return (None, block.kind != "html" or blank) if closed else (block, False)
    return _open_block(line, was_blank), blank or _SINGLE.match(line) is not None


def _follow_kept(block: _Open, line: str, blank: bool) -> _Open | None:
    """What is open after a line within `<pre>` or the like. Raises _UnsureError when that cannot be told."""
    if blank:
        return block
    rest = _KEPT_WITHIN_LINE.sub("", line)
    if _ANY_FENCE.match(line) or _RAW_ANYWHERE.search(rest) or _KEPT.search(rest):
        raise _UnsureError
    if f"</{block.mark}" not in rest.lower():
        return block
    if "`" in line or "\\" in line or not re.search(rf"</{block.mark}\s*>", rest, re.IGNORECASE):
        raise _UnsureError
    return _Open("html")


def _open_block(line: str, was_blank: bool) -> _Open | None:
    """The block that a line opens, None when it is one of its own."""
    if "```" in line or "~~~" in line:
        if match := _FENCE.match(line):
            return _Open("fence", match[2], len(match[1]))
        if match := _ITEM_FENCE.match(line):
            if match[1] not in (None, "1") and not was_blank:
                raise _UnsureError  # it may be text: only a 1 can begin a list within a paragraph
            return _Open("item", match[2], match.start(2))
    first = line.lstrip(" ")[:1]
    if first == "$" and line.startswith("$$"):
        return None if line[2:].rstrip().endswith("$$") else _Open("math")
    if first == "<" and _measure(line) < 4:
        for start, end in _RAW:
            if start.match(line):
                kept = _KEPT.search(line)
                mark = kept[1].lower() if kept is not None else ""
                return None if end.search(line) else _Open("raw", mark, _measure(line), end)
        return _Open("html")
    return None


def _closes(block: _Open, line: str, blank: bool) -> bool:
    """Whether a line ends the open block. Raises _UnsureError when that depends on what is around it."""
    if block.kind in ("fence", "item"):
        match = _FENCE_END.match(line)
        ends = match is not None and match[2][0] == block.mark[0] and len(match[2]) >= len(block.mark)
        if block.kind == "item":
            if match is not None and not ends:
                return False
            return ends
        if block.indent and not blank and _measure(line) < block.indent:
            raise _UnsureError  # in a list item the fence would end here, elsewhere not
        if ends and _measure(line) >= 4:
            if block.indent:
                raise _UnsureError
            return False
        return ends
    if block.kind == "raw" and block.end is not None:
        if _KEPT.search(_KEPT_WITHIN_LINE.sub("", line)):
            raise _UnsureError  # it may be there for a browser, and open when this block has ended
        if block.indent and not blank and _measure(line) < block.indent:
            raise _UnsureError
        return block.end.search(line) is not None
    is_markup = block.kind == "math" and line.lstrip().startswith("<")
    if is_markup or _ANY_FENCE.match(line) or _RAW_ANYWHERE.search(line):
        raise _UnsureError  # it may be a paragraph after all, which this would interrupt
    return blank if block.kind == "html" else line.rstrip().endswith("$$")


def _measure(line: str) -> int:
    """The column at which the text of a line begins."""
    start = line[: len(line) - len(line.lstrip(" \t"))]
    return len(start.expandtabs(4))


def _trim_ends(text: str, certain: bool) -> str:
    """Without the blank lines at both ends; those at the end stay when they may belong to a fence."""
    inner = text.lstrip(" \t\n")
    if not inner:
        return ""
    start = text.rfind("\n", 0, len(text) - len(inner)) + 1
    end = text.find("\n", len(text.rstrip(" \t\n"))) if certain else -1
    return text[start:end] if end >= 0 else text[start:]
