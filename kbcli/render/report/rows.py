"""The report as rows of one table, for CSV and for pipes.

One row for each figure: `section` says what it is about (`now`, `group`, `curve`, `load`, `expired`,
`stamps`), `by` and `name` of which cards, `day` for which day. Rows about many cards fill the columns
of the states, `active`, `trusted` and `trust_score` (0 to 1); all rows but those fill `count`: cards
that fall due (in `load`: until `day`; without a day they are overdue), cards that link to the expired
one, or verifications.
"""

from collections.abc import Iterator

from kbcli.knowledge.reports.report import Report
from kbcli.knowledge.reports.trends import TrendPoint
from kbcli.knowledge.reports.workload import LoadRow
from kbcli.knowledge.trust.score import TrustSummary
from kbcli.knowledge.trust.states import STATES
from kbcli.render.csv import format_csv
from kbcli.render.escape import escape_field
from kbcli.render.formats import View

REPORT_COLUMNS = ("section", "by", "name", "day", "count", "trust_score", "active", "trusted", *STATES)
Cell = str | int | None


def list_report_rows(report: Report) -> Iterator[tuple[Cell, ...]]:
    """The rows, in the order of the report, each as wide as REPORT_COLUMNS."""
    today = report.today.isoformat()
    yield _make_row("now", "", "", today, report.summary)
    for by, groups in report.groups.items():
        for group in groups:
            yield _make_row("group", by, group.name, today, group.summary)
    for point in report.curve:
        yield _make_point_row("", "", point)
    for by, groups in report.groups.items():
        for group in groups:
            for point in group.curve:
                yield _make_point_row(by, group.name, point)
    for row in report.load.rows:
        yield from _make_load_rows(report, "owner", row)
    yield from _make_load_rows(report, "", report.load.total)
    for linked in report.expired:
        due = linked.trust.due.isoformat() if linked.trust.due else ""
        yield _pad("expired", "card", linked.card.id, due, linked.links)
    if report.stamps is not None:
        for kind, count in report.stamps.counts.items():
            yield _pad("stamps", "kind", kind, "", count)
        for year, (total, stamps) in report.stamps.by_year.items():
            yield _pad("stamps", "year", "verifications", f"{year}-12-31", total)
            yield _pad("stamps", "year", "stamp", f"{year}-12-31", stamps)


def _pad(*cells: Cell) -> tuple[Cell, ...]:
    return (*cells, *[None] * (len(REPORT_COLUMNS) - len(cells)))


def _make_row(section: str, by: str, name: str, day: str, summary: TrustSummary) -> tuple[Cell, ...]:
    counts = tuple(summary.counts[state] for state in STATES)
    score = _format_score(summary.score)
    return (section, by, name, day, None, score, summary.active, summary.trusted, *counts)


def _make_point_row(by: str, name: str, point: TrendPoint) -> tuple[Cell, ...]:
    score = _format_score(point.score)
    return ("curve", by, name, point.day.isoformat(), None, score, point.active, point.trusted, *point.counts)


def _make_load_rows(report: Report, by: str, row: LoadRow) -> Iterator[tuple[Cell, ...]]:
    yield _pad("load", by, row.owner, "", row.overdue)
    for end, count in zip(report.load.ends, row.weeks, strict=True):
        yield _pad("load", by, row.owner, end.isoformat(), count)


def _format_score(score: float | None) -> str:
    return "" if score is None else f"{score:.4f}"


def format_report_csv(report: Report) -> str:
    """The rows as CSV, with a header."""
    return format_csv(REPORT_COLUMNS, list_report_rows(report))


def format_report_lines(report: Report, view: View) -> str:
    """The rows tab-separated, without a header; the columns are REPORT_COLUMNS."""
    del view
    return "".join(
        "\t".join("" if cell is None else escape_field(str(cell)) for cell in row) + "\n"
        for row in list_report_rows(report)
    )
