"""The report's pictures as SVG, to stand inside a page: shapes only, the words around them are HTML.

They stretch to the width they are given, which letters would not survive. Colours are classes of
the page's style sheet (`s-verified` …). Every picture is hidden from screen readers, or carries a
label; the figures stand in a table beside it.
"""

from collections.abc import Sequence
from datetime import date

from kbcli.render.html import escape_html
from kbcli.trust.states import STATES
from kbcli.trust.trends import TrendPoint

_WIDTH, _HEIGHT = 1000, 240
# From the bottom up: what can be relied on, then the better to the worse.
STACKED = ("verified", "due", "unverified", "suspect", "changed", "expired", "flagged")


def draw_share_bar(counts: Sequence[tuple[str, int]], label: str = "") -> str:
    """One bar cut by state, in the order given."""
    total = sum(count for _, count in counts)
    parts = [_open(1000, 10, "bar", label)]
    start = 0.0
    for state, count in counts:
        wide = 1000 * count / total if total else 0
        if wide:
            parts.append(f'<rect class="s-{state}" x="{start:.1f}" y="0" width="{wide:.1f}" height="10"/>')
        start += wide
    return "".join(parts) + "</svg>"


def draw_score_line(points: Sequence[TrendPoint], label: str) -> str:
    """The trust score over time, 0 to 100 %, as a line over a filled area, with lines at each quarter."""
    places = _place_points(points)
    grid = "".join(f'<path class="grid" d="M0 {y}H{_WIDTH}"/>' for y in (1, 60, 120, 180, _HEIGHT - 1))
    shapes: list[str] = []
    for stretch in _list_stretches(points):
        spots = [(places[number], _HEIGHT * (1 - (points[number].score or 0))) for number in stretch]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        shapes.append(
            f'<polygon class="area" points="{spots[0][0]:.1f},{_HEIGHT} {line} {spots[-1][0]:.1f},{_HEIGHT}"/>'
        )
        shapes.append(f'<polyline class="line" points="{line}"/>')
    return _open(_WIDTH, _HEIGHT, "plot", label) + "".join(shapes) + grid + "</svg>"


def draw_state_areas(points: Sequence[TrendPoint], label: str) -> str:
    """The active cards over time, stacked by state; the height is that of the most there were."""
    most = max((point.active for point in points), default=0) or 1
    places = _place_points(points)
    floor = [0] * len(points)
    shapes = []
    for state in STACKED:
        place = STATES.index(state)
        top = [low + point.counts[place] for low, point in zip(floor, points, strict=True)]
        if top != floor:
            upper = [f"{x:.1f},{_HEIGHT * (1 - y / most):.1f}" for x, y in zip(places, top, strict=True)]
            lower = [f"{x:.1f},{_HEIGHT * (1 - y / most):.1f}" for x, y in zip(places, floor, strict=True)]
            shapes.append(f'<polygon class="s-{state}" points="{" ".join((*upper, *reversed(lower)))}"/>')
        floor = top
    return _open(_WIDTH, _HEIGHT, "plot", label) + "".join(shapes) + "</svg>"


def draw_spark(points: Sequence[TrendPoint]) -> str:
    """The trust score over time, small and without a label."""
    places = _place_points(points)
    shapes = []
    for stretch in _list_stretches(points):
        line = " ".join(
            f"{places[number]:.1f},{29 - 28 * (points[number].score or 0):.1f}" for number in stretch
        )
        shapes.append(f'<polyline class="line" points="{line}"/>')
    return _open(_WIDTH, 30, "spark", "") + "".join(shapes) + "</svg>"


def place_years(points: Sequence[TrendPoint], most: int = 8) -> list[tuple[int, float]]:
    """The years to name below a chart, each with the place of its first day in per cent of the width."""
    first, last = points[0].day, points[-1].day
    whole = (last - first).days or 1
    years = list(range(first.year + 1, last.year + 1)) if whole > 400 else []
    step = -(-len(years) // most) if years else 1
    return [(year, 100 * (date(year, 1, 1) - first).days / whole) for year in years[::step]]


def _open(width: int, height: int, kind: str, label: str) -> str:
    words = (
        f'role="img" aria-label="{escape_html(label)}"' if label else 'aria-hidden="true" focusable="false"'
    )
    return f'<svg class="{kind}" viewBox="0 0 {width} {height}" preserveAspectRatio="none" {words}>'


def _place_points(points: Sequence[TrendPoint]) -> list[float]:
    first, last = points[0].day, points[-1].day
    whole = (last - first).days
    return [_WIDTH * (point.day - first).days / whole if whole else _WIDTH / 2 for point in points]


def _list_stretches(points: Sequence[TrendPoint]) -> list[list[int]]:
    """The numbers of points in a row that have a score."""
    stretches: list[list[int]] = []
    for number, point in enumerate(points):
        if point.score is None:
            continue
        if stretches and stretches[-1][-1] == number - 1:
            stretches[-1].append(number)
        else:
            stretches.append([number])
    return stretches
