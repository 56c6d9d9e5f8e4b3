"""The report as one page of HTML: its sections, with charts and tables."""

import re
from collections.abc import Iterable, Sequence

from kbcli.foundation.text.counts import count_things
from kbcli.knowledge.reports.report import WEEKS, LoadRow, Report, ReportGroup
from kbcli.knowledge.trust.states import INACTIVE, STATES
from kbcli.render.html import escape_html, link_text
from kbcli.render.report.page import format_page, name_columns, write_keys, write_table
from kbcli.render.report.svg import (
    STACKED,
    TEXTURES,
    draw_part_bar,
    draw_score_line,
    draw_share_bar,
    draw_spark,
    draw_state_areas,
    draw_swatch,
    pick_scale,
    place_dates,
)
from kbcli.render.report.words import (
    USE_COLUMNS,
    count_untrusted,
    describe_movement,
    describe_overdue,
    describe_short_past,
    describe_stamps,
    describe_use,
    find_year_before,
    format_score,
    list_groupings,
    list_states,
    list_use,
    name_group,
)

_MOST_EXPIRED, _MOST_GROUPS = 50, 100
# The fullest colour is for a week with the most cards, and at least this many.
_LEAST_HEAT = 4
# A band of a chart has a label beside it when it is at least this share of the height.
_LABELLED = 0.075
_CODE = re.compile("`([^`]+)`")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", re.ASCII)


def format_report_html(report: Report) -> str:
    """The page, in ASCII with character references, so that no encoding on its way can damage it."""
    name = report.title or "Knowledge base"
    sections = [
        ("now", "Now", _write_now(report)),
        ("curve", "Over time", _write_over_time(report)),
        *(
            (f"by-{by}", f"By {label}", _write_groups(report, by, f"By {label}", groups))
            for by, label, groups in list_groupings(report)
        ),
        ("load", "What falls due", _write_load(report)),
        ("expired", "Expired and linked to", _write_expired(report)),
        ("stamps", "Rubber stamps", _write_stamps(report)),
    ]
    if report.use:
        sections.append(("use", "Tickets answered from cards", _write_use(report)))
    if report.notes:
        notes = (_CODE.sub(r"<code>\1</code>", escape_html(note)) for note in report.notes)
        sections.append(("notes", "How to read this", "".join(f"<p>{note}</p>\n" for note in notes)))
    return format_page(
        f"{name}: where we stand, {report.today}",
        name,
        f"Where we stand on {report.today}",
        sections,
        foot="Made by kb from the cards and their git history.",
        textures=TEXTURES,
    )


def _write_now(report: Report) -> str:
    summary = report.summary
    aside = " and ".join(
        f"{summary.counts[state]} {state}"
        for state in sorted(INACTIVE, reverse=True)
        if summary.counts[state]
    )
    left = f'<p class="muted">Not counted: {aside}.</p>\n' if aside else ""
    if summary.score is None:
        return f"<p>There are no active cards.</p>\n{left}"
    counts = [(state, summary.counts[state]) for state in STACKED if summary.counts[state]]
    words = ", ".join(f"{count} {state}" for state, count in counts)
    legend = "".join(f"<li>{draw_swatch(state)}{count} {state}</li>" for state, count in counts)
    return (
        _write_keys(report)
        + draw_share_bar(counts, "now-bar", words)
        + f'\n<ul class="legend">{legend}</ul>\n{left}'
    )


def _write_keys(report: Report) -> str:
    """The few figures to take away: each with its name and what it is a figure of."""
    summary = report.summary
    cards = count_things(summary.active, "active card", "active cards")
    before = find_year_before(report)
    ago = f"; {format_score(before.summary.score)} a year ago" if before else ""
    keys = [
        ("Trust score", format_score(summary.score), f"{summary.trusted} of {cards} can be relied on{ago}"),
        ("Overdue", str(report.load.total.overdue), "past their due date"),
        ("Falling due", str(report.load.total.coming), f"in the next {WEEKS} weeks"),
    ]
    stamps = report.stamps
    if stamps is not None and stamps.share is not None:
        keys.append(
            (
                "Rubber stamps",
                format_score(stamps.share),
                f"of {count_things(stamps.total, 'verification', 'verifications')}",
            )
        )
    return write_keys(keys)


def _write_over_time(report: Report) -> str:
    """Both charts, or why there is none, and the figures."""
    if short := describe_short_past(report):
        return f"<p>{escape_html(short)}</p>\n{_write_figures(report) if len(report.curve) > 1 else ''}"
    points = report.curve
    movement = describe_movement(report)
    most = max(point.summary.active for point in points)
    span = f"from {points[0].day} to {points[-1].day}"
    score = draw_score_line(
        points,
        "score",
        f"{span.capitalize()}: {format_score(points[-1].summary.score)} at the end; {movement}.",
    )
    at_end = f"at the end {list_states(points[-1].summary)}. The table below has all figures."
    areas = draw_state_areas(points, "states", f"{span.capitalize()}: at most {most} active cards; {at_end}")
    marks = [(f"{share}%", share / 100) for share in (0, 25, 50, 75, 100)]
    scale = pick_scale(most)
    ends = (
        [(format_score(points[-1].summary.score), points[-1].summary.score or 0.0)]
        if points[-1].summary.score is not None
        else []
    )
    shown = [state for state in reversed(STACKED) if any(point.summary.counts[state] for point in points)]
    legend = "".join(f"<li>{draw_swatch(state)}{state}</li>" for state in shown)
    said = f"<p>{escape_html(movement[0].upper() + movement[1:])}.</p>\n" if movement else ""
    heights = [(str(mark), mark / scale[-1]) for mark in scale]
    return (
        said
        + _write_chart(report, "Trust score", score, marks, ends, "")
        + _write_chart(
            report, "Active cards by state", areas, heights, list(_label_bands(report, scale[-1])), "state"
        )
        + f'<ul class="legend" aria-hidden="true">{legend}</ul>\n'
        f"<details><summary>The figures as a table</summary>\n{_write_figures(report)}</details>\n"
    )


def _label_bands(report: Report, top: int) -> Iterable[tuple[str, float]]:
    """What the bands are at their end, each at the middle of its height, where there is room."""
    floor = 0
    for state in STACKED:
        count = report.curve[-1].summary.counts[state]
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
        f'<tr><th scope="row">{point.day}</th><td>{format_score(point.summary.score)}</td><td>{point.summary.active}</td>'
        f"{''.join(f'<td>{count}</td>' for count in point.summary.counts.values())}</tr>\n"
        for point in reversed(report.curve)
    )
    head = name_columns("Day", "#Trust score", "#Active", *(f"#{state}" for state in STATES))
    return write_table(
        "At the end of each week, newest first", head, rows, label="Figures of the charts", kind="figures"
    )


def _write_groups(report: Report, by: str, label: str, groups: Sequence[ReportGroup]) -> str:
    with_curve = any(group.curve for group in groups) and not describe_short_past(report)
    head = name_columns(
        "Name",
        "#Active",
        "#Trust score",
        "By state",
        "Not to be relied on",
        *(["Score over time"] if with_curve else []),
    )
    shown = groups if by == report.group_by else groups[:_MOST_GROUPS]
    rows = (_write_group(group, by, with_curve=with_curve) for group in shown)
    rest = len(groups) - len(shown)
    more = f"<p>{rest} more: <code>kb report --by {by}</code> shows all.</p>\n" if rest else ""
    return write_table("Most cards not to be relied on first", head, rows, label=label) + more


def _write_group(group: ReportGroup, by: str, *, with_curve: bool) -> str:
    summary = group.summary
    bar = draw_share_bar([(state, summary.counts[state]) for state in STACKED])
    untrusted = ", ".join(f"{count}&#160;{state}" for state, count in count_untrusted(summary))
    spark = f'<td class="spark">{draw_spark(group.curve)}</td>' if with_curve else ""
    return (
        f'<tr><th scope="row" class="name">{_write_name(name_group(group.name, by), link=by == "owner")}</th><td class="n">{summary.active}</td>'
        f'<td class="n">{format_score(summary.score)}</td><td class="bars">{bar}</td>'
        f'<td class="words">{untrusted or "&#8211;"}</td>{spark}</tr>\n'
    )


def _write_load(report: Report) -> str:
    load = report.load
    if not load.rows:
        return f"<p>Nothing falls due in the next {WEEKS} weeks, and nothing is overdue.</p>\n"
    most = max(_LEAST_HEAT, *(count for row in load.rows for count in row.weeks))
    head = name_columns("Owner", "#Overdue", *(f"#{end:%d %b}" for end in load.ends))
    rows = (
        _write_load_row(_write_name(name_group(row.owner, "owner"), link=True), row, most)
        for row in load.rows
    )
    foot = f"<tfoot>{_write_load_row('All cards, each once', load.total, 0)}</tfoot>\n"
    caption = "Cards by the week, named by its last day, in which they fall due; most first"
    rest = count_things(len(load.rows) - _MOST_GROUPS, "more owner", "more owners")
    more = (
        f"<p>{rest}: <code>kb report --format csv</code> has all.</p>\n"
        if len(load.rows) > _MOST_GROUPS
        else ""
    )
    return write_table(caption, head, rows, foot, label="What falls due by owner") + more


def _write_load_row(name: str, row: LoadRow, most: int) -> str:
    cells = (
        f'<td class="n{f" h{-(-4 * count // most)}" if count and most else ""}">{_write_count(count)}</td>'
        for count in row.weeks
    )
    return f'<tr><th scope="row" class="name">{name}</th><td class="n">{_write_count(row.overdue)}</td>{"".join(cells)}</tr>\n'


def _write_expired(report: Report) -> str:
    if not report.expired:
        return "<p>No card is expired.</p>\n"
    shown = report.expired[:_MOST_EXPIRED]
    rows = (
        f'<tr><th scope="row" class="name">{_write_name(row.card.title, lang=row.card.lang)}<span class="clip id">{escape_html(row.card.id)}</span></th>'
        f'<td class="n">{_write_count(row.links)}</td><td class="n">{describe_overdue(row)}</td>'
        f"<td>{''.join(_write_name(owner, link=True) for owner in row.card.owners) or '&#8211;'}</td></tr>\n"
        for row in shown
    )
    rest = len(report.expired) - len(shown)
    more = f"<p>{count_things(rest, 'more card is', 'more cards are')} expired.</p>\n" if rest else ""
    caption = "Most links from other cards first, then the longest overdue"
    return (
        write_table(caption, name_columns("Card", "#Links", "#Overdue", "Owner"), rows, label="Expired cards")
        + more
    )


def _write_stamps(report: Report) -> str:
    text = "".join(f"<p>{escape_html(sentence)}</p>\n" for sentence in describe_stamps(report))
    if report.stamps is None or len(report.stamps.by_year) < 2:
        return text
    rows = (
        f'<tr><th scope="row" class="name">{year}</th><td class="n">{total}</td><td class="n">{stamps}</td>'
        f'<td class="n">{format_score(stamps / total if total else None)}</td>'
        f'<td class="bars">{draw_part_bar(stamps / total if total else 0)}</td></tr>\n'
        for year, (total, stamps) in report.stamps.by_year.items()
    )
    head = name_columns("Year", "#Verifications", "#Nothing but the stamp", "#Share", "Share as a bar")
    return text + write_table("Oldest first", head, rows, label="Rubber stamps by year")


def _write_use(report: Report) -> str:
    text = "".join(f"<p>{escape_html(sentence)}</p>\n" for sentence in describe_use(report))
    rows = (
        f'<tr><th scope="row" class="name">{month}</th>{"".join(f"""<td class="n">{count}</td>""" for count in counts)}</tr>\n'
        for month, *counts in list_use(report)
    )
    return text + write_table(
        "Newest first", name_columns(*USE_COLUMNS), rows, label="Tickets answered from cards by month"
    )


def _write_name(text: str, *, lang: str = "", link: bool = False) -> str:
    """A name of any length in any script: it runs its own way, and where it is very long shows its beginning."""
    tongue = f' lang="{lang}"' if lang and lang != "en" and _LANGUAGE.match(lang) else ""
    return f'<span class="clip" dir="auto"{tongue}>{link_text(text) if link else escape_html(text)}</span>'


def _write_count(count: int) -> str:
    """A number, or a dot that draws no eye for none."""
    return str(count) if count else '<span class="none">&#183;</span>'
