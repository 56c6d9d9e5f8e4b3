"""The report as one page of HTML."""

from collections.abc import Iterable, Sequence

from kbcli.render.html import escape_html, link_text
from kbcli.render.report_page import PAGE, STYLE
from kbcli.render.report_svg import (
    STACKED,
    draw_score_line,
    draw_share_bar,
    draw_spark,
    draw_state_areas,
    place_years,
)
from kbcli.render.report_words import (
    count_things,
    describe_movement,
    describe_overdue,
    describe_stamps,
    format_score,
    list_untrusted,
    name_group,
)
from kbcli.trust.report import Report, ReportGroup
from kbcli.trust.states import STATES
from kbcli.trust.workload import LoadRow

_MOST_EXPIRED = 50


def format_report_html(report: Report) -> str:
    """The page, in ASCII with character references, so that no encoding on its way can damage it."""
    name = report.title or "Knowledge base"
    sections = [
        ("now", "Now", _write_now(report)),
        ("curve", "Over time", _write_curve(report)),
        *(
            (f"by-{by}", f"By {_name_grouping(by)}", _write_groups(report, by, groups))
            for by, groups in _list_groupings(report)
        ),
        ("load", "What falls due", _write_load(report)),
        ("expired", "Expired and linked to", _write_expired(report)),
        ("stamps", "Rubber stamps", _write_stamps(report)),
    ]
    if report.notes:
        sections.append(
            ("notes", "How to read this", "".join(f"<p>{escape_html(note)}</p>\n" for note in report.notes))
        )
    page = PAGE.substitute(
        title=escape_html(f"{name}: where we stand, {report.today}"),
        heading=escape_html(name),
        subtitle=escape_html(f"Where we stand on {report.today}"),
        style=STYLE,
        links="".join(f'<li><a href="#{ident}">{escape_html(head)}</a></li>' for ident, head, _ in sections),
        sections="".join(
            f'<section id="{ident}" aria-labelledby="{ident}-h">\n<h2 id="{ident}-h">{escape_html(head)}</h2>\n{body}</section>\n'
            for ident, head, body in sections
        ),
    )
    return page.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _name_grouping(by: str) -> str:
    return "language" if by == "lang" else by


def _list_groupings(report: Report) -> Iterable[tuple[str, Sequence[ReportGroup]]]:
    return (
        (by, groups)
        for by, groups in report.groups.items()
        if by == report.group_by or any(group.name for group in groups)
    )


def _write_table(
    caption: str, head: Sequence[str], rows: Iterable[str], foot: str = "", *, label: str
) -> str:
    """A table that can be scrolled with the keyboard where it is too wide; `head` and `rows` are HTML."""
    return (
        f'<p class="muted">{escape_html(caption)}</p>\n'
        f'<div class="wide" role="region" aria-label="{escape_html(label)}" tabindex="0"><table>\n'
        f"<thead><tr>{''.join(head)}</tr></thead>\n"
        f"<tbody>\n{''.join(rows)}</tbody>\n{foot}</table></div>\n"
    )


def _head(*names: str) -> list[str]:
    """Column heads: the first is of names, those that begin with # of numbers."""
    return [
        f'<th scope="col" class="{"name" if not place else "n" if name.startswith("#") else "t"}">{escape_html(name.lstrip("#"))}</th>'
        for place, name in enumerate(names)
    ]


def _write_now(report: Report) -> str:
    summary = report.summary
    if summary.score is None:
        return "<p>There are no active cards.</p>\n"
    counts = [(state, summary.counts[state]) for state in (*STACKED, *STATES[7:]) if summary.counts[state]]
    words = ", ".join(f"{count} {state}" for state, count in counts)
    cards = count_things(summary.active, "active card", "active cards")
    legend = "".join(f'<li><i class="s-{state}"></i>{count} {state}</li>' for state, count in counts)
    return (
        f'<p class="score">{summary.score:.0%}</p>\n<p>trust score: {summary.trusted} of {cards} can be relied on</p>\n'
        f'{draw_share_bar(counts, f"Cards by state: {words}")}\n<ul class="legend">{legend}</ul>\n'
    )


def _write_curve(report: Report) -> str:
    if report.why_no_past:
        return f"<p>Not known: {escape_html(report.why_no_past)}.</p>\n"
    points = report.curve
    movement = describe_movement(report)
    most = max((point.active for point in points), default=0)
    shown = [
        state for state in reversed(STACKED) if any(point.counts[STATES.index(state)] for point in points)
    ]
    legend = "".join(f'<li><i class="s-{state}"></i>{state}</li>' for state in shown)
    span = f"from {points[0].day} to {points[-1].day}"
    score = draw_score_line(points, f"Line of the trust score {span}: {movement}")
    areas = draw_state_areas(
        points, f"Active cards by state {span}, at most {most}; the figures are in the table below"
    )
    rows = (
        f'<tr><th scope="row" class="n">{point.day}</th><td class="n">{format_score(point.score)}</td><td class="n">{point.active}</td>'
        + "".join(f'<td class="n">{count}</td>' for count in point.counts) + "</tr>\n"
        for point in reversed(points)
    )  # fmt: skip
    table = _write_table(
        "At the end of each week, newest first", _head("Day", "#Trust score", "#Active", *(f"#{state}" for state in STATES)), rows,
        label="Figures of the charts",
    )  # fmt: skip
    said = f"<p>{escape_html(movement[0].upper() + movement[1:])}.</p>\n" if movement else ""
    return (
        said + _write_chart("Trust score", score, ("100%", "75%", "50%", "25%", "0%"), report)
        + _write_chart("Active cards by state", areas, (str(most), "0"), report)
        + f'<ul class="legend">{legend}</ul>\n<details><summary>The figures as a table</summary>\n{table}</details>\n'
    )  # fmt: skip


def _write_chart(caption: str, picture: str, marks: Sequence[str], report: Report) -> str:
    points = report.curve
    years = "".join(f'<span style="left:{place:.1f}%">{year}</span>' for year, place in place_years(points))
    below = f'<div class="xs" aria-hidden="true">{years}</div>' if years else ""
    ends = f'<div class="ends"><span>{points[0].day}</span><span>{points[-1].day}</span></div>'
    scale = "".join(f"<span>{mark}</span>" for mark in marks)
    return (
        f'<figure><figcaption>{escape_html(caption)}</figcaption><div class="chart"><div class="ys" aria-hidden="true">{scale}</div>'
        f"{picture}{below}{ends}</div></figure>\n"
    )


def _write_groups(report: Report, by: str, groups: Sequence[ReportGroup]) -> str:
    with_curve = any(group.curve for group in groups) and not report.why_no_past
    head = _head("Name", "#Active", "#Trust score", "By state", "Not to be relied on")
    if with_curve:
        head += _head("", "Score over time")[1:]
    return _write_table(
        "Most cards not to be relied on first", head, (_write_group(group, by, with_curve=with_curve) for group in groups),
        label=f"By {_name_grouping(by)}",
    )  # fmt: skip


def _write_group(group: ReportGroup, by: str, *, with_curve: bool) -> str:
    summary = group.summary
    name = link_text(group.name) if by == "owner" and group.name else escape_html(name_group(group.name, by))
    bar = draw_share_bar([(state, summary.counts[state]) for state in STACKED])
    spark = (
        f"<td>{draw_spark(group.curve)}</td>"
        if with_curve and group.curve
        else "<td></td>"
        if with_curve
        else ""
    )
    return (
        f'<tr><th scope="row" class="name">{name}</th><td class="n">{summary.active}</td><td class="n">{format_score(summary.score)}</td>'
        f'<td class="bars">{bar}</td><td class="words">{escape_html(list_untrusted(summary)) or "&#8211;"}</td>{spark}</tr>\n'
    )


def _write_load(report: Report) -> str:
    load = report.load
    if not load.rows:
        return "<p>Nothing falls due in the next 12 weeks, and nothing is overdue.</p>\n"
    most = max((count for row in load.rows for count in row.weeks), default=0)
    head = _head("Owner", "#Overdue", *(f"#{end:%d %b}" for end in load.ends))
    rows = (
        _write_load_row(
            link_text(row.owner) if row.owner else escape_html(name_group("", "owner")), row, most
        )
        for row in load.rows
    )
    foot = f"<tfoot>{_write_load_row('All cards, each once', load.total, 0)}</tfoot>\n"
    caption = "Cards by the week, named by its last day, in which they fall due; most first"
    return _write_table(caption, head, rows, foot, label="What falls due by owner")


def _write_load_row(name: str, row: LoadRow, most: int) -> str:
    cells = (
        f'<td class="n{f" h{-(-4 * count // most)}" if count and most else ""}">{count or "&#183;"}</td>'
        for count in row.weeks
    )
    overdue = f'<td class="n">{row.overdue or "&#183;"}</td>'
    return f'<tr><th scope="row" class="name">{name}</th>{overdue}{"".join(cells)}</tr>\n'


def _write_expired(report: Report) -> str:
    if not report.expired:
        return "<p>No card is expired.</p>\n"
    shown = report.expired[:_MOST_EXPIRED]
    rows = (
        f'<tr><th scope="row" class="name">{escape_html(row.card.title)}<br/><span class="muted">{escape_html(row.card.id)}</span></th>'
        f'<td class="n">{row.links}</td><td class="n">{describe_overdue(row)}</td>'
        f"<td>{', '.join(link_text(owner) for owner in row.card.owners) or '&#8211;'}</td></tr>\n"
        for row in shown
    )
    rest = len(report.expired) - len(shown)
    more = f"<p>{count_things(rest, 'more card is', 'more cards are')} expired.</p>\n" if rest else ""
    caption = "Most links from other cards first, then the longest overdue"
    return (
        _write_table(caption, _head("Card", "#Links", "#Overdue", "Owner"), rows, label="Expired cards")
        + more
    )


def _write_stamps(report: Report) -> str:
    text = "".join(f"<p>{escape_html(sentence)}</p>\n" for sentence in describe_stamps(report))
    if report.stamps is None or len(report.stamps.by_year) < 2:
        return text
    rows = (
        f'<tr><th scope="row" class="name">{year}</th><td class="n">{total}</td><td class="n">{stamps}</td>'
        f'<td class="n">{format_score(stamps / total if total else None)}</td></tr>\n'
        for year, (total, stamps) in report.stamps.by_year.items()
    )
    head = _head("Year", "#Verifications", "#Nothing but the stamp", "#Share")
    return text + _write_table("Oldest first", head, rows, label="Rubber stamps by year")
