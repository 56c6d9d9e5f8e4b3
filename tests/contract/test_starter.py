"""Promises of the starter knowledge base: what is to be sent can be sent."""

import re
from pathlib import Path

CONTENT = Path(__file__).parents[2] / "content"
TO_A_CARD = re.compile(r"\]\((?!https?:)[^)]+\)")


def find_texts_to_send(card: str) -> list[str]:
    """Lines of a card that are for the customer: quotations, what stands below "Text to send", a whole public reply."""
    header, body = card.split("\n---\n", 1)
    if "\ntype: reply\n" in header and "\naudience: public\n" in header:
        return body.splitlines()
    section, lines = "", []
    for line in body.splitlines():
        section = line if line.startswith("## ") else section
        if line.startswith(">") or section == "## Text to send":
            lines.append(line)
    return lines


def test_no_text_to_send_links_to_a_card() -> None:
    """A customer can open no card, so a text that is sent to them names none."""
    cards = [path for path in CONTENT.rglob("*.md") if "manual" not in path.parts]
    texts = {path: find_texts_to_send(path.read_text(encoding="utf-8")) for path in cards}
    assert sum(map(len, texts.values())) > 300
    assert [
        (path.name, line) for path, lines in texts.items() for line in lines if TO_A_CARD.search(line)
    ] == []
