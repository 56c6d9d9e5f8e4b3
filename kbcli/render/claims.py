"""Claims with their own end, made visible in a card's text."""

import re
from datetime import date

from kbcli.knowledge.cards.claims import Claim, Place, parse_claims
from kbcli.render.words import format_age

_NO_MARK = re.compile(r"[^\s>]")
_MARKUP = re.compile(r"[\\`*\[\]<>]")


def mark_claims(body: str, today: date) -> str:
    r"""The Markdown of a card with each readable `kb:until` comment replaced by a note that is seen.

    `⏳ *valid until 2027-01-31:* price list 2026` before what holds, `⌛ **ended 3 weeks ago:** …`
    before what no longer does. Newlines must be `\\n`; everything else stays as it is.
    """
    parts: list[str] = []
    position = 0
    for place in parse_claims(body):
        if place.claim is None:
            continue
        note = describe_claim(place.claim, today)
        parts.append(body[position : place.start])
        parts.append(_set_apart(body, place, note) if place.is_alone else _set_inline(body, place, note))
        position = place.end
    parts.append(body[position:])
    return "".join(parts)


def describe_claim(claim: Claim, today: date) -> str:
    """One line of Markdown: how long a claim holds, or when it ended."""
    note = f" {_MARKUP.sub(_escape, claim.note)}" if claim.note else ""
    colon = ":" if note else ""
    if claim.until >= today:
        return f"⏳ *valid until {claim.until}{colon}*{note}"
    ended = format_age((today - claim.until).days)
    return f"⌛ **ended {ended} ({claim.until}){colon}**{note}"


def _escape(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


def _set_inline(body: str, place: Place, note: str) -> str:
    """The note, kept apart from text that follows it on its line."""
    following = body[place.end : place.end + 3].lstrip(" \t")
    return f"{note} ·" if following and following[0] not in "\n|" else note


def _set_apart(body: str, place: Place, note: str) -> str:
    """The note as a paragraph of its own in the container (quote, list item) that the comment is in."""
    start = body.rfind("\n", 0, place.start) + 1
    opening = body[start : place.start]
    inside = _NO_MARK.sub(" ", opening)
    before = ""
    if not _NO_MARK.search(opening) and start:
        previous = body[body.rfind("\n", 0, start - 1) + 1 : start - 1]
        # The line that the comment began becomes the blank one.
        before = f"\n{inside}" if previous.strip(" \t>") else ""
    following = body[place.end :].split("\n", 2)[1:2]
    after = f"\n{inside.rstrip()}" if following and following[0].strip(" \t>") else ""
    return f"{before}{note}{after}"
