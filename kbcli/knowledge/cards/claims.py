"""Claims with their own end: `<!-- kb:until 2027-01-31 price list 2026 -->` before the text that holds until then.

The comment stands outside of code, on a line of its own before a paragraph, heading, list or
table, or within a paragraph or list item, which is then what it covers. A claim holds through
the day it names. As every HTML comment it counts in the card's digest.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date

from kbcli.foundation.calendar import parse_date
from kbcli.foundation.markdown.blocks import INLINE_KINDS, find_spans, scan_blocks
from kbcli.foundation.typed import NamedTuple, compile_late
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card, Problem

MARK = "kb:until"
EXCERPT_LENGTH = 120

_COMMENT = compile_late(r"<!--[ \t\n]*kb:until(?![\w:-])(?P<rest>(?:(?!-->).)*)(?P<end>-->)?", re.DOTALL)
_ANY_COMMENT = compile_late(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LINE_MARKS = compile_late(r"^(?:[ \t]*>)*[ \t]*(?:(?:[-+*]|\d{1,9}[.)]|#{1,6})[ \t]+)*", re.MULTILINE)
_BLOCK_ENDS = compile_late(r"\n(?:[ \t]*>)*[ \t]*(?=\n|[-+*][ \t]|\d{1,9}[.)][ \t]|#{1,6}[ \t])")
_MARKS_LENGTH = 200
_EXCERPT_LINES, _EXCERPT_REACH = 20, 4_000
DEFAULT_WINDOW = 14


class Claim(NamedTuple):
    """A statement of a card that holds through the day `until`.

    `note` says why or of what, "" when the comment does not. `excerpt` is the beginning of what
    it covers, on one line. `line` counts from 1, in the card's file (in the text, as
    `parse_claims` gives it).
    """

    until: date
    note: str
    line: int
    excerpt: str


class Place(NamedTuple):
    """A `kb:until` comment at characters `start` to `end` of a text, on a 1-based line.

    `claim` is None where it cannot be read; `message` then says why. `is_alone` tells that it
    has its line to itself, before what it covers.
    """

    start: int
    end: int
    line: int
    claim: Claim | None
    message: str
    is_alone: bool


def read_claims(card: Card) -> tuple[tuple[Claim, ...], tuple[Problem, ...]]:
    """The claims of a card, with the lines of its file, and `bad-date` for those that cannot be read."""
    claims: list[Claim] = []
    problems: list[Problem] = []
    for place in parse_claims(card.body):
        line = card.body_line + place.line - 1
        if place.claim is not None:
            claims.append(place.claim._replace(line=line))
        else:
            hint = f"Write it as <!-- {MARK} YYYY-MM-DD note -->."
            subject = " ".join(card.body[place.start : place.end].split())[:EXCERPT_LENGTH]
            problems.append(Problem("bad-date", card.path, line, place.message, hint, subject))
    return tuple(claims), tuple(problems)


def parse_claims(body: str) -> tuple[Place, ...]:
    r"""Every `kb:until` comment of a Markdown text outside code, in order. Newlines must be `\n`."""
    if MARK not in body:
        return ()
    starts = [0, *(match.end() for match in re.finditer("\n", body)), len(body)]
    return tuple(_read_place(match, body, starts) for match in _find_comments(body))


def _find_comments(body: str) -> Iterator[re.Match[str]]:
    for block in scan_blocks(body):
        if MARK not in body[block.start : block.stop]:
            continue
        if block.kind in ("raw", "html"):
            yield from _COMMENT.finditer(body, block.start, block.stop)
        elif block.kind in INLINE_KINDS:
            for span in find_spans(body, block):
                if span.kind == "comment" and (match := _COMMENT.match(body, span.start, span.stop)):
                    yield match


def _read_place(match: re.Match[str], body: str, starts: list[int]) -> Place:
    line = bisect_right(starts, match.start(), hi=len(starts) - 1) - 1
    until, message = _read_date(match)
    if until is None:
        return Place(match.start(), match.end(), line + 1, None, message, False)
    last = line + match[0].count("\n")
    alone = _is_blank(body, starts[line], match.start()) and _is_blank(body, match.end(), starts[last + 1])
    note = " ".join(_strip_container(match["rest"]).split()[1:])
    excerpt = _cut_excerpt(body, starts, last + 1 if alone else line)
    return Place(match.start(), match.end(), line + 1, Claim(until, note, line + 1, excerpt), "", alone)


def _is_blank(body: str, start: int, end: int) -> bool:
    """Whether nothing but the marks of containers stands there."""
    return end - start < _MARKS_LENGTH and not _LINE_MARKS.sub("", body[start:end]).strip()


def _strip_container(text: str) -> str:
    """A comment's text over several lines of a quote, without the quote's marks."""
    return re.sub(r"\n(?:[ \t]*>)+", "\n", text)


def _read_date(match: re.Match[str]) -> tuple[date | None, str]:
    if match["end"] is None:
        return None, f"the comment “{MARK}” is not closed"
    words = _strip_container(match["rest"]).split()
    if not words:
        return None, f"“{MARK}” names no date"
    try:
        return parse_date(words[0]), ""
    except ValueError as error:
        return None, f"“{MARK}”: {error}"


def _cut_excerpt(body: str, starts: list[int], line: int) -> str:
    """The first text from a 0-based line on, up to the end of its block, without comments and marks."""
    end = starts[min(line + _EXCERPT_LINES, len(starts) - 1)]
    ahead = body[starts[min(line, len(starts) - 1)] : end][:_EXCERPT_REACH]
    for block in _BLOCK_ENDS.split(_ANY_COMMENT.sub("", ahead)):
        if text := " ".join(_LINE_MARKS.sub("", block).split()):
            return text if len(text) <= EXCERPT_LENGTH else text[: EXCERPT_LENGTH - 1].rstrip() + "…"
    return ""


class ClaimRow(NamedTuple):
    """A claim of a card. `days_left` is 0 on its last day, negative once it has ended."""

    card: Card
    claim: Claim
    days_left: int


def list_claims(library: Library, today: date, within: int | None = None) -> tuple[ClaimRow, ...]:
    """The claims of active cards that have ended or end within so many days (None: 14).

    The longest ended first, then by card and line.
    """
    window = DEFAULT_WINDOW if within is None else within
    rows = [
        ClaimRow(card, claim, left)
        for card in library.cards
        for claim in list_card_claims(card)
        if (left := (claim.until - today).days) <= window
    ]
    return tuple(sorted(rows, key=lambda row: (row.days_left, row.card.path, row.claim.line)))


def list_card_claims(card: Card) -> tuple[Claim, ...]:
    """The claims of an active card; none of a draft or an archived one, which promise nothing."""
    if card.status != "active" or MARK not in card.body:
        return ()
    return read_claims(card)[0]
