"""Promises of the starter knowledge base: what is to be sent can be sent."""

import datetime as dt
from pathlib import Path

import pytest

from kbcli.operations.base import Base
from kbcli.operations.reply import reply_with_card
from kbcli.render.formats import View, render
from kbcli.support.replies.texts import read_texts

CONTENT = Path(__file__).parents[2] / "content"
CARDS = {
    path.relative_to(CONTENT).as_posix()[:-3]: path.read_text(encoding="utf-8")
    for path in CONTENT.rglob("*.md")
}
REPLIES = sorted(name for name, text in CARDS.items() if "\ntype: reply\n" in text.split("\n---\n")[0])
DAY = dt.date(2026, 11, 29)


@pytest.mark.parametrize("name", REPLIES)
def test_every_reply_can_be_sent_as_it_is_printed(name: str) -> None:
    """Each text of a reply card is printed whole, filled in, with no mark, brace or way into the knowledge base."""
    kb = Base(CONTENT, today=lambda: DAY)
    texts = read_texts(CARDS[name])[0]
    assert texts
    for text in texts:
        values = {variable: "XYZ" for variable, default in text.variables.items() if default is None}
        sent = reply_with_card(kb, name, text=text.name or None, values=values)
        said = render("reply", "plain", sent, View()).text
        assert len(said) > 80
        assert not [sign for sign in ("<!--", "{", "}", "**", ".md", "](") if sign in said]


def test_translated_replies_ask_for_the_same() -> None:
    """A translation of a reply has the texts and the variables of its source, so that values fit both."""
    asked = {
        name: {text.name: set(text.variables) for text in read_texts(CARDS[name])[0]} for name in REPLIES
    }
    families = [
        (asked[name], asked[name.split("/", 1)[1]]) for name in REPLIES if name.split("/", 1)[1] in asked
    ]
    assert len(families) == 5
    assert all(translated == source for translated, source in families)
