"""What a check and a stale report look like to machines, whatever the cards hold."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings, strategies as st
from sarifschema import check_sarif
from trials import count_trials

from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.rule import Finding
from kbcli.knowledge.gate.run import CheckResult
from kbcli.knowledge.trust.filters import CardFilter
from kbcli.knowledge.trust.judging import summarise_trust
from kbcli.knowledge.trust.stale import StaleReport, StaleRow, list_stale
from kbcli.knowledge.trust.states import judge_card
from kbcli.operations.check import CheckReport
from kbcli.operations.rules import RULES
from kbcli.render.check.github import MAX_ANNOTATIONS, format_github
from kbcli.render.check.gitlab import format_gitlab
from kbcli.render.check.junit import format_junit
from kbcli.render.check.sarif import format_sarif
from kbcli.render.csv import format_csv
from kbcli.render.markdown import escape_markdown
from kbcli.render.stale import format_stale_csv, format_stale_markdown

TODAY = date(2026, 11, 21)
NASTY = "a\x1b]0;x\x07b\u202ec <b>&\"' % ::error::x, | [x](y) {0} \ud800 \ufffe \x85 \r\n=1+1"
TEXTS = st.text(st.characters(), max_size=30) | st.sampled_from((NASTY, "=1+1", "@x", "a\nb", ""))


def make_result(*findings: Finding, strict: bool = False, prefix: str = "content/") -> CheckReport:
    """A check with these findings."""
    return CheckReport(CheckResult(findings, RULES, 7, TODAY, strict, prefix))


def make_finding(
    rule: str = "expired", severity: str = "error", path: str = "a.md", line: int = 3, message: str = "old",
    hint: str = "mend it", subject: str = "",
) -> Finding:  # fmt: skip
    """One finding."""
    return Finding(rule, severity, path, line, "a", message, hint, subject)


FINDINGS = st.lists(
    st.builds(
        make_finding, rule=st.sampled_from(("expired", "unverified", "broken-link", "some-later-rule")),
        severity=st.sampled_from(("error", "warning")), path=TEXTS.filter(bool), line=st.integers(1, 10**6),
        message=TEXTS, hint=TEXTS, subject=TEXTS,
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=count_trials(10, 60), deadline=None)
@given(FINDINGS, st.booleans())
def test_every_format_is_whole_whatever_stands_in_a_card(findings: list[Finding], strict: bool) -> None:
    """XML parses, JSON parses, SARIF fits its schema, every workflow command is one line, and no control character is left."""
    result = make_result(*findings, strict=strict)
    ET.fromstring(format_junit(result))
    assert len(check_sarif(format_sarif(result))["runs"][0]["results"]) == len(findings)
    assert len(json.loads(format_gitlab(result))) == len(findings)
    assert all(
        re.match(r"::(error|warning) file=[^\s]|::notice ", line)
        for line in format_github(result).splitlines()
    )
    for text in (format_junit(result), format_github(result)):
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
        text.encode()


def test_sarif_tells_rules_places_and_fingerprints() -> None:
    """A result points to its rule by ID and index, to its file from the git root, and keeps its fingerprint when lines move."""
    first = make_finding(path="größe 1.md", line=3, message="see [x] {y}")
    (run,) = check_sarif(format_sarif(make_result(first)))["runs"]
    (found,) = run["results"]
    assert run["tool"]["driver"]["rules"][found["ruleIndex"]]["id"] == found["ruleId"] == "expired"
    assert len(run["tool"]["driver"]["rules"]) == len(RULES)
    place = found["locations"][0]["physicalLocation"]
    assert (unquote(place["artifactLocation"]["uri"]), place["region"]) == (
        "content/größe 1.md",
        {"startLine": 3},
    )
    assert found["message"]["text"] == "see \\[x\\] {{y}}. mend it"
    moved = json.loads(format_sarif(make_result(first._replace(line=9))))["runs"][0]["results"][0]
    assert moved["partialFingerprints"] == found["partialFingerprints"]


def test_two_findings_never_share_a_fingerprint() -> None:
    """The same rule twice in one card is two issues."""
    issues = json.loads(
        format_gitlab(make_result(make_finding(line=1), make_finding(line=2), make_finding(subject="x")))
    )
    assert len({issue["fingerprint"] for issue in issues}) == 3
    assert issues[0]["location"] == {"path": "content/a.md", "lines": {"begin": 1}}
    assert issues[0]["severity"] == "major"


def test_github_gets_the_ten_worst_of_each_severity_and_a_count_of_the_rest() -> None:
    """Rare rules come first, paths count from the git root, and nothing is left out silently."""
    many = [
        make_finding("unverified", "warning", f"{number}.md", 1, "never verified", "") for number in range(30)
    ]
    lines = format_github(
        make_result(make_finding(), *many, make_finding("broken-link", "warning", message="100% broken"))
    ).splitlines()
    assert lines[0] == "::error file=content/a.md,line=3,title=kb expired::old. mend it"
    assert lines[1] == "::warning file=content/a.md,line=3,title=kb broken-link::100%25 broken. mend it"
    assert len(lines) == 1 + MAX_ANNOTATIONS + 1
    assert (
        lines[-1]
        == "::notice title=kb check::and 21 more warnings: 21 unverified. Run kb check to see them all."
    )


def test_a_path_cannot_end_a_workflow_command() -> None:
    """A file name with commas, colons and newlines stays within its property."""
    line = format_github(make_result(make_finding(path="a,line=1::b\n::error::c.md"), prefix=""))
    assert line.startswith("::error file=a%2Cline=1%3A%3Ab%0A%3A%3Aerror%3A%3Ac.md,line=3,")
    assert line.count("\n") == 1


@pytest.mark.parametrize(("strict", "failures"), [(False, 1), (True, 2)])
def test_junit_is_red_exactly_when_the_check_fails(strict: bool, failures: int) -> None:
    """An error is a failure, a warning only in a strict check, a card that is only due in none."""
    result = make_result(
        make_finding(), make_finding("unverified", "warning"), make_finding("due", "warning"), strict=strict
    )
    suites = ET.fromstring(format_junit(result))
    assert (suites.get("tests"), suites.get("failures")) == ("3", str(failures))
    assert len(suites.findall(".//failure")) == failures
    assert len(suites.findall(".//testcase")) == 3


def test_a_clean_check_is_one_passed_test_case() -> None:
    """Build servers take an empty suite for a broken one."""
    suites = ET.fromstring(format_junit(make_result()))
    assert (suites.get("tests"), suites.get("failures")) == ("1", "0")
    assert len(suites.findall(".//testcase")) == 1


def make_report(*titles: str) -> StaleReport:
    """A report of unverified cards with these titles, owned by nobody or by the title."""
    cards = [
        Card(id=f"c{number}", path=f"c{number}.md", title=title, owners=(title,))
        for number, title in enumerate(titles)
    ]
    rows = tuple(StaleRow(card, trust) for card in cards if (trust := judge_card(card, TODAY)))
    return StaleReport(TODAY, rows, summarise_trust(row.trust for row in rows))


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@x", "\t=1", "\n=1", " =1", "＝1", "\x00=1", "\u202e=1", "=cmd|' /C calc'!A0"],
)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    """A spreadsheet shows the text, and runs nothing."""
    _, row = list(csv.reader(io.StringIO(format_csv(("x",), [(text,)]), newline="")))
    assert row[0].startswith("'")
    assert not row[0][1:2].isspace()


def test_csv_keeps_numbers_and_quotes_texts() -> None:
    """Negative days are numbers, not text; quotes, commas and line ends follow RFC 4180."""
    assert format_csv(("a", "b", "c"), [(-3, 'say "x", y', None)]) == 'a,b,c\r\n-3,"say ""x"", y",\r\n'


def test_the_stale_table_as_csv_has_a_row_per_card_and_group(make_two: Library) -> None:
    """With a grouping each row says which group it is of."""
    rows = list(csv.DictReader(io.StringIO(format_stale_csv(list_stale(make_two, TODAY)), newline="")))
    assert [(row["id"], row["state"], row["days_left"], row["due"]) for row in rows] == [
        ("old", "expired", "-53", "2026-09-29"), ("new", "unverified", "", ""),
    ]  # fmt: skip
    grouped = list(
        csv.DictReader(
            io.StringIO(format_stale_csv(list_stale(make_two, TODAY, group_by="owner")), newline="")
        )
    )
    assert [(row["by_owner"], row["id"]) for row in grouped] == [
        ("api-team", "old"),
        ("web-team", "old"),
        ("", "new"),
    ]


def test_the_stale_table_as_markdown_can_be_pasted(make_two: Library) -> None:
    """A headline with counts and score, then a table, worst first."""
    lines = format_stale_markdown(list_stale(make_two, TODAY)).splitlines()
    assert lines[0] == "**2026-11-21: 2 cards need a look: 1 expired, 1 unverified; trust score 0% of 2**"
    assert lines[2] == "| Card | State | When | Owner |"
    assert lines[4] == "| Old (old) | **expired** | 8 weeks overdue | api-team, web-team |"
    grouped = format_stale_markdown(list_stale(make_two, TODAY, group_by="owner"))
    assert "### api-team (1 card; trust score 0% of 1)" in grouped
    assert "### no owner (1 card; trust score 0% of 1)" in grouped
    assert "| Card | State | When | Owner |" in grouped, "a card has two owners, so each is named"
    alone = list_stale(make_two, TODAY, group_by="owner", filters=CardFilter(owners=("-",)))
    assert "| Card | State | When |\n" in format_stale_markdown(alone)
    nothing = list_stale(make_two, TODAY, filters=CardFilter(tags=("none",)))
    assert "Nothing is stale." in format_stale_markdown(nothing)


@settings(max_examples=count_trials(30, 200), deadline=None)
@given(TEXTS)
def test_a_title_cannot_break_a_markdown_table(title: str) -> None:
    """Whatever the title, the table has four columns, and shows no HTML, link or mention that is not ours."""
    from markdown_it import MarkdownIt

    html = (
        MarkdownIt("commonmark", {"html": True})
        .enable("table")
        .render(format_stale_markdown(make_report(title)))
    )
    assert html.count("<td>") == 4
    assert set(re.findall(r"<(\w+)", html)) <= {"p", "strong", "table", "thead", "tbody", "tr", "th", "td"}


def test_nobody_is_mentioned_and_nothing_linked_by_pasting() -> None:
    """`@team` in an owner notifies nobody, and a bare address is no link."""
    assert "@team" not in escape_markdown("ask @team or ana@example.org")
    assert "https://" not in escape_markdown("see https://example.org")
    assert escape_markdown("from $5 to $10") == r"from \$5 to \$10", "nothing becomes mathematics"


@pytest.fixture
def make_two(tmp_path: object, make_files: Callable[..., Library]) -> Library:
    """One expired card of two owners, and one that nobody owns or has verified."""
    return make_files({
        "old.md": "---\ntitle: Old\nowner: [api-team, web-team]\nverify_every: 90d\nverified: 2026-07-01\n---\nx\n",
        "new.md": "---\ntitle: New\n---\nx\n",
    })  # fmt: skip


@pytest.fixture
def make_files(tmp_path: object) -> Callable[..., Library]:
    """Write a knowledge base and read it."""
    from pathlib import Path

    from kbcli.config import load_config
    from kbcli.knowledge.cards.library import load_library

    def make(files: dict[str, str]) -> Library:
        root = Path(str(tmp_path)) / "base"
        root.mkdir()
        (root / "kb.toml").write_text("")
        for path, text in files.items():
            (root / path).write_text(text)
        return load_library(load_config(root, environment={}))

    return make
