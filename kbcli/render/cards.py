"""One card on a terminal: its trust banner and its text, rendered; and many cards as lines or a table."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TextIO

from kbcli.foundation.text.counts import count_things
from kbcli.foundation.text.splicing import replace_spans
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.cards.claims import Claim, Place, parse_claims
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reply_marks import ReplyMark, find_reply_marks
from kbcli.knowledge.trust.states import TRUSTED, Trust
from kbcli.operations.list import CardList
from kbcli.operations.show import ShownCard
from kbcli.render.ansi import (
    STATE_MARKS,
    STATE_STYLES,
    cut_to_width,
    measure_width,
    pad_cell,
    pad_id,
    paint,
    wrap_words,
)
from kbcli.render.escape import make_line, make_visible
from kbcli.render.formats import Output, View
from kbcli.render.json import describe_card, describe_summary
from kbcli.render.words import describe_trust, format_age, format_notes, format_summary, shorten_person

if TYPE_CHECKING:
    from markdown_it.token import Token
    from rich.console import Console

_TEXT_WIDTH = 100
_TITLE_WIDTH = 24
"""Columns that a title has at least, with those between it and what stands beside it, before the trust is cut."""

_PHRASE_WIDTH = 20
"""Columns that the trust in words has at least, before an ID is cut."""

_NO_MARK = re.compile(r"[^\s>]")
_MARKUP = re.compile(r"[\\`*\[\]<>]")


def format_shown_card(shown: ShownCard, view: View) -> str:
    """A card for a terminal, under its trust; one of the past under a line that says so."""
    said = paint(make_visible(shown.said), "yellow bold", color=view.color) + "\n" if shown.said else ""
    banner = format_banner(shown.card, shown.trust, shown.day, width=view.width, color=view.color)
    return said + banner + format_body(shown.card, shown.day, width=view.width, color=view.color, titled=True)


def format_shown_text(shown: ShownCard, _view: View) -> Output:
    """The Markdown of a card; what must be known of it goes beside, or for the past on top."""
    card, trust = shown.card, shown.trust
    heading = "" if card.heading_title else f"# {card.title}\n\n"
    text = make_visible(f"{heading}{card.body.strip()}\n")
    if shown.said:
        return Output(make_visible(f"> {shown.said} It was {trust.state} then.\n\n") + text)
    # The text goes into a pipe without its banner; whoever sends it must know.
    talk = () if trust.state in TRUSTED else (f"{card.id} is {trust.state}: {trust.reasons[0].text}",)
    return Output(text, talk)


def describe_shown_card(shown: ShownCard) -> dict[str, object]:
    """The data of `kb show`."""
    card = shown.card
    data: dict[str, object] = {
        "card": describe_card(card, shown.trust),
        "body": card.body,
        "digest": card.digest,
    }
    if shown.past is not None:
        data["as_of"] = {
            "day": shown.day,
            "commit": shown.past.sha,
            "committed": shown.past.committed,
            "state_today": shown.state_today,
        }
    return data


def format_banner(card: Card, trust: Trust, today: date, *, width: int, color: bool) -> str:
    """Title, trust, and who answers for the card, between two rules."""
    style = STATE_STYLES[trust.state]
    rule = paint("─" * min(width, _TEXT_WIDTH), style, color=color)
    phrase = describe_trust(trust, card.verified, card.verified_by, today)
    lines = [
        rule,
        paint(make_line(card.title), "bold", color=color),
        paint(f"{STATE_MARKS[trust.state]} {make_line(phrase)}", style, color=color),
    ]
    # The phrase above says the first reason.
    lines += [
        paint(f"  {reason.state}: {make_line(reason.text)}", STATE_STYLES[reason.state], color=color)
        for reason in trust.reasons[1:]
    ]
    facts = (
        make_line(card.id),
        f"owner {make_line(shorten_person(card.owner))}" if card.owner else "",
        card.type,
        card.audience,
        card.lang,
        f"due {trust.due}" if trust.due and trust.state != "due" else "",
        f"translation of {make_line(card.translation_of)}" if card.translation_of else "",
    )
    lines += [paint(" · ".join(filter(None, facts)), "dim", color=color)]
    wrapped = [wrap_words(line, width, "  ") for line in lines[1:]]
    return "\n".join([rule, *wrapped, rule]) + "\n"


def format_body(
    card: Card,
    today: date,
    *,
    width: int,
    color: bool,
    titled: bool = False,
    name_link: Callable[[str], str] | None = None,
) -> str:
    """The Markdown of a card, rendered for a terminal by rich: claims with an end marked, control characters made visible.

    `titled`: the title stands above, and is not said again. `name_link` says how else to name where a link leads.
    """
    import io

    from rich.markdown import Markdown

    stream = io.StringIO()
    # The terminal's own colours, not a theme that assumes a dark background.
    markdown = Markdown(
        make_visible(mark_replies(mark_claims(card.body, today), card.id)),
        code_theme="ansi_light",
        hyperlinks=False,
        inline_code_theme="ansi_light",
    )
    if titled and card.heading_title:
        # The heading that the page begins with.
        tokens = markdown.parsed
        if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
            del tokens[:3]
    _show_controls(markdown.parsed, name_link or str)
    _open_console(stream, min(width, _TEXT_WIDTH), color=color).print(markdown)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


def _open_console(stream: TextIO, width: int, *, color: bool) -> "Console":
    from rich.console import Console
    from rich.theme import Theme

    return Console(
        file=stream,
        width=width,
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        legacy_windows=False,
        highlight=False,
        # Without rich's black background, which is a blotch on a light terminal.
        # Neither dark blue, which nobody reads on black, nor cyan, which nobody reads on white.
        theme=Theme(
            {
                "markdown.code": "bold",
                "markdown.code_block": "none",
                "markdown.link": "underline",
                "markdown.link_url": "underline",
            }
        ),
    )


def _show_controls(tokens: "Sequence[Token]", name_link: Callable[[str], str]) -> None:
    """Make visible what Markdown decodes: `&#x202e;`, and `%1b` in the text of a link."""
    for token in tokens:
        token.content = make_visible(token.content)
        token.attrs = {
            name: make_visible(name_link(value) if name == "href" else value)
            if isinstance(value, str)
            else value
            for name, value in token.attrs.items()
        }
        _show_controls(token.children or (), name_link)


def mark_claims(body: str, today: date) -> str:
    r"""The Markdown of a card with each readable `kb:until` comment replaced by a note that is seen.

    `⏳ *valid until 2027-01-31:* price list 2026` before what holds, `⌛ **ended 3 weeks ago:** …`
    before what no longer does. Newlines must be `\\n`; everything else stays as it is.
    """
    places = (place for place in parse_claims(body) if place.claim is not None)
    return replace_spans(
        body, ((place.start, place.end, _note_claim(body, place, today)) for place in places)
    )


def mark_replies(body: str, ident: str) -> str:
    r"""The Markdown of a card with the marks of its texts to send replaced by notes that are seen, each a paragraph.

    The first says how to send it. Newlines must be `\\n`.
    """
    marks = (mark for mark in find_reply_marks(body) if mark.is_alone)
    return replace_spans(body, ((mark.start, mark.stop, f"\n{_note_reply(mark, ident)}\n") for mark in marks))


def _note_reply(mark: ReplyMark, ident: str) -> str:
    named = f" --text {mark.name}" if mark.name else ""
    return "✉ *end of the text to send*" if mark.closes else f"✉ **text to send:** `kb reply {ident}{named}`"


def _note_claim(body: str, place: Place, today: date) -> str:
    """What stands in the place of a readable claim."""
    assert place.claim is not None
    note = _describe_claim(place.claim, today)
    return _set_apart(body, place, note) if place.is_alone else _set_inline(body, place, note)


def _describe_claim(claim: Claim, today: date) -> str:
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


def list_card_rows(cards: CardList, _view: View) -> list[tuple[object, ...]]:
    """One card a row: ID, state, due date, owner, type, language, title, tickets it answered."""
    return [
        (
            card.id,
            trust.state,
            trust.due,
            card.owner,
            card.type,
            card.lang,
            card.title,
            cards.used.get(card.id, 0),
        )
        for card, trust in cards.rows
    ]


def format_card_table(cards: CardList, view: View) -> str:
    """Cards for a terminal: state mark, ID, title, and trust in words where there is room; the sum below."""
    color = view.color
    return (
        format_card_rows(
            cards.rows,
            cards.today,
            view,
            dated=cards.sort == "due",
            used=cards.used if cards.sort == "used" else None,
        )
        + format_summary(cards.summary, color=color)
        + "\n"
        + format_notes(cards.notes, color=color)
    )


def describe_card_list(cards: CardList) -> dict[str, object]:
    """The data of `kb list`."""
    return {
        "cards": [
            {**describe_card(card, trust), "used": cards.used.get(card.id, 0)} for card, trust in cards.rows
        ],
        "summary": {**describe_summary(cards.summary), "basis": dict(cards.bases)},
    }


def format_card_rows(
    rows: Sequence[tuple[Card, Trust]],
    today: date,
    view: View,
    *,
    dated: bool = False,
    used: Mapping[str, int] | None = None,
) -> str:
    """Cards for a terminal, a line each: state mark, ID, title, and trust in words where there is room.

    `dated`: the due date stands before those words, or the number of tickets by ID (`used`).
    """
    if not rows:
        return ""
    width, color = view.width, view.color
    id_width = max(measure_width(make_line(card.id)) for card, _ in rows)
    before = [
        (f"{trust.due or 'never due'!s:10}  " if dated else "")
        + ("" if used is None else f"{count_things(used.get(card.id, 0), 'ticket'):>11}  ")
        for card, trust in rows
    ]
    phrases = _describe_trusts(rows, before, today, verifier=True)
    if id_width + max(map(measure_width, phrases)) + _TITLE_WIDTH > width:
        # An ID is what one types; who verified the card, `kb show` says.
        phrases = _describe_trusts(rows, before, today, verifier=False)
    room = width - id_width - _TITLE_WIDTH
    phrase_width = min(max(map(measure_width, phrases)), max(_PHRASE_WIDTH, min(room, width // 3)))
    id_width = min(id_width, max(20, width - phrase_width - 16))
    title_width = max(10, width - id_width - phrase_width - 6)
    lines = []
    for (card, trust), phrase in zip(rows, phrases, strict=True):
        style = STATE_STYLES[trust.state]
        cells = (
            paint(STATE_MARKS[trust.state], style, color=color),
            paint(pad_id(make_line(card.id), id_width), "cyan", color=color),
            pad_cell(make_line(card.title), title_width),
            paint(cut_to_width(phrase, phrase_width), style, color=color),
        )
        lines.append("  ".join((" ".join(cells[:2]), *cells[2:])).rstrip())
    return "\n".join(lines) + "\n"


def _describe_trusts(
    rows: Sequence[tuple[Card, Trust]], before: Sequence[str], today: date, *, verifier: bool
) -> list[str]:
    """The trust of each card in words, with what stands before it."""
    return [
        start + make_line(describe_trust(trust, card.verified, card.verified_by if verifier else "", today))
        for start, (card, trust) in zip(before, rows, strict=True)
    ]
