"""Answers in Slack: what a card says is plain text, so that no word of it mentions anybody or leads somewhere else.

The limits are those of https://docs.slack.dev/reference/block-kit/blocks.
"""

import json
from collections.abc import Iterable
from urllib.parse import quote

from kbcli.foundation.typed import TYPE_CHECKING, Any
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.trust.states import TRUSTED, Trust
from kbcli.operations.search import SearchAnswer
from kbcli.operations.show import ShownCard
from kbcli.render.ansi import STATE_MARKS
from kbcli.render.cards import mark_claims
from kbcli.render.escape import make_line, make_visible
from kbcli.render.hits import describe_hit_trust
from kbcli.render.words import describe_trust

if TYPE_CHECKING:
    from kbcli.knowledge.index.record import CardRecord

MOST_BLOCKS, MOST_TEXT, MOST_HEADER = 50, 3_000, 150
_MOST_VALUE = 2_000
Block = dict[str, Any]


def escape_slack(text: str) -> str:
    """A text that shows as itself where Slack reads mrkdwn (https://docs.slack.dev/messaging/formatting-message-text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def make_text(text: str) -> Block:
    """A section that shows a text as it is, cut to what Slack takes."""
    return {"type": "section", "text": _make_plain(text, MOST_TEXT)}


def make_header(text: str) -> Block:
    """A heading."""
    return {"type": "header", "text": _make_plain(make_line(text), MOST_HEADER)}


def format_hits(answer: SearchAnswer, pages: str = "") -> list[Block]:
    """The hits, each under its trust, with a passage only of those that can be trusted, and what can be done with each."""
    result = answer.result
    if not result.hits:
        said = (
            "No card answers this. Nobody wrote it yet, or it is called something else.",
            *result.warnings,
        )
        return [make_text(text) for text in said]
    blocks = [make_text("Nothing fits well: read before you answer.")] if result.is_weak else []
    for hit in result.hits:
        record = hit.record
        blocks += (
            make_text(make_line(record.title)),
            _make_trust(record, hit.trust, describe_hit_trust(hit, answer.today)),
        )
        if hit.trust.state in TRUSTED and hit.snippet.text:
            blocks.append(make_text(hit.snippet.text))
        blocks.append(_make_actions(record.id, hit.trust, pages, reads=True))
    return blocks[:MOST_BLOCKS]


def format_card(shown: ShownCard, pages: str = "") -> list[Block]:
    """A card under its trust; of a very long one the beginning."""
    card, trust = shown.card, shown.trust
    said = describe_trust(trust, card.verified, card.verified_by, shown.day)
    blocks = [make_header(card.title), _make_trust(card, trust, said)]
    text = make_visible(mark_claims(card.body, shown.day).strip())
    pieces = list(_cut(text))
    room = MOST_BLOCKS - len(blocks) - 2
    blocks += (make_text(piece) for piece in pieces[:room])
    if len(pieces) > room:
        blocks.append(make_text("The card is longer than a message: read on in the knowledge base."))
    return [*blocks, _make_actions(card.id, trust, pages, reads=False)]


def make_flag_form(ident: str, title: str, digest: str, channel: str) -> Block:
    """The form that asks what is wrong with a card; it carries the digest of the text that was shown, and where."""
    return {
        "type": "modal",
        "callback_id": "flag",
        "private_metadata": json.dumps({"id": ident, "digest": digest, "channel": channel}),
        "title": _make_plain("Report as wrong", 24),
        "submit": _make_plain("Report", 24),
        "blocks": [
            make_text(make_line(title)),
            {
                "type": "input",
                "block_id": "reason",
                "label": _make_plain("What is wrong, and how do you know?", 100),
                "element": {
                    "type": "plain_text_input",
                    "action_id": "reason",
                    "multiline": True,
                    "min_length": 5,
                    "max_length": 500,
                },
            },
        ],
    }


def make_said(text: str) -> Block:
    """What takes the place of a form once it was sent."""
    return {"type": "modal", "title": _make_plain("Report as wrong", 24), "blocks": [make_text(text)]}


def _make_plain(text: str, most: int) -> Block:
    """A text object without markup, mentions or emoji names; Slack refuses an empty one."""
    return {"type": "plain_text", "emoji": False, "text": make_visible(text)[:most].strip() or "–"}


def _make_trust(card: "Card | CardRecord", trust: Trust, said: str) -> Block:
    """One line on whether the card may be relied on, and why not."""
    warning = "" if trust.state in TRUSTED else "Do not send this before checking. "
    words = (f"{STATE_MARKS[trust.state]} {said}", ", ".join(card.owners), card.audience)
    line = warning + " · ".join(filter(None, words))
    return {"type": "context", "elements": [_make_plain(line, MOST_TEXT)]}


def _make_actions(ident: str, trust: Trust, pages: str, *, reads: bool) -> Block:
    """Buttons: read, report as wrong, and verify, which opens the card's page, where there is one."""
    buttons: list[Block] = []
    if reads:
        buttons.append(_make_button("show", "Read", ident))
    if trust.state not in ("flagged", "archived"):
        buttons.append(_make_button("flag", "Report as wrong", ident))
    if pages:
        address = f"{pages.rstrip('/')}/card/{quote(ident, safe='/')}"
        buttons.append({**_make_button("open", "Verify", ident), "url": address[:_MOST_VALUE]})
    return {"type": "actions", "elements": buttons or [_make_button("show", "Read", ident)]}


def _make_button(action: str, words: str, ident: str) -> Block:
    return {
        "type": "button",
        "action_id": action,
        "value": ident[:_MOST_VALUE],
        "text": _make_plain(words, 75),
    }


def _cut(text: str) -> Iterable[str]:
    """A text in pieces that a section takes, at the ends of lines where there are any."""
    while text:
        end = len(text) if len(text) <= MOST_TEXT else text.rfind("\n", MOST_TEXT // 2, MOST_TEXT) + 1
        yield text[: end or MOST_TEXT]
        text = text[end or MOST_TEXT :]
