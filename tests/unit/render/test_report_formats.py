"""Promises of the report's formats: they fit, parse, ask for nothing from elsewhere, and nothing breaks out."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kbcli.knowledge.reports.report import LoadRow, Report
from kbcli.render.ansi import measure_width
from kbcli.render.formats import View, render
from kbcli.render.html import find_link, link_text
from kbcli.render.report.data import REPORT_COLUMNS, format_report_csv
from kbcli.render.report.markdown import format_report_markdown
from kbcli.render.report.sparklines import draw_bar, draw_chart, draw_sparkline
from kbcli.render.report.terminal import format_report_table


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://example.org/a?b=1", "https://example.org/a?b=1"),
        ("ann@example.org", "mailto:ann@example.org"),
        ("mailto:ann@example.org", "mailto:ann@example.org"),
        ("javascript:alert(1)", ""),
        (" https://example.org", ""),
        ("https://example.org/\x01", ""),
        ('https://example.org/"onclick="x', ""),
        ("data:text/html,x", ""),
        ("ann@example.org\nx", ""),
        ("#team", ""),
    ],
)
def test_links(text: str, link: str) -> None:
    """Only http(s) and mail addresses are links."""
    assert find_link(text) == link
    assert ("href" in link_text(text)) == bool(link)


@pytest.mark.parametrize("width", [60, 80, 140])
def test_terminal_fits(report: Report, width: int) -> None:
    """No line is wider than the terminal, or than 120 columns, and no control character gets through."""
    text = format_report_table(report, View(width, color=False))
    assert max(measure_width(line) for line in text.splitlines()) <= min(width, 120)
    assert "\x1b" not in text
    assert "\u202e" not in text
    colored = format_report_table(report, View(width, color=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == text


def test_markdown_holds_no_markup_of_cards(report: Report) -> None:
    """Titles neither make elements nor mention or link anybody, and every table row has its columns."""
    text = format_report_markdown(report)
    assert "<script" not in text
    assert "@team" not in text
    assert "https://evil" not in text
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_csv_and_lines_say_the_same(report: Report) -> None:
    """Both have one row a figure with the documented columns, and a spreadsheet runs none."""
    rows = list(csv.DictReader(io.StringIO(format_report_csv(report))))
    lines = [line.split("\t") for line in render("report", "plain", report, View()).text.splitlines()]
    assert tuple(rows[0]) == REPORT_COLUMNS
    assert {len(line) for line in lines} == {len(REPORT_COLUMNS)}
    assert [row["section"] for row in rows] == [line[0] for line in lines]
    assert {row["section"] for row in rows} == {"now", "group", "curve", "load", "expired", "stamps"}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_pictures_of_characters() -> None:
    """Bars, sparklines and charts keep to their width; a gap is a gap, and what is little is still seen."""
    assert draw_bar(1, 1, 10) == "█" * 10
    assert draw_bar(0, 1, 10) == ""
    assert draw_bar(1, 10_000, 10) == "▏"
    assert draw_sparkline([0, None, 0.5, 1], 10) == "▁ ▅█"
    assert len(draw_sparkline([0.5] * 500, 60)) == 60
    assert draw_chart([0, 1, None], 10, 2) == [" █ ", "▁█ "]
    assert draw_sparkline([0, 0, 1], 1) == "█", "of a stretch the last is shown"


def test_without_history_every_format_says_so(
    tmp_path: Path, write_card: Callable[..., None], report_on: Callable[..., Report]
) -> None:
    """A folder that is no repository has a report in every format, with the reason instead of the curve."""
    write_card(tmp_path, "a", "title: A")
    made = report_on(tmp_path)
    for text in (format_report_markdown(made), format_report_table(made, View(80, color=False))):
        assert "not a git repository" in text
    assert "\ncurve," in format_report_csv(made)


def test_no_cards_at_all(tmp_path: Path, report_on: Callable[..., Report]) -> None:
    """An empty knowledge base has a report too."""
    made = report_on(tmp_path)
    assert "no active cards" in format_report_table(made, View(80, color=False))
    assert "no active cards" in format_report_markdown(made)


def test_a_short_past_is_told_not_drawn(
    tmp_path: Path,
    write_card: Callable[..., None],
    commit_at: Callable[..., None],
    report_on: Callable[..., Report],
) -> None:
    """Where no week or only one has ended there is a sentence instead of a curve of one or two points."""
    write_card(tmp_path, "a", "title: A\nverify_every: 30d\nverified: 2026-10-15")
    commit_at(tmp_path, "2026-11-13")
    for day, sentence in (
        (14, "No week has ended yet in this history"),
        (21, "Only one week has ended in this history: the trust score was 0% on 2026-11-15"),
    ):
        made = report_on(tmp_path, date(2026, 11, day), group_by="owner")
        table = format_report_table(made, View(100, color=False))
        assert sentence in " ".join(table.split())
        assert "0%│" not in table
        assert sentence in format_report_markdown(made)
    later = report_on(tmp_path, date(2026, 11, 23))
    assert "0%│" in format_report_table(later, View(100, color=False))


def test_the_terminal_keeps_its_figures_apart(
    tmp_path: Path, write_card: Callable[..., None], report_on: Callable[..., Report]
) -> None:
    """A thousand cards due in one week do not run into the week before; states in words where they fit, else by mark."""
    states = (
        "verified: 2026-01-01",
        "verified: 2026-01-01\nflagged: {by: a, on: 2026-01-01, reason: b}",
        "tags: []",
    )
    for number in range(30):
        write_card(tmp_path, f"c{number}", f"owner: {'a team ' * 3}\nverify_every: 30d\n{states[number % 3]}")
    made = report_on(tmp_path)
    load = replace(made.load, total=LoadRow("", 0, (1234,) * 12))
    table = format_report_table(replace(made, load=load), View(80, color=False))
    assert " 1234 1234 " in table
    assert "10 flagged, 10 expired, 10 unverified" in format_report_table(made, View(100, color=False))
    assert "⚑10  ✗10  ○10" in table
    assert max(map(measure_width, table.splitlines())) <= 80
