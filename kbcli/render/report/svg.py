"""The report's pictures as SVG, to stand inside a page: shapes only, the words around them are HTML.

They stretch to the width they are given, which letters would not survive. What a shape stands for is
a class of the page's style sheet (`s-verified` …): a colour, and for three of the states a texture
too, so that nothing hangs on colour alone. Every picture is hidden from screen readers, or has a
title and a description; the figures stand in a table beside it.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import count as count_up

from kbcli.knowledge.reports.trends import TrendPoint
from kbcli.render.html import escape_html
from kbcli.render.report.words import format_score, list_states

_WIDTH, _HEIGHT = 1000, 240
# A share too small to be seen is drawn this large, in per cent.
_LEAST_SHARE = 0.8
# From the bottom up: what can be relied on, then the better to the worse.
STACKED = ("verified", "due", "unverified", "suspect", "changed", "expired", "flagged")

# Stripes of the state that it is a lesser kind of, dots for what nobody has looked at. `changed` has its lines
# in print only.
TEXTURES = """\
<svg class="textures" aria-hidden="true" focusable="false"><defs>
<pattern id="t-due" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
<rect width="7" height="7" class="c-verified"/><rect width="3" height="7" class="gap"/></pattern>
<pattern id="t-suspect" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">\
<rect width="7" height="7" class="c-changed"/><rect width="3" height="7" class="gap"/></pattern>
<pattern id="t-changed" width="4" height="4" patternUnits="userSpaceOnUse">\
<rect width="4" height="4" class="c-changed"/><rect width="4" height="1.2" class="gap"/></pattern>
<pattern id="t-unverified" width="5" height="5" patternUnits="userSpaceOnUse">\
<rect width="5" height="5" class="c-unverified"/><circle cx="2.5" cy="2.5" r="1.2" class="gap"/></pattern>
</defs></svg>
"""


def draw_share_bar(counts: Sequence[tuple[str, int]], name: str = "", label: str = "") -> str:
    """One bar cut by state, in the order given; `name` is its ID, and `label` what it says, unless words beside it do."""
    total = sum(count for _, count in counts)
    shares = [(state, max(_LEAST_SHARE, 100 * count / total)) for state, count in counts if count]
    whole = sum(share for _, share in shares)
    parts = [_open_bar(name, "Cards by state", label)]
    start = 0.0
    for state, share in shares:
        wide = 100 * share / whole
        parts.append(f'<rect class="s-{state}" x="{start:.2f}%" width="{wide:.2f}%" height="100%"/>')
        start += wide
    return "".join(parts) + "</svg>"


def draw_part_bar(share: float) -> str:
    """A share of a whole, 0 to 1, without a label."""
    return f'{_open_bar()}<rect class="track" width="100%" height="100%"/><rect class="part" width="{share:.2%}" height="100%"/></svg>'


def draw_swatch(state: str) -> str:
    """A little square in the fill of a state, for a legend."""
    return f'<svg class="swatch" aria-hidden="true" focusable="false"><rect class="s-{state}" width="100%" height="100%" rx="2"/></svg>'


def draw_score_line(points: Sequence[TrendPoint], name: str, label: str) -> str:
    """The trust score over time, 0 to 100 %, as a line over a filled area, with lines at each quarter."""
    places = _place_points(points)
    parts = [
        _open_plot(name, "Trust score over time", label),
        _draw_grid((0.0, 0.25, 0.5, 0.75, 1.0), points),
    ]
    spots: list[tuple[float, float]] = []
    for stretch in _list_stretches(points):
        spots = [(places[number], _HEIGHT * (1 - (points[number].summary.score or 0))) for number in stretch]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(
            f'<polygon class="area" points="{spots[0][0]:.1f},{_HEIGHT} {line} {spots[-1][0]:.1f},{_HEIGHT}"/>'
        )
        parts.append(f'<polyline class="line" points="{line}"/>')
    if spots:
        parts.append(f'<path class="dot" d="M{spots[-1][0]:.1f} {spots[-1][1]:.1f}h0"/>')
    return "".join(parts) + _draw_spots(points, "score") + "</svg>"


def draw_state_areas(points: Sequence[TrendPoint], name: str, label: str) -> str:
    """The active cards over time, stacked by state; the height is the last number of `pick_scale`."""
    scale = pick_scale(max(point.summary.active for point in points))
    top = scale[-1]
    places = _place_points(points)
    parts = [
        _open_plot(name, "Active cards over time, by state", label),
        _draw_grid([mark / top for mark in scale], points),
    ]
    floor = [0] * len(points)
    for state in STACKED:
        roof = [low + point.summary.counts[state] for low, point in zip(floor, points, strict=True)]
        if roof != floor:
            upper = [f"{x:.1f},{_HEIGHT * (1 - y / top):.1f}" for x, y in zip(places, roof, strict=True)]
            lower = [f"{x:.1f},{_HEIGHT * (1 - y / top):.1f}" for x, y in zip(places, floor, strict=True)]
            parts.append(f'<polygon class="s-{state}" points="{" ".join((*upper, *reversed(lower)))}"/>')
        floor = roof
    return "".join(parts) + _draw_spots(points, "states") + "</svg>"


def draw_spark(points: Sequence[TrendPoint]) -> str:
    """The trust score over time between lines at 0 and 100 %, small and without a label."""
    places = _place_points(points)
    lines = (
        " ".join(
            f"{places[number]:.1f},{29 - 28 * (points[number].summary.score or 0):.1f}" for number in stretch
        )
        for stretch in _list_stretches(points)
    )
    shapes = f'<path class="grid" d="M0 1H{_WIDTH}M0 29H{_WIDTH}"/>'
    shapes += "".join(f'<polyline class="line" points="{line}"/>' for line in lines)
    return f'<svg class="spark" viewBox="0 0 {_WIDTH} 30" preserveAspectRatio="none" {_HIDDEN}>{shapes}</svg>'


def pick_scale(most: int) -> list[int]:
    """Round numbers in even steps from 0 to the first that is not below `most`, at most six of them."""
    step = next(
        step for step in (unit * 10**power for power in count_up() for unit in (1, 2, 5)) if 5 * step >= most
    )
    return list(range(0, max(1, -(-most // step)) * step + 1, step))


def place_dates(points: Sequence[TrendPoint], most: int = 8) -> list[tuple[str, float]]:
    """The years, or in a short past the months, to name below a chart, each with its place in per cent of the width."""
    first, last = points[0].day, points[-1].day
    whole = (last - first).days
    days = list(_list_starts(first, last)) if whole > 60 else []
    if whole > 400:
        days = [day for day in days if day.month == 1]
    step = -(-len(days) // most) if days else 1
    return [
        (str(day.year) if whole > 400 else f"{day:%b}", 100 * (day - first).days / whole)
        for day in days[::step]
    ]


def _list_starts(first: date, last: date) -> Iterator[date]:
    """The first days of the months after `first`, up to `last`."""
    month = first.year * 12 + first.month
    while month // 12 < date.max.year and (day := date(month // 12, month % 12 + 1, 1)) <= last:
        yield day
        month += 1


_HIDDEN = 'aria-hidden="true" focusable="false"'


def _open_bar(name: str = "", title: str = "", label: str = "") -> str:
    return f'<svg class="bar" {_name_picture(name, title, label)}' if name else f'<svg class="bar" {_HIDDEN}>'


def _open_plot(name: str, title: str, label: str) -> str:
    frame = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none"'
    return f'<svg class="plot" {frame} {_name_picture(name, title, label)}'


def _name_picture(name: str, title: str, label: str) -> str:
    return (
        f'role="img" aria-labelledby="{name}-title {name}-desc"><title id="{name}-title">{escape_html(title)}</title>'
        f'<desc id="{name}-desc">{escape_html(label)}</desc>'
    )


def _draw_grid(shares: Sequence[float], points: Sequence[TrendPoint]) -> str:
    across = "".join(f"M0 {_HEIGHT * (1 - share):.1f}H{_WIDTH}" for share in shares)
    down = "".join(f"M{_WIDTH * place / 100:.1f} 0V{_HEIGHT}" for _, place in place_dates(points))
    return f'<path class="grid" d="{across}{down}"/>'


def _draw_spots(points: Sequence[TrendPoint], what: str) -> str:
    """What a pointer finds over each point: the figures of its day."""
    places = _place_points(points)
    parts = []
    for number, point in enumerate(points):
        start = (places[number - 1] + places[number]) / 2 if number else 0
        end = (places[number] + places[number + 1]) / 2 if number + 1 < len(points) else _WIDTH
        words = (
            f"{format_score(point.summary.score)}, {point.summary.trusted} of {point.summary.active}"
            if what == "score"
            else list_states(point.summary)
        )
        parts.append(
            f'<rect x="{start:.1f}" width="{end - start:.1f}" height="{_HEIGHT}"><title>{point.day}: {words}</title></rect>'
        )
    return f'<g class="spots">{"".join(parts)}</g>'


def _place_points(points: Sequence[TrendPoint]) -> list[float]:
    first, last = points[0].day, points[-1].day
    whole = (last - first).days
    return [_WIDTH * (point.day - first).days / whole if whole else _WIDTH / 2 for point in points]


def _list_stretches(points: Sequence[TrendPoint]) -> list[list[int]]:
    """The numbers of points in a row that have a score."""
    stretches: list[list[int]] = []
    for number, point in enumerate(points):
        if point.summary.score is None:
            continue
        if stretches and stretches[-1][-1] == number - 1:
            stretches[-1].append(number)
        else:
            stretches.append([number])
    return stretches
