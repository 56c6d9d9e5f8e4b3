"""The paragraphs of a Markdown text in which a link could stand: outside code, cut where a block ends."""

import re
from collections.abc import Iterator

_FENCE = re.compile(r"^[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*(`{3,}(?=[^`\n]*$)|~{3,})", re.MULTILINE)
_CANDIDATE = re.compile(r"\]\(|\]:|<(?=[A-Za-z])")
_RAW_HTML = re.compile(
    r"(?<!`)(?:<!--.*?-->|<(pre|script|style|textarea)(?=[\s>]).*?</\1>)", re.DOTALL | re.IGNORECASE
)
_BLANK = re.compile(r"\n[ \t]*(?=\n)")
_BLANK_LINES = re.compile(r"(?:[ \t]*\n)+")
# A line that ends the paragraph before it.
_BLOCK_START = re.compile(
    r"^(?:[ \t]*>)*[ \t]*(?:(?P<heading>#{1,6}(?=[ \t]|$).*$)|(?P<rule>(?:[-*_][ \t]*){3,}$|=+[ \t]*$)"
    r"|(?P<item>(?:[-+*]|\d{1,9}[.)])(?:[ \t]+|$)))"
    r"|^[ ]{0,3}(?P<quote>>)",
    re.MULTILINE,
)
_ITEM = re.compile(r"[ \t]*(?:[-+*]|\d{1,9}[.)])(?:[ \t]+|$)")


class ParagraphFinder:
    """One text. Spans are characters from `start` to before `end`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._code = self._find_code()

    def _find_code(self) -> list[tuple[int, int]]:
        """Spans of fenced code, and of HTML whose content is no Markdown."""
        spans: list[tuple[int, int]] = []
        text = self._text
        position = 0
        if "```" in text or "~~~" in text:
            while match := _FENCE.search(text, position):
                if _measure_indent(text, match.start()) > 3 and self._is_indented_code(match.start()):
                    position = match.end()
                    continue
                position = self._find_fence_end(match)
                spans.append((match.start(), position))
        if "<!--" in text or "</" in text:
            fenced = tuple(spans)
            for match in _RAW_HTML.finditer(text):
                if not any(start <= match.start() < end for start, end in fenced):
                    spans.append(match.span())  # noqa: PERF401
            spans.sort()
        return spans

    def _find_fence_end(self, opening: re.Match[str]) -> int:
        """Where fenced code ends: at its closing fence, or with the quote or list item it began in."""
        text = self._text
        body = text.find("\n", opening.end()) + 1 or len(text)
        mark = opening[1]
        closing = re.compile(rf"^[ \t>]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$", re.MULTILINE)
        found = closing.search(text, body)
        end = found.end() if found else len(text)
        prefix = text[opening.start() : opening.start(1)]
        if ">" in prefix:
            leaving = re.compile(r"^(?![ \t]*>)", re.MULTILINE).search(text, body, end)
        elif prefix.strip():
            leaving = re.compile(rf"^(?! {{{len(prefix.expandtabs(4))}}}|[ \t]*$)", re.MULTILINE).search(
                text, body, end
            )
        else:
            leaving = None
        return leaving.start() if leaving else end

    def _is_code(self, index: int) -> int:
        """The end of the code span of the list around an index, 0 when it is none."""
        for start, end in self._code:
            if start <= index < end:
                return end
        return 0

    def find_paragraphs(self) -> list[tuple[int, int]]:
        """The paragraphs (and headings, list items, cells) that hold something like a link."""
        text = self._text
        blocks: list[tuple[int, int]] = []
        position = 0
        while match := _CANDIDATE.search(text, position):
            if code := self._is_code(match.start()):
                position = code
                continue
            start, end = self._find_paragraph(match.start(), position)
            blocks += [(self.skip_indented(begin, stop), stop) for begin, stop in self._cut(start, end)]
            position = max(end, match.end())
        return blocks

    def _find_paragraph(self, index: int, floor: int) -> tuple[int, int]:
        """The lines around an index up to blank ones or code."""
        text = self._text
        start = max(text.rfind("\n\n", 0, index) + 2, floor) if text.rfind("\n\n", 0, index) >= 0 else floor
        for _, code_end in self._code:
            if code_end <= index:
                start = max(start, code_end)
        for blank in _BLANK.finditer(text, start, index):
            start = blank.end() + 1
        if leading := _BLANK_LINES.match(text, start, index):
            start = leading.end()
        found = _BLANK.search(text, index)
        end = found.start() if found else len(text)
        for code_start, _ in self._code:
            if index < code_start < end:
                end = code_start
        return start, end

    def _cut(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Cut lines between blank ones where a heading, rule or list item begins or ends."""
        text = self._text
        previous = start
        for match in _BLOCK_START.finditer(text, start, end):
            begin = match.start()
            if match["quote"] and text[text.rfind("\n", 0, max(begin - 1, 0)) + 1 : begin].lstrip(
                " "
            ).startswith(">"):
                continue
            if begin > previous:
                yield previous, begin
            previous = begin
            if match["heading"] is not None or match["rule"] is not None:
                yield begin, match.end()
                previous = min(match.end() + 1, end)
            elif match["item"] is not None:
                following = text[match.end() : match.end() + 1]
                # An empty item ends at once; a definition may stand right behind the mark.
                previous = (
                    match.end() + 1 if following == "\n" else match.end() if following == "[" else begin
                )
        if previous < end:
            yield previous, end

    def skip_indented(self, begin: int, end: int) -> int:
        """Where the lines of indented code end that a block begins with."""
        while begin < end and self._is_indented_code(begin):
            begin = (self._text.find("\n", begin, end) + 1) or end
        return begin

    def _is_indented_code(self, start: int) -> bool:
        text = self._text
        begin = text.rfind("\n", 0, start) + 1
        indent = _measure_indent(text, begin)
        if indent < 4:
            return False
        limit = indent
        while begin > 0:
            end = begin - 1
            begin = text.rfind("\n", 0, end) + 1
            line = text[begin:end]
            if not line.strip():
                continue
            own = _measure_indent(text, begin)
            if own >= limit:
                continue
            if item := _ITEM.match(line):
                content = (
                    len(item[0].expandtabs(4)) if len(item[0].rstrip()) < len(line.rstrip()) else own + 2
                )
                if indent >= content:
                    return indent - content >= 4
                limit = min(limit, own)
                if own == 0:
                    return False
                continue
            ending = _BLOCK_START.match(text, begin, end)
            if own < 2 and ending and (ending["heading"] is not None or ending["rule"] is not None):
                return True
            if begin and text[text.rfind("\n", 0, begin - 1) + 1 : begin].strip():
                # A line of a paragraph, which a list item above may have begun.
                continue
            limit = own
            if own < 2:
                return True
        return True


def _measure_indent(text: str, begin: int) -> int:
    columns = 0
    while begin < len(text) and text[begin] in " \t":
        columns += 4 - columns % 4 if text[begin] == "\t" else 1
        begin += 1
    return columns
