"""Picking a few links out of many texts, fast: what `find_links` reports, for the targets one asks about.

Checking ten thousand cards cannot parse each of them. Anything that looks like a link is found by
plain search; only where the answer matters is it settled whether it is one: at once in the plain
cases, by `find_links` where code, escapes or nesting leave a doubt.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from kbcli.foundation.markdown.links import find_links

# Each begins with fixed letters, which is what makes searching quick.
_INLINE = re.compile(
    r"\]\([ \t\n>]*(?!https?:|/)(?:<([^<>\n]*)>|([^\s()<>]*))(?P<plain>(?:[ \t]+\"[^\"\n\\]*\")?\))?"
)
_DEFINITION = re.compile(r"\]:[ \t]*(?:\n[ \t>]*)?(?:<([^<>\n]*)>|([^\s<>]+))(?P<plain>[ \t]*(?=\n|\Z))?")
_ATTRIBUTES = tuple(re.compile(rf"{name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)')") for name in ("href", "src"))
_MARK = re.compile(r"(`{3,}|~{3,})([^\n]*)")
_CONTAINER = re.compile(r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]*)*[ \t>]*\Z")
_RAW_END = re.compile(r"</(?:pre|script|style|textarea)>", re.IGNORECASE)
_TAG_BEFORE = re.compile(r"<[A-Za-z][A-Za-z0-9-]*\s(?:[^<>`\"']|\"[^\"<>`]*\"|'[^'<>`]*')*\Z")
_LABEL_LINE = re.compile(r"[ \t>]*\[(?!\^)")
_PLAIN_LABEL = re.compile(r" {0,3}\[[^\[\]\\]+\Z")


class PickedLink(NamedTuple):
    """A link's destination as written, and its 1-based line in the text."""

    raw: str
    line: int


def pick_links(body: str, wanted: Callable[[str], object]) -> list[PickedLink]:
    """The first link to each destination that is `wanted`, in order; newlines must be line feeds.

    The same as asking of each link of `find_links` whether its `raw` is wanted, but for autolinks
    and, some of the time, destinations that begin with `/` or `http:`, which should not be wanted.
    """
    found: dict[str, int] = {}
    code: list[tuple[int, int]] | None = None
    for raw, start, form in _find_candidates(body):
        if not raw or not wanted(raw) or found.get(raw, start) < start:
            continue
        if code is None:
            code = _find_fences(body)
            if code is None:
                return _pick_exactly(body, wanted)
        if code and any(begin <= start < end for begin, end in code):
            continue
        if form == "doubt" or not _is_plain(body, start, form):
            return _pick_exactly(body, wanted)
        found[raw] = start
    picked, line, counted = [], 1, 0
    for raw, start in sorted(found.items(), key=lambda item: item[1]):
        line += body.count("\n", counted, start)
        counted = start
        picked.append(PickedLink(raw, line))
    return picked


def _find_fences(body: str) -> list[tuple[int, int]] | None:
    """Spans of fenced code; None when it takes more to judge: raw HTML, fences in lists or quotes."""
    if "<!--" in body or ("</" in body and _RAW_END.search(body)):
        return None
    spans: list[tuple[int, int]] = []
    opening, mark = 0, ""
    for place in sorted((*_find_marks(body, "```"), *_find_marks(body, "~~~"))):
        line_start = body.rfind("\n", 0, place) + 1
        before = body[line_start:place]
        if before.strip(" "):
            if _CONTAINER.match(before):
                return None
            continue
        if len(before) > 3 or (match := _MARK.match(body, place)) is None:
            return None
        if not mark:
            if match[1][0] == "~" or "`" not in match[2]:
                opening, mark = line_start, match[1]
        elif match[1].startswith(mark) and not match[2].strip(" \t"):
            spans.append((opening, match.end()))
            mark = ""
    return [*spans, (opening, len(body))] if mark else spans


def _find_marks(body: str, mark: str) -> Iterator[int]:
    """Where a fence could begin: each run of three or more marks."""
    place = body.find(mark)
    while place >= 0:
        yield place
        while body.startswith(mark[0], place):
            place += 1
        place = body.find(mark, place)


def _find_candidates(body: str) -> Iterator[tuple[str, int, str]]:
    """All that could be a link: destination, place, and `inline`, `definition`, `html` or `doubt`."""
    if "](" in body:
        for match in _INLINE.finditer(body):
            raw = match[2] if match[1] is None else match[1]
            plain = match["plain"] and match[1] is None and match.start(2) == match.start() + 2
            yield raw, match.start(), "inline" if plain else "doubt"
            if raw.endswith("]") and (inner := _INLINE.match(body, match.end(2) - 1)) is not None:
                # What began as one link swallowed the beginning of another.
                yield inner[2] if inner[1] is None else inner[1], inner.start(), "doubt"
    if "]:" in body:
        for match in _DEFINITION.finditer(body):
            raw = match[2] if match[1] is None else match[1]
            if not _LABEL_LINE.match(body, body.rfind("\n", 0, match.start()) + 1):
                continue
            yield (
                raw,
                match.start(),
                "definition" if match["plain"] is not None and match[1] is None else "doubt",
            )
    if "<" in body:
        for name, pattern in zip(("href", "src"), _ATTRIBUTES, strict=True):
            if name in body:
                for match in pattern.finditer(body):
                    yield match[2] if match[1] is None else match[1], match.start(), "html"


def _pick_exactly(body: str, wanted: Callable[[str], object]) -> list[PickedLink]:
    picked: dict[str, int] = {}
    for link in find_links(body):
        if link.form != "autolink" and link.raw not in picked and wanted(link.raw):
            picked[link.raw] = link.line
    return [PickedLink(raw, line) for raw, line in picked.items()]


def _is_plain(body: str, start: int, form: str) -> bool:
    """Whether what looks like a link at `start`, outside blocks of code, is one beyond doubt."""
    line_start = body.rfind("\n", 0, start) + 1
    before = body[line_start:start]
    if before.startswith("    ") or "\t" in before or before.endswith("\\"):
        return False
    if form == "definition":
        return _PLAIN_LABEL.match(before) is not None and _begins_block(body, line_start)
    tag = before.rfind("<")
    if form == "html":
        if _TAG_BEFORE.match(before, max(tag, 0)) is None or before[max(tag - 1, 0)] == "\\":
            return False
    else:
        opening = before.rfind("[")
        if (
            opening < 0
            or "]" in before[opening:]
            or tag > before.rfind(">")
            or before[max(opening - 1, 0)] == "\\"
        ):
            return False
    paragraph = body.rfind("\n\n", 0, start) + 1
    if body.find("`", paragraph, start) < 0:
        return True
    # With single ticks only, an even number of them leaves none open.
    text = body[paragraph:start]
    if "\n    " in text or "\n\t" in text or text.startswith(("    ", "\t")):
        # Ticks in indented code pair with none outside of it.
        return False
    return text.count("`") % 2 == 0 and "``" not in text and "\\`" not in text


def _begins_block(body: str, line_start: int) -> bool:
    """Whether the line before is blank, or there is none."""
    return not body[body.rfind("\n", 0, max(line_start - 1, 0)) + 1 : line_start].strip()
