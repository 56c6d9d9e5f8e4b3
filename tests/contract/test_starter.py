"""Promises of the starter knowledge base: what is to be sent can be sent."""

import datetime as dt
from functools import cache
from pathlib import Path

import pytest

from kbcli.knowledge.cards import walk
from kbcli.operations.live import LiveBase
from kbcli.operations.reply import reply_with_card
from kbcli.render.formats import View, render
from kbcli.support.replies.texts import read_texts

CONTENT = Path(__file__).parents[2] / "content"
CARDS = {
    path.relative_to(CONTENT).as_posix()[:-3]: path.read_text(encoding="utf-8")
    for path in CONTENT.rglob("*.md")
}
REPLIES = sorted(name for name, text in CARDS.items() if read_texts(text)[0])
FOR_COLLEAGUES = {
    "incidents/status-page-updates",
    "shift/escalate",
    "shift/first-shift",
    "shift/shift-handover",
    "shift/ticket-priority",
    "shift/tone-and-style",
    "shift/write-a-card",
}
DAY = dt.date(2026, 11, 29)


def test_every_answer_to_a_customer_has_a_text_to_send() -> None:
    """Whoever finds a card for a customer's question has what to send them; what is for colleagues alone is named here."""
    silent = {name for name in CARDS if name not in REPLIES and not name.startswith("manual/")}
    assert silent == FOR_COLLEAGUES


def test_every_reply_can_be_sent_as_it_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each text to send is printed whole, filled in, with no mark, brace or way into the knowledge base."""
    kb = LiveBase(CONTENT, today=lambda: DAY)
    # Which files there are is asked of git for each reply; they stay the same.
    monkeypatch.setattr(walk, "list_files", cache(walk.list_files))
    for name in REPLIES:
        for text in read_texts(CARDS[name])[0]:
            values = {variable: "XYZ" for variable, default in text.variables.items() if default is None}
            sent = reply_with_card(kb, name, text=text.name or None, values=values)
            said = render("reply", "plain", sent, View()).text
            assert len(said) > 50, name
            assert not [sign for sign in ("<!--", "{", "}", "**", ".md", "](") if sign in said], name


def test_translated_replies_ask_for_the_same() -> None:
    """A translation of a reply has the texts and the variables of its source, so that values fit both."""
    asked = {
        name: {text.name: set(text.variables) for text in read_texts(CARDS[name])[0]} for name in REPLIES
    }
    families = [
        (asked[name], asked[name.split("/", 1)[1]]) for name in REPLIES if name.split("/", 1)[1] in asked
    ]
    assert len(families) == 40
    assert all(translated == source for translated, source in families)
