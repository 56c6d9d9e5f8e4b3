"""The report as Markdown, to paste into a chat, an issue or a page."""

import re
from collections.abc import Sequence

from kbcli.foundation.text.counts import count_things
from kbcli.knowledge.reports.report import LoadRow, Report, ReportGroup
from kbcli.knowledge.trust.states import STATES
from kbcli.render.markdown import escape_markdown, format_markdown_table, shorten_name
from kbcli.render.report.sparklines import draw_sparkline
from kbcli.render.report.words import (
    USE_COLUMNS,
    describe_movement,
    describe_overdue,
    describe_short_past,
    describe_stamps,
    describe_use,
    format_score,
    list_groupings,
    list_untrusted,
    list_use,
    name_group,
)

_SPARK_WIDTH = 52
_MOST_EXPIRED, _MOST_MONTHS, _MOST_GROUPS = 20, 12, 25
_CODE = re.compile(r"\\`([^`\\]+)\\`")


def format_report_markdown(report: Report) -> str:
    """Headings, tables and a sparkline; nothing in it can mention or link anybody."""
    title = f"{shorten_name(report.title)}: where we stand" if report.title else "Where we stand"
    parts = [
        f"# {title}, {report.today}\n",
        _format_now(report),
        "## Trust score over time\n",
        _format_curve(report),
    ]
    for by, label, groups in list_groupings(report):
        parts += [f"## By {label}\n", _format_groups(report, groups, by)]
    parts += ["## Falls due in the next 12 weeks\n", _format_load(report)]
    parts += ["## Expired cards that most cards link to\n", _format_expired(report)]
    parts += ["## Rubber stamps\n", escape_markdown(" ".join(describe_stamps(report))) + "\n"]
    if report.use:
        table = format_markdown_table(USE_COLUMNS, list_use(report))
        parts += [
            "## Tickets answered from cards\n",
            escape_markdown(" ".join(describe_use(report))) + f"\n\n{table}",
        ]
    if report.notes:
        parts += [
            "## How to read this\n",
            "".join(
                f"- {note}\n" for note in (_CODE.sub(r"`\1`", escape_markdown(note)) for note in report.notes)
            ),
        ]
    return "\n".join(parts)


def _format_now(report: Report) -> str:
    summary = report.summary
    if summary.score is None:
        return "There are no active cards.\n"
    cards = count_things(summary.active, "active card", "active cards")
    rows = [(state, str(summary.counts[state])) for state in STATES if summary.counts[state]]
    table = format_markdown_table(("State", "#Cards"), rows)
    return f"**Trust score {summary.score:.0%}** of {cards}.\n\n{table}"


def _format_curve(report: Report) -> str:
    if short := describe_short_past(report):
        return f"{escape_markdown(short)}\n"
    line = draw_sparkline([point.summary.score for point in report.curve], _SPARK_WIDTH)
    text = f"`{line}` {report.curve[0].day} to {report.curve[-1].day}\n"
    if movement := describe_movement(report):
        text += f"\n{movement[0].upper()}{movement[1:]}.\n"
    # The last point of each of the newest months; today's is always one.
    months = {(point.day.year, point.day.month): point for point in report.curve}
    rows = [
        (str(point.day), format_score(point.summary.score), str(point.summary.active))
        for point in list(months.values())[-_MOST_MONTHS:]
    ]
    return f"{text}\n{format_markdown_table(('At the end of', '#Trust score', '#Active cards'), rows)}"


def _format_groups(report: Report, groups: Sequence[ReportGroup], by: str) -> str:
    with_curve = any(group.curve for group in groups) and not describe_short_past(report)
    columns = ["Name", "#Active", "#Trust score", "Not to be relied on"]
    columns += ["Over time"] if with_curve else []
    shown = groups if by == report.group_by else groups[:_MOST_GROUPS]
    rows = [
        [
            shorten_name(name_group(group.name, by)),
            str(group.summary.active),
            format_score(group.summary.score),
            list_untrusted(group.summary) or "–",
            *(
                [f"`{draw_sparkline([point.summary.score for point in group.curve], 26)}`"]
                if with_curve
                else []
            ),
        ]
        for group in shown
    ]
    return format_markdown_table(columns, rows) + _count_rest(len(groups) - len(shown))


def _count_rest(rest: int) -> str:
    return f"\n… and {rest} more.\n" if rest else ""


def _format_load(report: Report) -> str:
    load = report.load
    if not load.rows:
        return "Nothing.\n"
    rows = [
        _format_load_row(shorten_name(name_group(row.owner, "owner")), row)
        for row in load.rows[:_MOST_GROUPS]
    ]
    rows.append(_format_load_row("**all cards**", load.total))
    table = format_markdown_table(("Owner", "#Overdue", *(f"#{end:%d %b}" for end in load.ends)), rows)
    rest = len(load.rows) - _MOST_GROUPS
    more = f"\n… and {count_things(rest, 'more owner', 'more owners')}.\n" if rest > 0 else ""
    return f"Each week by its last day.\n\n{table}{more}"


def _format_load_row(name: str, row: LoadRow) -> tuple[str, ...]:
    return (name, *(str(count) if count else "·" for count in (row.overdue, *row.weeks)))


def _format_expired(report: Report) -> str:
    if not report.expired:
        return "None.\n"
    shown = report.expired[:_MOST_EXPIRED]
    rows = [
        (
            f"{shorten_name(row.card.title)} ({escape_markdown(row.card.id)})",
            str(row.links),
            describe_overdue(row),
            shorten_name(row.card.owner) or "–",
        )
        for row in shown
    ]
    return format_markdown_table(("Card", "#Links", "#Overdue", "Owner"), rows) + _count_rest(
        len(report.expired) - len(shown)
    )
