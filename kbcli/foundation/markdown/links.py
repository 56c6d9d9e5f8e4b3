"""Links in Markdown: where they stand and what they point to.

A scanner beside the Markdown parser, because moving a card needs the exact characters of a
destination, which parsers do not report, and because checking needs ten thousand cards read in
a second. It looks only at paragraphs in which a link could be, and follows CommonMark 0.31 there
(links §6.3, images §6.4, definitions §4.7, autolinks §6.5); HTML comments and `pre` count as code.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from kbcli.foundation.markdown.paragraphs import ParagraphFinder


class Link(NamedTuple):
    """One link, image or reference definition.

    `target` is the destination's path, or the whole URL of a `web` link, unescaped and (but for
    `web`) percent-decoded; `anchor` is its fragment without `#`. `raw` is the destination as
    written, without angle brackets, at characters `start` to `end` of the text. `line` counts
    from 1. `kind` is `relative`, `absolute` (begins with /), `anchor` (only a fragment), `web`
    (any scheme, or //) or `template` (holds code of a site generator). `form` is `inline`,
    `image`, `definition`, `autolink` or `html`.
    """

    target: str
    anchor: str
    raw: str
    line: int
    start: int
    end: int
    kind: str
    form: str


_TOKEN = re.compile(r"\\[!-/:-@\[-`{-~]|`+|<[^<>]*>|!\[|\[|\]")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*)>\Z")
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*(?:\s+[^<>]*)?/?>\Z", re.DOTALL)
_ATTRIBUTE = re.compile(r"""\s(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)

_PIECE = r"[^\s()\\\x00-\x1f\x7f]|\\[^\s]|\\(?=\s)"
_INNER = _PIECE
for _ in range(4):
    _INNER = rf"(?:{_PIECE}|\((?:{_INNER})*\))"
_DESTINATION = rf"(?:<(?P<angle>(?:[^<>\n\\]|\\.)*)>|(?P<bare>(?!<)(?:{_INNER})*))"
_SPACE = r"[ \t]*(?:\n[ \t>]*)?"
_TITLE = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\))"""
_INLINE_TAIL = re.compile(
    rf"\({_SPACE}{_DESTINATION}(?:(?:[ \t]+|[ \t]*\n[ \t>]*){_TITLE})?{_SPACE}\)", re.DOTALL
)
_LABEL = r"\[(?P<label>(?:[^\[\]\\]|\\.){1,999})\]"
_REFERENCE_TAIL = re.compile(r"\[((?:[^\[\]\\]|\\.){0,999})\]", re.DOTALL)
_DEFINITION = re.compile(
    rf"(?:[ \t]*>)*[ ]{{0,3}}{_LABEL}:{_SPACE}(?!\n|\Z){_DESTINATION}"
    rf"(?:(?:[ \t]+|[ \t]*\n[ \t>]*){_TITLE}[ \t]*(?:\n|\Z)|[ \t]*(?:\n|\Z))",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|//")
_TEMPLATE = re.compile(r"<%|\{\{|\{%")


def find_links(text: str) -> list[Link]:
    """Every link of a Markdown text outside code, in order of place; newlines of any kind.

    A reference such as `[text][label]` is reported once, as its definition.
    """
    if "](" not in text and "]:" not in text and "<" not in text:
        return []
    if "\r" in text:
        # The same length, so that places stay right.
        text = text.replace("\r\n", " \n").replace("\r", "\n")
    return sorted(_Scanner(text).scan(), key=lambda link: link.start)


def classify_target(raw: str) -> tuple[str, str, str]:
    """Kind, target and anchor of a destination as written in Markdown."""
    from urllib.parse import unquote

    if _TEMPLATE.search(raw):
        return "template", raw, ""
    url = _ESCAPE.sub(r"\1", raw) if "\\" in raw else raw
    if "&" in url and ";" in url:
        from html import unescape

        url = unescape(url)
    if _SCHEME.match(url):
        return "web", url, ""
    path, _, anchor = url.partition("#")
    path = path.partition("?")[0]
    if "%" in url:
        path, anchor = unquote(path), unquote(anchor)
    kind = "absolute" if path.startswith("/") else "relative" if path else "anchor"
    return kind, path, anchor


class _Scanner:
    """One text, scanned once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._paragraphs = ParagraphFinder(text)
        self._labels: frozenset[str] | set[str] = frozenset()
        self._line = 1
        self._counted = 0

    def scan(self) -> Iterator[Link]:
        blocks = self._paragraphs.find_paragraphs()
        definitions: list[Link] = []
        inline: list[tuple[int, int]] = []
        labels: set[str] = set()
        for start, end in blocks:
            after = self._take_definitions(start, end, definitions, labels)
            if after > start:
                after = self._paragraphs.skip_indented(after, end)
            if after < end:
                inline.append((after, end))
        self._labels = labels
        yield from definitions
        for start, end in inline:
            yield from self._scan_inline(start, end)

    def _take_definitions(self, start: int, end: int, found: list[Link], labels: set[str]) -> int:
        """Read the definitions that a paragraph begins with; returns where the rest of it begins."""
        while start < end and (match := _DEFINITION.match(self._text, start, end)):
            label = match["label"]
            if not label.strip() or label.startswith("^"):
                break
            labels.add(_normalize_label(label))
            found.append(self._make_link(match, "definition"))
            start = match.end()
        return start

    def _make_link(self, match: re.Match[str], form: str) -> Link:
        group = "bare" if match["angle"] is None else "angle"
        return self._build(match[group], match.start(group), form)

    def _build(self, raw: str, start: int, form: str) -> Link:
        kind, target, anchor = classify_target(raw)
        return Link(target, anchor, raw, self._count_line(start), start, start + len(raw), kind, form)

    def _count_line(self, index: int) -> int:
        if index < self._counted:
            return self._text.count("\n", 0, index) + 1
        self._line += self._text.count("\n", self._counted, index)
        self._counted = index
        return self._line

    def _scan_inline(self, start: int, end: int) -> Iterator[Link]:
        """CommonMark's bracket stack: links hold no links, images may."""
        text = self._text
        openers: list[list[int]] = []
        position = start
        while match := _TOKEN.search(text, position, end):
            mark = match[0]
            position = match.end()
            if mark[0] == "`":
                position = self._skip_code_span(match, end)
            elif mark[0] == "<":
                link, position = self._read_angle(match)
                yield from link
            elif mark in ("[", "!["):
                openers.append([len(mark) == 2, 1, match.end()])
            elif mark == "]" and openers:
                is_image, active, inside = openers.pop()
                if not active:
                    continue
                tail = _INLINE_TAIL.match(text, position, end)
                if tail:
                    yield self._make_link(tail, "image" if is_image else "inline")
                    position = tail.end()
                elif reference := self._match_reference(inside, match.start(), end):
                    position = reference
                else:
                    continue
                if not is_image:
                    for opener in openers:
                        opener[1] = opener[1] and opener[0]

    def _skip_code_span(self, match: re.Match[str], end: int) -> int:
        """After the run of backticks that closes the code span, or after the opening run when none does."""
        length = len(match[0])
        for run in re.compile("`+").finditer(self._text, match.end(), end):
            if len(run[0]) == length:
                return run.end()
        return match.end()

    def _read_angle(self, match: re.Match[str]) -> tuple[list[Link], int]:
        if autolink := _AUTOLINK.match(match[0]):
            return [self._build(autolink[1], match.start() + 1, "autolink")], match.end()
        if not _TAG.match(match[0]):
            return [], match.start() + 1
        links = []
        for attribute in _ATTRIBUTE.finditer(match[0]):
            group = 1 if attribute[1] is not None else 2
            links.append(self._build(attribute[group], match.start() + attribute.start(group), "html"))
        return links, match.end()

    def _match_reference(self, inside: int, close: int, end: int) -> int:
        """Where a reference link that closes here ends, 0 when no definition has its label."""
        if not self._labels:
            return 0
        tail = _REFERENCE_TAIL.match(self._text, close + 1, end)
        if tail and tail[1].strip():
            return tail.end() if _normalize_label(tail[1]) in self._labels else 0
        if _normalize_label(self._text[inside:close]) in self._labels:
            return tail.end() if tail else close + 1
        return 0


def _normalize_label(label: str) -> str:
    return " ".join(label.split()).casefold()
