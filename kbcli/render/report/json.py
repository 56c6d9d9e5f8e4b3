"""The report as JSON."""

from kbcli.knowledge.reports.report import LoadRow, Report, ReportGroup
from kbcli.knowledge.reports.trends import StampReport, TrendPoint
from kbcli.render.json import describe_card, describe_summary


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
