"""Promises of the report's formats: they fit, parse, ask for nothing from elsewhere, and nothing breaks out."""

import csv
import io
import re
import subprocess
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from kbcli.cards.library import load_library
from kbcli.config import load_config
from kbcli.files.root import find_git_root
from kbcli.render.ansi import measure_width
from kbcli.render.html import find_link, link_text
from kbcli.render.report_html import format_report_html
from kbcli.render.report_markdown import format_report_markdown
from kbcli.render.report_rows import REPORT_COLUMNS, format_report_csv, format_report_lines
from kbcli.render.report_terminal import cut_start, format_report_table
from kbcli.render.sparklines import draw_bar, draw_chart, draw_sparkline
from kbcli.trust.factcache import FactCache
from kbcli.trust.report import Report, make_report

HOSTILE = '</td><script>alert(1)</script><img src=x onerror="alert(2)"> & \x1b[31m \u202e @team =cmd() https://evil.example'


def write_card(root: Path, name: str, fields: str) -> None:
    """A card with these lines of front matter."""
    (root / f"{name}.md").write_text(f"---\n{fields}\n---\nText. [x](a.md)\n", encoding="utf-8")


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """A report on cards whose fields are meant to break out, with some history."""
    root = tmp_path / "kb"
    root.mkdir()
    title = HOSTILE.replace("\x1b", "\\e").replace('"', '\\"')
    (root / "kb.toml").write_text(f"title = {HOSTILE.replace(chr(27), '')!r}\n", encoding="utf-8")
    for number in range(30):
        owner = f"{'team ' * 12}{number}" if number else "javascript:alert(3)"
        write_card(
            root,
            f"card-{number:02}",
            f'title: "{title}"\nowner: "{owner}"\ntags: [{HOSTILE.split(maxsplit=1)[0]!r}]\nverify_every: 30d\nverified: 2026-0{number % 9 + 1}-01',
        )
    write_card(
        root,
        "a",
        "title: A\nowner: [ann@example.org, https://example.org/team]\nverify_every: 80d\nverified: 2026-11-01",
    )
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    env_day = "2026-09-10T12:00:00+0000"
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    subprocess.run(
        ["git", "commit", "-qm", f"Begin {HOSTILE[:40]}", "--date", env_day],
        cwd=root,
        check=True,
        env=_at(env_day),
    )
    config = load_config(root, find_git_root(root))
    return make_report(load_library(config), date(2026, 11, 21), FactCache(config, None), group_by="owner")


def _at(day: str) -> dict[str, str]:
    import os

    return {**os.environ, "GIT_COMMITTER_DATE": day}


def parse(page: str) -> ET.Element:
    """The page as XML, which it is too but for its first line."""
    assert page.startswith("<!DOCTYPE html>\n")
    return ET.fromstring(page.partition("\n")[2])


def test_page_is_well_formed_and_ascii(report: Report) -> None:
    """Every element is closed, IDs are unique, links to sections lead somewhere, and no byte needs an encoding."""
    page = format_report_html(report)
    tree = parse(page)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    local = {target[1:] for element in tree.iter("a") if (target := element.get("href", "")).startswith("#")}
    assert local <= set(ids)
    assert page.isascii()


def test_page_asks_for_nothing(report: Report) -> None:
    """No script, no handler, no source, no import: the page works without a network and forbids one."""
    page = format_report_html(report)
    tree = parse(page)
    names = {element.tag for element in tree.iter()}
    assert not names & {
        "script",
        "img",
        "link",
        "iframe",
        "object",
        "embed",
        "form",
        "base",
        "audio",
        "video",
        "use",
        "image",
    }
    for element in tree.iter():
        assert not {
            name
            for name in element.attrib
            if name.startswith("on") or name in ("src", "srcset", "action", "xlink:href")
        }
    style = tree.find(".//style")
    assert style is not None
    assert not re.search(r"url\(|@import|expression", style.text or "")
    assert "default-src 'none'" in page


def test_page_escapes_and_links_only_what_is_allowed(report: Report) -> None:
    """Hostile titles show as they are written; of the owners only addresses of http(s) and mail become links."""
    page = format_report_html(report)
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "&#8238;" not in page, "the override that turns text round is written out"
    targets = {element.get("href", "") for element in parse(page).iter("a")}
    assert {target for target in targets if not target.startswith("#")} == {
        "mailto:ann@example.org",
        "https://example.org/team",
    }
    assert "</td><script>alert(1)</script>" in "".join(parse(page).itertext())


def test_page_is_accessible(report: Report) -> None:
    """Language, a skip link, one h1, headed sections, scoped heads, pictures labelled or hidden, wide tables reachable."""
    tree = parse(format_report_html(report))
    assert tree.get("lang") == "en"
    assert len(tree.findall(".//h1")) == 1
    assert tree.find(".//a[@class='skip']") is not None
    for section in tree.iter("section"):
        assert section.find("h2").get("id") == section.get("aria-labelledby")  # type: ignore[union-attr]
    assert all(head.get("scope") in ("col", "row") for head in tree.iter("th"))
    assert all(
        svg.get("aria-hidden") == "true" or (svg.get("role") == "img" and svg.get("aria-label"))
        for svg in tree.iter("svg")
    )
    for box in tree.findall(".//div[@class='wide']"):
        assert box.get("tabindex") == "0"
        assert box.get("aria-label")


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


def test_terminal_fits(report: Report) -> None:
    """No line is wider than 80 columns, and no control character gets through."""
    text = format_report_table(report, width=80, color=False)
    assert max(measure_width(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text
    assert "\u202e" not in text
    narrow = format_report_table(report, width=80, color=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", narrow) == text


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
    lines = [line.split("\t") for line in format_report_lines(report).splitlines()]
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
    assert cut_start("a/long/name", 6) == "…/name"


def test_without_history_every_format_says_so(tmp_path: Path) -> None:
    """A folder that is no repository has a report in every format, with the reason instead of the curve."""
    write_card(tmp_path, "a", "title: A")
    config = load_config(tmp_path, find_git_root(tmp_path))
    made = make_report(load_library(config), date(2026, 11, 21), FactCache(config, None))
    for text in (
        format_report_html(made),
        format_report_markdown(made),
        format_report_table(made, width=80, color=False),
    ):
        assert "not a git repository" in text
    assert "\ncurve," in format_report_csv(made)


def test_no_cards_at_all(tmp_path: Path) -> None:
    """An empty knowledge base has a report too."""
    config = load_config(tmp_path, None)
    made = make_report(load_library(config), date(2026, 11, 21), FactCache(config, None))
    parse(format_report_html(made))
    assert "no active cards" in format_report_table(made, width=80, color=False)
    assert "no active cards" in format_report_markdown(made)
