"""The report for machines: as the data of JSON, and as rows of one table, for CSV and for pipes.

Of the rows there is one for each figure: `section` says what it is about (`now`, `group`, `curve`,
`load`, `expired`, `stamps`, `use`), `by` and `name` of which cards, `day` for which day. Rows about many cards
fill the columns of the states, `active`, `trusted` and `trust_score` (0 to 1); all rows but those fill
`count`: cards that fall due (in `load`: until `day`; without a day they are overdue), cards that link to
the expired one, verifications, or tickets and gaps of the month that begins on `day`.
"""

from collections.abc import Iterator
from datetime import date

from kbcli.knowledge.reports.report import LoadRow, Report, ReportGroup
from kbcli.knowledge.reports.trends import StampReport, TrendPoint
from kbcli.knowledge.trust.judging import TrustSummary
from kbcli.knowledge.trust.states import STATES
from kbcli.render.csv import format_csv
from kbcli.render.formats import View
from kbcli.render.json import describe_card, describe_summary

REPORT_COLUMNS = ("section", "by", "name", "day", "count", "trust_score", "active", "trusted", *STATES)
Cell = str | int | None


def describe_report(report: Report) -> dict[str, object]:
    """The data of `kb report`."""
    load = report.load
    return {
        "title": report.title or None,
        "today": report.today.isoformat(),
        "since": report.since.isoformat() if report.since else None,
        "basis": report.basis,
        "summary": describe_summary(report.summary),
        "groups": {
            by: [_describe_group(by, group) for group in groups] for by, groups in report.groups.items()
        },
        "curve": [_describe_point(point) for point in report.curve],
        "history": {"available": not report.why_no_past, "why": report.why_no_past or None},
        "load": {
            "weeks": [end.isoformat() for end in load.ends],
            "owners": [{"owner": row.owner or None, **_describe_load(row)} for row in load.rows],
            "total": _describe_load(load.total),
        },
        "expired": [
            {"card": describe_card(row.card, row.trust), "links": row.links} for row in report.expired
        ],
        "stamps": _describe_stamps(report.stamps) if report.stamps else None,
        "cliffs": [
            {
                "from": cliff.before.day.isoformat(),
                "to": cliff.after.day.isoformat(),
                "commit": cliff.commit.sha,
                "subject": cliff.commit.subject,
                "cards": cliff.touched,
            }
            for cliff in report.cliffs
        ],
        "use": _describe_use(report) if report.use else None,
        "notes": list(report.notes),
    }


def _describe_group(by: str, group: ReportGroup) -> dict[str, object]:
    data: dict[str, object] = {by: group.name or None, "summary": describe_summary(group.summary)}
    if group.curve:
        data["curve"] = [_describe_point(point) for point in group.curve]
    return data


def _describe_point(point: TrendPoint) -> dict[str, object]:
    return {
        "day": point.day.isoformat(),
        "commit": point.sha or None,
        **describe_summary(point.summary),
    }


def _describe_load(row: LoadRow) -> dict[str, object]:
    return {"overdue": row.overdue, "due": list(row.weeks)}


def _describe_use(report: Report) -> dict[str, object]:
    total = report.use_total
    return {
        "tickets": total.tickets,
        "link_rate": round(total.linked / total.tickets, 4) if total.tickets else None,
        "new_share": round(total.new / total.tickets, 4) if total.tickets else None,
        "gaps_opened": total.opened,
        "gaps_closed": total.closed,
        "months": [
            {"month": f"{row.month:%Y-%m}", "tickets": row.tickets, "linked": row.linked, "new": row.new,
             "gaps_opened": row.opened, "gaps_closed": row.closed}
            for row in report.use
        ],
    }  # fmt: skip


def _describe_stamps(stamps: StampReport) -> dict[str, object]:
    largest = stamps.largest
    return {
        "verifications": stamps.total,
        "new_cards": stamps.new,
        "kinds": dict(stamps.counts),
        "rubber_stamp_share": None if stamps.share is None else round(stamps.share, 4),
        "edited_in_same_merge": stamps.edited_with,
        "largest": None
        if largest is None
        else {
            "commit": largest.sha,
            "day": largest.day.isoformat(),
            "subject": largest.subject,
            "cards": stamps.largest_count,
            "rubber_stamps": stamps.largest_stamps,
        },
        "by_year": [
            {"year": year, "verifications": total, "rubber_stamps": count}
            for year, (total, count) in stamps.by_year.items()
        ],
    }


def list_report_rows(report: Report, _view: View | None = None) -> Iterator[tuple[Cell, ...]]:
    """The rows, in the order of the report, each as wide as REPORT_COLUMNS."""
    yield _make_row("now", "", "", report.today, report.summary)
    for by, groups in report.groups.items():
        for group in groups:
            yield _make_row("group", by, group.name, report.today, group.summary)
    for point in report.curve:
        yield _make_row("curve", "", "", point.day, point.summary)
    for cliff in report.cliffs:
        name = f"{cliff.commit.sha[:10]} {cliff.commit.subject}"
        yield _pad("cliff", "commit", name, cliff.after.day.isoformat(), cliff.touched)
    for by, groups in report.groups.items():
        for group in groups:
            for point in group.curve:
                yield _make_row("curve", by, group.name, point.day, point.summary)
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
    for month in report.use:
        for name, count in zip(month._fields[1:], month[1:], strict=True):
            yield _pad("use", "month", name, str(month.month), count)


def _pad(*cells: Cell) -> tuple[Cell, ...]:
    return (*cells, *[None] * (len(REPORT_COLUMNS) - len(cells)))


def _make_row(section: str, by: str, name: str, day: date, summary: TrustSummary) -> tuple[Cell, ...]:
    score = "" if summary.score is None else f"{summary.score:.4f}"
    counts = summary.counts.values()
    return (section, by, name, str(day), None, score, summary.active, summary.trusted, *counts)


def _make_load_rows(report: Report, by: str, row: LoadRow) -> Iterator[tuple[Cell, ...]]:
    yield _pad("load", by, row.owner, "", row.overdue)
    for end, count in zip(report.load.ends, row.weeks, strict=True):
        yield _pad("load", by, row.owner, end.isoformat(), count)


def format_report_csv(report: Report) -> str:
    """The rows as CSV, with a header."""
    return format_csv(REPORT_COLUMNS, list_report_rows(report))
