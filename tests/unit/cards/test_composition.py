"""The text of a new card."""

from datetime import date
from pathlib import Path

import yaml
from hypothesis import example, given, strategies as st

from kbcli.config import Config
from kbcli.knowledge.cards.header.document import split_document
from kbcli.knowledge.cards.header.edit import compose_card
from kbcli.knowledge.cards.reader import read_card


def test_a_new_card_is_readable_yaml():
    """Order is kept, lists stand in brackets, no script is escaped, and only what must be is quoted."""
    fields = {
        "title": "Größe: ändern 🙂",
        "tags": ["a", "429", "no"],
        "verified": date(2026, 11, 21),
        "owner": "me",
    }
    assert compose_card(fields, "\nText\n") == (
        """---
title: "Größe: ändern 🙂"
tags: [a, "429", "no"]
verified: 2026-11-21
owner: me
---

Text
"""
    )


def test_field_names_that_are_words_of_the_library_are_fields():
    """Fields called content or handler are written like any other."""
    assert "content: x\nhandler: z\n" in compose_card({"content": "x", "handler": "z"}, "Text")


@example(title="-", tag="-")
@given(
    title=st.text(max_size=60).filter(lambda text: text.isprintable()), tag=st.text(min_size=1, max_size=20)
)
def test_every_text_reads_back(title, tag):
    """What a new card is given is what kb and PyYAML read from it."""
    text = compose_card({"title": title, "tags": [tag]}, "Text")
    card = read_card(text.encode(), "a.md", Config(root=Path("/kb")))
    assert not [problem for problem in card.problems if problem.rule == "bad-front-matter"]
    assert card.own_title == " ".join(title.split())
    assert yaml.safe_load(split_document(text.encode()).header)["tags"] == [tag]
