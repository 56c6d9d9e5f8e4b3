"""Promises of the report's page: it parses, asks for nothing from elsewhere, can be read by everybody, and says what JSON says."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from kbcli.knowledge.reports.report import Report, ReportGroup
from kbcli.render.report.data import describe_report
from kbcli.render.report.html import format_report_html
from kbcli.render.report.page import STYLE
from kbcli.render.report.words import format_score

Write, Commit, Make = Callable[..., None], Callable[..., None], Callable[..., Report]


def parse(page: str) -> ET.Element:
    """The page as XML, which it is too but for its first line."""
    assert page.startswith("<!DOCTYPE html>\n")
    return ET.fromstring(page.partition("\n")[2])


def read_table(tree: ET.Element, label: str) -> list[list[str]]:
    """The texts of the cells of a table, row by row, with its head first."""
    box = tree.find(f".//div[@aria-label='Table: {label}']")
    assert box is not None, label
    return [["".join(cell.itertext()).strip() for cell in row] for row in box.iter("tr")]


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
    active = {
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
    assert not names & active
    for element in tree.iter():
        assert not {
            name
            for name in element.attrib
            if name.startswith("on") or name in ("src", "srcset", "action", "xlink:href")
        }
    style = tree.find(".//style")
    assert style is not None
    assert not re.search(r"url\((?!#t-)|@import|expression", style.text or "")
    policy = tree.find(".//meta[@http-equiv='Content-Security-Policy']")
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy.get("content", "").split("; "))
    assert rules == {
        "default-src": "'none'", "style-src": "'unsafe-inline'", "base-uri": "'none'", "form-action": "'none'",
    }  # fmt: skip


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
    """Language, a skip link, one h1, headed sections, scoped heads, landmarks of one name each, wide tables reachable."""
    tree = parse(format_report_html(report))
    assert tree.get("lang") == "en"
    assert len(tree.findall(".//h1")) == 1
    assert tree.find(".//a[@class='skip']") is not None
    heads = [(section.find("h2"), section.get("aria-labelledby")) for section in tree.iter("section")]
    assert all(head is not None and head.get("id") == named for head, named in heads)
    assert all(head.get("scope") in ("col", "row") and "".join(head.itertext()) for head in tree.iter("th"))
    boxes = tree.findall(".//div[@role='region']")
    assert all(box.get("tabindex") == "0" for box in boxes)
    assert len({id(table) for table in tree.iter("table")}) == len(boxes)
    names = [box.get("aria-label") for box in boxes] + [head.text for head, _ in heads if head is not None]
    assert len(names) == len(set(names))


def test_every_picture_has_words(report: Report) -> None:
    """A picture has a title and a description, or is hidden and stands beside its figures."""
    tree = parse(format_report_html(report))
    ids = {element.get("id"): element for element in tree.iter()}
    shown = [svg for svg in tree.iter("svg") if svg.get("aria-hidden") != "true"]
    assert len(shown) == 3
    for svg in shown:
        assert svg.get("role") == "img"
        title, description = (ids[name] for name in svg.get("aria-labelledby", "").split())
        assert (title.tag, description.tag) == ("title", "desc")
        assert title.text
        assert description.text
    assert f"{report.summary.counts['expired']} expired" in (ids["states-desc"].text or "")


def test_page_says_what_json_says(report: Report) -> None:
    """Score, groups, every week of the curve, the load, the expired cards and the stamps have the figures of --format json."""
    data = describe_report(report)
    tree = parse(format_report_html(report))
    summary = data["summary"]
    figures = ["".join(figure.itertext()) for figure in tree.findall(".//dd[@class='figure']")]
    load = data["load"]["total"]
    assert figures == [format_score(summary["trust_score"]), str(load["overdue"]), str(sum(load["due"]))]
    curve = [
        [
            point["day"],
            format_score(point["trust_score"]),
            str(point["active"]),
            *map(str, point["counts"].values()),
        ]
        for point in reversed(data["curve"])
    ]
    assert read_table(tree, "Figures of the charts")[1:] == curve
    assert len(curve) > 10
    groups = [
        [str(group["summary"]["active"]), format_score(group["summary"]["trust_score"])]
        for group in data["groups"]["owner"]
    ]
    assert [row[1:3] for row in read_table(tree, "By owner")[1:]] == groups
    due = [
        [str(row["overdue"] or "·"), *(str(count or "·") for count in row["due"])]
        for row in (*data["load"]["owners"], load)
    ]
    assert [row[1:] for row in read_table(tree, "What falls due by owner")[1:]] == due
    expired = [row["card"]["id"] for row in data["expired"]]
    assert [
        row[0].endswith(ident)
        for row, ident in zip(read_table(tree, "Expired cards")[1:], expired, strict=True)
    ]
    assert format_report_html(report).count("No card was verified again") == (
        data["stamps"]["verifications"] == 0
    )


@pytest.mark.parametrize(
    ("day", "sentence", "pictures"),
    [
        ("2026-11-14", "No week has ended yet in this history, so there is no curve.", 0),
        ("2026-11-21", "the trust score was 100% on 2026-11-15 and is 100% today.", 0),
        ("2026-11-23", "Lowest 100% on 2026-11-15, highest 100% on 2026-11-15.", 2),
    ],
)
def test_a_short_past_has_no_empty_charts(
    tmp_path: Path,
    write_card: Write,
    commit_at: Commit,
    report_on: Make,
    day: str,
    sentence: str,
    pictures: int,
) -> None:
    """Before two weeks have ended a sentence stands where the charts would; from then on both are drawn."""
    write_card(tmp_path, "a", "title: A\nverify_every: 90d\nverified: 2026-11-10")
    commit_at(tmp_path, "2026-11-13")
    tree = parse(format_report_html(report_on(tmp_path, date.fromisoformat(day), group_by="owner")))
    assert len(tree.findall(".//svg[@class='plot']")) == pictures
    assert len(tree.findall(".//figure")) == pictures
    assert len(tree.findall(".//svg[@class='spark']")) == pictures // 2
    assert sentence in "".join(tree.itertext())


def test_nothing_at_all_has_a_page(tmp_path: Path, report_on: Make, commit_at: Commit) -> None:
    """Without a repository, or with one that holds no card, the page says so and draws nothing."""
    assert "not a git repository" in format_report_html(report_on(tmp_path))
    commit_at(tmp_path, "2026-06-01")
    tree = parse(format_report_html(report_on(tmp_path)))
    assert [svg.get("class") for svg in tree.iter("svg")] == ["textures"]
    assert "There are no active cards." in "".join(tree.itertext())


def test_names_run_their_own_way(tmp_path: Path, write_card: Write, report_on: Make) -> None:
    """A title says its language where that is a real tag, and runs in the direction of its script."""
    write_card(tmp_path, "a", "title: كلمة السر\nlang: ar\nverify_every: 30d\nverified: 2026-01-01")
    write_card(tmp_path, "b", "title: B\nlang: 'x\" onclick=\"y'\nverify_every: 30d\nverified: 2026-01-01")
    tree = parse(format_report_html(report_on(tmp_path)))
    names = {name.text: name for name in tree.iter("span") if name.get("dir") == "auto"}
    assert names["كلمة السر"].get("lang") == "ar"
    assert "lang" not in names["B"].attrib


def test_many_groups_are_cut_unless_asked_for(report: Report) -> None:
    """The page holds the first hundred groups and says how many more there are; --by shows all."""
    group = report.groups["owner"][0]
    groups = {"owner": tuple(ReportGroup(f"team {number}", group.summary) for number in range(500))}
    cut = parse(format_report_html(replace(report, groups=groups, group_by="")))
    assert len(read_table(cut, "By owner")) == 101
    assert "400 more: kb report --by owner shows all." in "".join(cut.itertext())
    assert len(read_table(parse(format_report_html(replace(report, groups=groups))), "By owner")) == 501


def test_page_fits_a_telephone() -> None:
    """Nothing but what stands in a box that scrolls has a least width, and no width is more than 20 rem."""
    plain = re.sub(r"\b(?:td|th)[^{}]*\{[^}]*\}|svg\.spark[^}]*\}", "", STYLE)
    assert "min-width" not in plain
    widths = re.findall(r"(?<!max-)\bwidth:\s*([\d.]+)rem", STYLE)
    assert widths
    assert max(map(float, widths)) <= 20
    assert not re.search(r"(?<!-)\bwidth:\s*\d+px", STYLE)
