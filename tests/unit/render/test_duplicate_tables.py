"""Pairs of near-duplicates as text."""

from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.likeness.pairs import DuplicatePair
from kbcli.operations.duplicates import DuplicateList
from kbcli.render.duplicates import format_duplicate_table
from kbcli.render.formats import View, render

LONG = Card("api/limits", "api/limits.md", "Limits\tof \x1b[31mplans")
SHORT = Card("请求", "请求.md", "请求过多")
PAIR = DuplicatePair(LONG, SHORT, 0.9999, 0.5, SHORT)


def test_a_line_has_the_documented_columns_and_no_control_characters() -> None:
    """Similarity is never rounded up to a whole, and what a file holds cannot break the line."""
    assert (
        render("duplicates", "plain", DuplicateList((PAIR,), 0.65, {}), View()).text
        == "0.99\tapi/limits\t请求\t请求\tLimits\\tof \\x1b[31mplans\t请求过多\n"
    )


def test_the_table_shows_both_cards_containment_and_what_to_do() -> None:
    """Cards stand in columns, whatever the script; the advice ends the table."""
    lines = format_duplicate_table(DuplicateList((PAIR,), 0.65, {}), View(80)).splitlines()
    assert lines[:3] == [
        " 99 %  api/limits  Limits of \\x1b[31mplans",
        "       请求        请求过多",
        "       请求 is contained in api/limits",
    ]
    assert lines[-2].startswith("1 pair. Merge")
    assert "distinct_from" in lines[-1]


def test_no_pairs_is_said() -> None:
    """An empty table is a sentence, an empty list of lines is nothing."""
    assert (
        format_duplicate_table(DuplicateList((), 0.65, {}), View(80, color=True))
        == "No two cards say the same.\n"
    )
    assert render("duplicates", "plain", DuplicateList((), 0.65, {}), View()).text == ""
