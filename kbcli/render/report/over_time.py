"""The charts of the report's page, with the words and the table that say the same."""

from collections.abc import Iterable

from kbcli.knowledge.reports.report import Report
from kbcli.knowledge.trust.states import STATES
from kbcli.render.html import escape_html
from kbcli.render.report.svg import (
    STACKED,
    draw_score_line,
    draw_state_areas,
    draw_swatch,
    pick_scale,
    place_dates,
)
from kbcli.render.report.tables import name_columns, write_table
from kbcli.render.report.words import describe_movement, describe_short_past, format_score, list_states

# A band of a chart has a label beside it when it is at least this share of the height.
_LABELLED = 0.075


def write_over_time(report: Report) -> str:
    """Both charts, or why there is none, and the figures."""
    if report.why_no_past:
        return f"<p>Not known: {escape_html(report.why_no_past)}.</p>\n"
    if short := describe_short_past(report):
        return f"<p>{escape_html(short)}</p>\n{_write_figures(report) if len(report.curve) > 1 else ''}"
    points = report.curve
    movement = describe_movement(report)
    most = max(point.active for point in points)
    span = f"from {points[0].day} to {points[-1].day}"
    score = draw_score_line(
        points, "score", f"{span.capitalize()}: {format_score(points[-1].score)} at the end; {movement}."
    )
    areas = draw_state_areas(
        points, "states",
        f"{span.capitalize()}: at most {most} active cards; at the end {list_states(points[-1].counts)}. The table below has all figures.",
    )  # fmt: skip
    marks = [(f"{share}%", share / 100) for share in (0, 25, 50, 75, 100)]
    scale = pick_scale(most)
    ends = [(format_score(points[-1].score), points[-1].score or 0.0)] if points[-1].score is not None else []
    shown = [
        state for state in reversed(STACKED) if any(point.counts[STATES.index(state)] for point in points)
    ]
    legend = "".join(f"<li>{draw_swatch(state)}{state}</li>" for state in shown)
    said = f"<p>{escape_html(movement[0].upper() + movement[1:])}.</p>\n" if movement else ""
    return (
        said + _write_chart(report, "Trust score", score, marks, ends, "")
        + _write_chart(report, "Active cards by state", areas, [(str(mark), mark / scale[-1]) for mark in scale],
                       list(_label_bands(report, scale[-1])), "state")
        + f'<ul class="legend" aria-hidden="true">{legend}</ul>\n'
        f"<details><summary>The figures as a table</summary>\n{_write_figures(report)}</details>\n"
    )  # fmt: skip


def _label_bands(report: Report, top: int) -> Iterable[tuple[str, float]]:
    """What the bands are at their end, each at the middle of its height, where there is room."""
    floor = 0
    for state in STACKED:
        count = report.curve[-1].counts[STATES.index(state)]
        if count / top >= _LABELLED:
            yield f"{count} {state}", (floor + count / 2) / top
        floor += count


def _write_chart(
    report: Report,
    caption: str,
    picture: str,
    marks: Iterable[tuple[str, float]],
    ends: Iterable[tuple[str, float]],
    kind: str,
) -> str:
    """A picture with its scale, its dates, and what its end stands for; heights are from 0 to 1."""
    points = report.curve
    dates = "".join(f'<span style="left:{place:.1f}%">{name}</span>' for name, place in place_dates(points))
    scale = "".join(f'<span style="bottom:{height:.1%}">{mark}</span>' for mark, height in marks)
    labels = "".join(
        f'<span class="{kind}" style="bottom:{height:.1%}">{label}</span>' for label, height in ends
    )
    return (
        f'<figure><figcaption>{escape_html(caption)}</figcaption><div class="chart"><div class="ys" aria-hidden="true">{scale}</div>'
        f'{picture}<div class="ends" aria-hidden="true">{labels}</div>'
        + (f'<div class="xs" aria-hidden="true">{dates}</div>' if dates else "")
        + f'<div class="days"><span>{points[0].day}</span><span>{points[-1].day}</span></div></div></figure>\n'
    )


def _write_figures(report: Report) -> str:
    rows = (
        f'<tr><th scope="row">{point.day}</th><td>{format_score(point.score)}</td><td>{point.active}</td>'
        + "".join(f"<td>{count}</td>" for count in point.counts) + "</tr>\n"
        for point in reversed(report.curve)
    )  # fmt: skip
    return write_table(
        "At the end of each week, newest first", name_columns("Day", "#Trust score", "#Active", *(f"#{state}" for state in STATES)),
        rows, label="Figures of the charts", kind="figures",
    )  # fmt: skip
