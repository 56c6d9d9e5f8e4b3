"""Pictures made of characters: bars, sparklines and a chart of a share over time."""

from collections.abc import Sequence

EIGHTHS = " ▁▂▃▄▅▆▇█"
_BAR = "▏▎▍▌▋▊▉█"


def pick_points(values: Sequence[float | None], width: int) -> list[float | None]:
    """At most `width` of the values, the last of each stretch: a value shown is one that was."""
    if len(values) <= width:
        return list(values)
    return [values[(number + 1) * len(values) // width - 1] for number in range(width)]


def draw_bar(value: float, most: float, width: int) -> str:
    """A bar of eighths of a column; anything above zero is seen."""
    if value <= 0 or most <= 0:
        return ""
    eighths = max(1, round(value / most * width * 8))
    return "█" * (eighths // 8) + (_BAR[eighths % 8 - 1] if eighths % 8 else "")


def draw_sparkline(values: Sequence[float | None], width: int) -> str:
    """Shares (0 to 1, None: a gap) in one line, from ▁ for none to █ for all."""
    picked = pick_points(values, width)
    return "".join(" " if value is None else EIGHTHS[1 + round(value * 7)] for value in picked)


def draw_chart(values: Sequence[float | None], width: int, height: int) -> list[str]:
    """Shares (0 to 1, None: a gap) as columns in `height` lines, the highest first."""
    picked = pick_points(values, width)
    levels = [None if value is None else max(1, round(value * height * 8)) for value in picked]
    lines = []
    for line in range(height - 1, -1, -1):
        cells = (" " if level is None else EIGHTHS[min(8, max(0, level - line * 8))] for level in levels)
        lines.append("".join(cells))
    return lines
