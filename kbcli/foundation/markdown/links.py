"""Links in Markdown: where they stand and what they point to.

A scanner beside the Markdown parser, because moving a card needs the exact characters of a
destination, which parsers do not report, and because checking needs ten thousand cards read in
a second. It looks only at blocks in which a link could be, and follows CommonMark 0.31 there
(links §6.3, images §6.4, definitions §4.7, autolinks §6.5); HTML comments and `pre` count as code.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from operator import itemgetter

from kbcli.foundation.markdown.blocks import (
    DESTINATION,
    INLINE_KINDS,
    SPACE,
    TITLE,
    Block,
    definition_pattern,
    find_span_end,
    scan_blocks,
)
from kbcli.foundation.typed import NamedTuple, compile_late


class Link(NamedTuple):
    """One link, image or reference definition.

    `target` is the destination's path, or the whole URL of a `web` link, unescaped and (but for
    `web`) percent-decoded; `anchor` is its fragment without `#`. `raw` is the destination as
    written, without angle brackets, at characters `start` to `end` of the text. `line` counts
    from 1. `kind` is `relative`, `absolute` (begins with /), `alias` (with a folder that the site's
    generator or bundler knows: `@/`, `@site/`, `@assets/`), `anchor` (only a fragment), `web` (any scheme, or //), `template` (holds code of a site generator) or one of NOTATIONS, whose `raw`
    is all of it. `form` is `inline`, `image`, `definition`, `autolink`, `html`, `component` (as HTML, in a tag
    that begins with a capital: what becomes of it is known to somebody's code) or `notation`.
    """

    target: str
    anchor: str
    raw: str
    line: int
    start: int
    end: int
    kind: str
    form: str


NOTATIONS = {
    "wiki": compile_late(r"!?\[\[(?P<target>[^\[\]\n|]*?)(?:\\?\|[^\[\]\n]*)?\]\](?!\()"),
    "ref": compile_late(
        r"\{\{(?:<|%)\s*(?:rel)?ref\s+(?:(?:path|ref)\s*=\s*)?(?P<quote>[\"`]?)(?P<target>[^\s\"`<>%{}]++)(?P=quote)[^{}\n]*?[>%]\}\}"
    ),
    "link": compile_late(r"\{%-?\s*link\s+(?P<target>[^\s%{}]+)\s*-?%\}"),
    "post": compile_late(r"\{%-?\s*post_url\s+(?P<target>[^\s%{}]+)\s*-?%\}"),
}
"""How links are written that are none of Markdown: wiki links, Hugo's ref and relref, Jekyll's link and post_url."""

_LINKED_KINDS = INLINE_KINDS | {"html", "definition"}
# Most links are whole tokens: no text within theirs could be one.
_TOKEN = compile_late(
    r"!?\[[^\[\]\\`<{]*\]\((?P<whole>[^\s()<>\\\x00-\x1f\x7f]*)\)"
    r"|\\[!-/:-@\[-`{-~]|`+|<!--|<[^<>]*>|!?\[\[|!\[|\[|\]|\{\{|\{%"
)
# What Liquid leaves as it is; Markdown makes links there all the same.
_RAW = compile_late(r"\{%-?\s*raw\s*-?%\}.*?(?:\{%-?\s*endraw\s*-?%\}|\Z)", re.DOTALL)
_HIDING = compile_late(r"<(pre|script|style|textarea)(?=[\s>])", re.IGNORECASE)
_CANDIDATE = compile_late(r"\]\(|<(?=[A-Za-z])|\[\[|\{\{|\{%")
_MARKS = ("](", "]:", "<", "[[", "{{", "{%")
_AUTOLINK = compile_late(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*)>\Z")
_TAG = compile_late(r"</?[A-Za-z][A-Za-z0-9-]*(?:\s+[^<>]*)?/?>\Z", re.DOTALL)
_VALUE = r"""\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+?)(?=/?[\s>]))"""
_ATTRIBUTE = compile_late(rf"\s(href|src|srcset|poster){_VALUE}", re.IGNORECASE)
# A name with blanks, which generators take though browsers do not, goes on to the size behind it.
_SOURCE = compile_late(r"[^\s,](?:[^\s,]|,(?!\s|\Z)|\s++(?!\d[\d.]*[wxh](?:\s|,|\Z)|\Z))*+")
# What has indented text below it that is none of code: admonitions, tabs, footnotes, definitions.
_TEXT_HOLDER = compile_late(r"(?:!!!|\?\?\?\+?|===[!+]?)[ \t]|:::|\[\^[^\]\s]+\]:|(?:.*\n)*?[ \t>]*:[ \t]")
_LINE = compile_late(r"[^\n]*\n?")

_INLINE_TAIL = compile_late(
    rf"\({SPACE}{DESTINATION}(?:(?:[ \t]+|[ \t]*\n[ \t>]*){TITLE})?{SPACE}\)", re.DOTALL
)
_REFERENCE_TAIL = compile_late(r"\[((?:[^\[\]\\]|\\.){0,999})\]", re.DOTALL)
_BRACKETED = compile_late(r"\[((?:[^\[\]\\]|\\.){1,999})\]", re.DOTALL)
_ESCAPE = compile_late(r"\\([!-/:-@\[-`{-~])")
_SCHEME = compile_late(r"[A-Za-z][A-Za-z0-9+.-]+:|//")
_ALIAS = compile_late(r"@[\w-]*/")
# At last an expression of MDX, `src={logo}`, and what something fills in, `](PAGE_URL)`.
_TEMPLATE = compile_late(r"<%|\{\{|\{%|%%[\w-]+%%|\A\{[^{}]*\}\Z|\A[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")

# What could be a destination; each begins with fixed letters, which is what makes searching quick.
_INLINE_TARGETS = {
    absolute: compile_late(rf"\]\([ \t\n>]*(?!https?:{unwanted})(?:<([^<>\n]*)>|([^\s()<>]*))")
    for absolute, unwanted in ((False, "|/"), (True, "|//"))
}
_DEFINED_TARGET = compile_late(r"\]:[ \t]*(?:\n[ \t>]*)?(?:<([^<>\n]*)>|([^\s<>]+))")
_ATTRIBUTE_TARGETS = tuple(
    (name, compile_late(rf"({name}){_VALUE}")) for name in ("href", "src", "srcset", "poster")
)


def find_links(text: str) -> list[Link]:
    """Every link of a Markdown text outside code, in order of place; newlines of any kind.

    A reference such as `[text][label]` is reported once, as its definition.
    """
    if not any(mark in text for mark in _MARKS):
        return []
    if "\r" in text:
        # The same length, so that places stay right.
        text = text.replace("\r\n", " \n").replace("\r", "\n")
    reader = _LinkReader(text)
    links = [
        _make_link(*found, block.first + 1 + text.count("\n", block.start, found[1]))
        for block in reader.blocks
        for found in reader.read(block)
    ]
    return sorted(links, key=lambda link: link.start)


def find_definitions_used(text: str, start: int, stop: int) -> list[tuple[int, int]]:
    """Where references are defined that stand in brackets between two places, and are not defined there."""
    if "]:" not in text:
        return []
    used = {_normalize_label(match[1]) for match in _BRACKETED.finditer(text, start, stop)}
    reader = _LinkReader(text)
    found: dict[str, tuple[int, int]] = {}
    for block in reader.blocks:
        match = reader.match_definition(block) if block.kind == "definition" else None
        if match is not None and (label := _normalize_label(match["label"])) in used:
            found.setdefault(label, match.span())
    return [place for place in found.values() if not start <= place[0] < stop]


def find_idle_definitions(text: str) -> list[tuple[int, int]]:
    """Where references are defined that make no link: nobody uses the label, or it was defined before. No page shows them."""
    if "]:" not in text:
        return []
    reader = _LinkReader(text)
    found = [
        (_normalize_label(match["label"]), match.span())
        for block in reader.blocks
        if block.kind == "definition" and (match := reader.match_definition(block))
    ]
    own = {start for _, (start, _) in found}
    used = {_normalize_label(match[1]) for match in _BRACKETED.finditer(text) if match.start() not in own}
    # The first of a label holds.
    first = {label: place for label, place in reversed(found) if label in used}
    return [place for label, place in found if first.get(label) != place]


def _make_link(raw: str, start: int, form: str, line: int) -> Link:
    kind, target, anchor = classify_target(raw)
    return Link(target, anchor, raw, line, start, start + len(raw), kind, form)


class PickedLink(NamedTuple):
    """A link's destination as written, its 1-based line in the text, and its form as of a Link."""

    raw: str
    line: int
    form: str


def pick_links(
    body: str,
    wanted: Callable[[str], object],
    *,
    absolute: bool = False,
    last_defines: bool = False,
) -> list[PickedLink]:
    """The first link to each destination that is `wanted`, in order; newlines must be line feeds.

    The same as asking of each link of `find_links` whether its `raw` is wanted, but for autolinks
    and, some of the time, destinations that begin with `http:`, and but for `absolute` those with `/`,
    which should not be wanted. Definitions whose label nobody uses are left out, and of those of one label all but
    the first, or but the last where `last_defines`: they make no link.
    A text is read as Markdown only when something in it looks like a wanted link, so that ten
    thousand cards without one are checked in a moment.
    """
    found = [(place, raw) for raw, place in _find_candidates(body, absolute) if raw and wanted(raw)]
    places = sorted(place for place, _ in found)
    if not places:
        return []
    picked: dict[str, PickedLink] = {}
    reader = _LinkReader(body)
    for block in reader.blocks:
        at = bisect_left(places, block.start)
        if at == len(places) or places[at] >= block.stop:
            continue
        for raw, start, form in reader.read(block):
            if form == "autolink" or not raw or raw in picked or not wanted(raw):
                continue
            if form != "definition" or reader.is_used(block, last_defines=last_defines):
                line = block.first + 1 + body.count("\n", block.start, start)
                picked[raw] = PickedLink(raw, line, form)
    return list(picked.values())


def _find_candidates(body: str, absolute: bool) -> Iterator[tuple[str, int]]:
    """The destinations of all that could be a link, with their places."""
    if "](" in body:
        pattern = _INLINE_TARGETS[absolute]
        for match in pattern.finditer(body):
            raw = match[2] if match[1] is None else match[1]
            yield raw, match.start()
            if raw.endswith("]") and (inner := pattern.match(body, match.end(2) - 1)) is not None:
                # What began as one link swallowed the beginning of another.
                yield inner[2] if inner[1] is None else inner[1], inner.start()
    if "]:" in body:
        yield from _list_matches(_DEFINED_TARGET, body)
    if "<" in body:
        for name, pattern in _ATTRIBUTE_TARGETS:
            if name in body:
                for match in pattern.finditer(body):
                    yield from _read_attribute(match)
    for pattern in NOTATIONS.values() if "[[" in body or "{%" in body or "{{" in body else ():
        for match in pattern.finditer(body):
            yield match[0], match.start()


def _read_attribute(match: re.Match[str]) -> Iterator[tuple[str, int]]:
    """The destinations in an attribute, with their places: `srcset` names several, each with its size."""
    value, place = next((match[group], match.start(group)) for group in (2, 3, 4) if match[group] is not None)
    if match[1].lower() != "srcset":
        yield value, place
        return
    at = 0
    while source := _SOURCE.search(value, at):
        yield source[0], place + source.start()
        at = value.find(",", source.end()) + 1 or len(value)


def _list_matches(pattern: re.Pattern[str], body: str) -> Iterator[tuple[str, int]]:
    for match in pattern.finditer(body):
        yield match[2] if match[1] is None else match[1], match.start()


def match_notation(raw: str) -> tuple[str, re.Match[str]] | None:
    """Which of NOTATIONS a destination as written is, and its parts; None for one of Markdown or HTML."""
    if raw.endswith(("]]", "}}", "%}")):
        for kind, pattern in NOTATIONS.items():
            if match := pattern.fullmatch(raw):
                return kind, match
    return None


def classify_target(raw: str) -> tuple[str, str, str]:
    """Kind, target and anchor of a destination as written in Markdown."""
    from urllib.parse import unquote

    if found := match_notation(raw):
        path, _, anchor = found[1]["target"].partition("#")
        return found[0], path.strip(), anchor.strip()
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
    if path.startswith("@") and _ALIAS.match(path):
        return "alias", path, anchor
    kind = "absolute" if path.startswith("/") else "relative" if path else "anchor"
    return kind, path, anchor


def _find_indented_text(text: str, blocks: Sequence[Block]) -> set[int]:
    """The first lines of indented blocks that are text where admonitions, tabs, footnotes or definitions are known."""
    found: set[int] = set()
    holders: dict[int, bool] = {}
    for block in blocks if any(map("code".__eq__, map(itemgetter(0), blocks))) else ():
        if block.kind == "code":
            if holders.get(block.depth):
                found.add(block.first)
        else:
            holders[block.depth] = _TEXT_HOLDER.match(text, block.start, block.stop) is not None
    return found


# A destination as written, its place, and the form of the link.
_Found = tuple[str, int, str]


class _LinkReader:
    """One text, with its blocks and the labels that are defined in it."""

    def __init__(self, text: str, labels: Iterable[str] = ()) -> None:
        self._text = text
        blocks = scan_blocks(text)
        holding = _find_indented_text(text, blocks)
        self.blocks = [block for block in blocks if block.kind in _LINKED_KINDS or block.first in holding]
        # Where raw text begins and ends, in turn.
        self._raws = (
            [place for found in _RAW.finditer(text) for place in found.span()] if "{%" in text else []
        )
        self._labels: set[str] = set(labels)
        for block in self.blocks if "]:" in text else ():
            if block.kind == "definition" and (match := self.match_definition(block)):
                self._labels.add(_normalize_label(match["label"]))

    def match_definition(self, block: Block) -> re.Match[str] | None:
        """The definition of a reference that a block is."""
        match = definition_pattern().match(self._text, block.start, block.stop)
        # What looks like one with a caret is a footnote.
        return None if match is None or match["label"].startswith("^") else match

    @cached_property
    def _defined(self) -> dict[int, str]:
        """By the place of each definition its label, in order."""
        found = {one.start: self.match_definition(one) for one in self.blocks if one.kind == "definition"}
        return {place: _normalize_label(match["label"]) for place, match in found.items() if match}

    @cached_property
    def _mentioned(self) -> frozenset[str]:
        """What stands in brackets elsewhere than where it is defined, be it in code."""
        definitions = {one.start for one in self.blocks if one.kind == "definition"}
        found = _BRACKETED.finditer(self._text)
        return frozenset(_normalize_label(match[1]) for match in found if match.start() not in definitions)

    def is_used(self, block: Block, *, last_defines: bool) -> bool:
        """Whether a definition is the one of its label that counts, and something mentions that label."""
        label = self._defined[block.start]
        same = [place for place, other in self._defined.items() if other == label]
        return same[-1 if last_defines else 0] == block.start and label in self._mentioned

    def read(self, block: Block) -> Iterator[_Found]:
        """The links of a block, in order of where they end."""
        if block.kind == "code":
            yield from self._read_indented(block)
        elif block.kind == "definition" and (match := self.match_definition(block)):
            yield _read_destination(match, "definition")
        elif _CANDIDATE.search(self._text, block.start, block.stop):
            yield from self._read_inline(block.start, block.stop)

    def _read_indented(self, block: Block) -> Iterator[_Found]:
        """The links of indented text, read without its indentation."""
        width = block.start - self._text.rfind("\n", 0, block.start) - 1
        lines: list[str] = []
        starts: list[int] = []
        for line in _LINE.finditer(self._text, block.start, block.stop):
            shift = 0
            while lines and shift < width and line[0][shift : shift + 1] in (" ", "\t", ">"):
                shift += 1
            lines.append(line[0][shift:])
            starts.append(line.start() + shift)
        text = "".join(lines)
        reader = _LinkReader(text, self._labels)
        for inner in reader.blocks:
            for raw, start, form in reader.read(inner):
                number = text.count("\n", 0, start)
                yield raw, starts[number] + start - text.rfind("\n", 0, start) - 1, form

    def _read_inline(self, start: int, end: int) -> Iterator[_Found]:
        """CommonMark's bracket stack: links hold no links, images may."""
        text = self._text
        openers: list[list[int]] = []
        # So many of them are closed already: each bracket is gone through once.
        closed = 0
        position = start
        while match := _TOKEN.search(text, position, end):
            mark = match[0]
            position = match.end()
            if match.lastgroup:
                form = "image" if mark[0] == "!" else "inline"
                yield match["whole"], match.start("whole"), form
                if form == "inline":
                    closed = _close_around(openers, closed)
            elif mark[0] == "`":
                position = find_span_end(text, match, end)
            elif mark[0] == "<":
                link, position = self._read_angle(match, end)
                yield from link
            elif mark[0] == "{":
                link, position = self._read_template(match.start(), end)
                yield from link
            elif mark[-2:] == "[[":
                if wiki := NOTATIONS["wiki"].match(text, match.start(), end):
                    yield wiki[0], wiki.start(), "notation"
                    position = wiki.end()
                else:
                    position -= 1
                    openers.append([len(mark) == 3, 1, position])
            elif mark in ("[", "!["):
                openers.append([len(mark) == 2, 1, match.end()])
            elif mark == "]" and openers:
                is_image, active, inside = openers.pop()
                closed = min(closed, len(openers))
                if not active:
                    continue
                tail = _INLINE_TAIL.match(text, position, end)
                if tail:
                    yield _read_destination(tail, "image" if is_image else "inline")
                    position = tail.end()
                elif reference := self._match_reference(inside, match.start(), end):
                    position = reference
                else:
                    continue
                if not is_image:
                    closed = _close_around(openers, closed)

    def _read_angle(self, match: re.Match[str], end: int) -> tuple[list[_Found], int]:
        """The links in what begins with <, and where it ends."""
        start = match.start()
        if match[0] == "<!--":
            return [], max(self._text.find("-->", start + 2, end) + 3, match.end())
        if autolink := _AUTOLINK.match(match[0]):
            return [(autolink[1], start + 1, "autolink")], match.end()
        if not _TAG.match(match[0]):
            return [], start + 1
        if hiding := _HIDING.match(match[0]):
            closing = re.compile(f"</{hiding[1]}>", re.IGNORECASE).search(self._text, match.end(), end)
            return [], closing.end() if closing else match.end()
        form = "component" if match[0][1].isupper() and not match[0][1:].split()[0].isupper() else "html"
        links = [
            (raw, start + place, form)
            for attribute in _ATTRIBUTE.finditer(match[0])
            for raw, place in _read_attribute(attribute)
        ]
        return links, match.end()

    def _read_template(self, start: int, end: int) -> tuple[list[_Found], int]:
        """The link in template code that begins here, and where to read on."""
        if bisect_right(self._raws, start) % 2:
            return [], start + 2
        for pattern in NOTATIONS.values():
            if match := pattern.match(self._text, start, end):
                return [(match[0], start, "notation")], match.end()
        return [], start + 2

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


def _close_around(openers: list[list[int]], closed: int) -> int:
    """Let no link begin around one: of the open brackets, the first of which are `closed` so, only those of images stay."""
    for opener in openers[closed:]:
        opener[1] = opener[1] and opener[0]
    return len(openers)


def _read_destination(match: re.Match[str], form: str) -> _Found:
    group = "bare" if match["angle"] is None else "angle"
    return match[group], match.start(group), form


def _normalize_label(label: str) -> str:
    return " ".join(label.split()).casefold()
