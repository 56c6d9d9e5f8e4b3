"""Reading `kb:until` comments."""

from datetime import date
from pathlib import Path

import pytest

from kbcli.config import Config
from kbcli.knowledge.cards.claims import parse_claims, read_claims
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card


def read(text: str) -> Card:
    """A card with this text."""
    card = read_card(text.encode(), "a.md", Config(root=Path("/")))
    assert isinstance(card, Card)
    return card


@pytest.mark.parametrize(
    ("body", "line", "note", "excerpt"),
    [
        (
            "<!-- kb:until 2027-01-31 price list -->\nIt costs\n5 euro.\n\nMore.",
            1,
            "price list",
            "It costs 5 euro.",
        ),
        ("a\n\n<!--kb:until 2027-01-31-->\n\n# Prices\n\ntext", 3, "", "Prices"),
        ("- a\n- <!-- kb:until 2027-01-31 --> b\n- c", 2, "", "b"),
        ("- a\n\n  <!-- kb:until 2027-01-31 -->\n  b\n- c", 3, "", "b"),
        ("1. It costs 5. <!-- kb:until 2027-01-31 x -->\n2. c", 1, "x", "It costs 5."),
        ("> <!-- kb:until 2027-01-31\n> two lines -->\n> quoted", 1, "two lines", "quoted"),
        ("text\n<!-- kb:until 2027-01-31 -->\nmore", 2, "", "more"),
        ("| a | b |\n|---|---|\n| c | d <!-- kb:until 2027-01-31 --> |", 3, "", "| c | d |"),
        ("## Prices <!-- kb:until 2027-01-31 -->\n\ntext", 1, "", "Prices"),
        (
            "`code` and ``<!-- kb:until 2020-01-01 -->`` <!-- kb:until 2027-01-31 x --> b",
            1,
            "x",
            "`code` and ```` b",
        ),
        ("<!-- kb:until 2027-01-31 -->", 1, "", ""),
        ("<!-- kb:until 2027-01-31 -->\n" + "long " * 50, 1, "", ("long " * 50)[:119].rstrip() + "…"),
    ],
)
def test_a_claim_covers_what_follows_it(body: str, line: int, note: str, excerpt: str) -> None:
    """Before or within a paragraph, heading, list item, quote or table, a claim is found with its place."""
    places = parse_claims(body)
    assert [place.claim for place in places] == [(date(2027, 1, 31), note, line, excerpt)]


@pytest.mark.parametrize(
    "body",
    [
        "```\n<!-- kb:until 2020-01-01 -->\n```",
        "~~~~ md\n```\n<!-- kb:until 2020-01-01 -->\n~~~~",
        "- a\n\n  ```\n  <!-- kb:until 2020-01-01 -->\n  ```",
        "text\n\n    <!-- kb:until 2020-01-01 -->",
        "`<!-- kb:until 2020-01-01 -->`",
        "text ``a ` <!-- kb:until 2020-01-01 -->`` b",
        "\\<!-- kb:until 2020-01-01 -->",
        "<!-- kb:untilled 2020-01-01 -->",
        "kb:until 2020-01-01",
        "<!-- note: kb:until 2020-01-01 -->",
    ],
)
def test_code_and_other_comments_are_no_claims(body: str) -> None:
    """What is shown as code, or is no such comment, claims nothing."""
    assert parse_claims(body) == ()


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("<!-- kb:until -->", "names no date"),
        ("<!-- kb:until 2026-02-30 x -->", "not a day of the calendar"),
        ("<!-- kb:until 31/01/2027 -->", "two different days"),
        ("<!-- kb:until YYYY-MM-DD -->", "is not a date"),
        ("<!-- kb:until price list -->", "is not a date"),
        ("<!-- kb:until 2027-01-31 no end", "is not closed"),
    ],
)
def test_a_claim_without_a_readable_date_is_a_finding(comment: str, message: str) -> None:
    """A claim that would never end is reported with its line in the file."""
    card = read(f"---\ntitle: A\n---\ntext\n\n{comment}\n")
    claims, problems = read_claims(card)
    assert claims == ()
    assert [(problem.rule, problem.line) for problem in problems] == [("bad-date", 6)]
    assert message in problems[0].message


def test_lines_are_those_of_the_file() -> None:
    """A claim's line counts the front matter."""
    claims, _ = read_claims(read("---\ntitle: A\n---\r\n\r\n<!-- kb:until 2027-01-31 -->\r\nx\r\n"))
    assert [claim.line for claim in claims] == [5]


def test_a_claim_counts_in_the_digest() -> None:
    """Moving a claim's end changes the card's text, so that somebody verifies it again."""
    one, other = (read(f"<!-- kb:until {day} -->\nx").digest for day in ("2027-01-31", "2027-02-28"))
    assert one != other


def test_each_cell_of_a_row_claims_for_itself() -> None:
    """Two prices in one row of a table may end on different days."""
    places = parse_claims(
        "| a | b |\n|---|---|\n| <!-- kb:until 2027-01-31 --> 5 | <!-- kb:until 2027-02-28 --> 6 |\n"
    )
    assert [place.claim and place.claim.until for place in places] == [date(2027, 1, 31), date(2027, 2, 28)]
