"""Promises of the report's pictures."""

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest

from kbcli.knowledge.reports.trends import TrendPoint
from kbcli.knowledge.trust.judging import summarise_trust
from kbcli.render.report.svg import draw_share_bar, pick_scale, place_dates


def test_a_bar_is_as_wide_as_its_parts() -> None:
    """The parts of a bar fill it, in their proportions; one card of ten thousand is still seen, and none draws nothing."""
    widths = [
        float(wide)
        for wide in re.findall(
            r' width="([\d.]+)%"', draw_share_bar([("due", 1), ("expired", 3), ("flagged", 0)])
        )
    ]
    assert widths == [25, 75]
    small = draw_share_bar([("due", 1), ("expired", 9_999)])
    widths = [float(wide) for wide in re.findall(r' width="([\d.]+)%"', small)]
    assert widths[0] > 0.5
    assert sum(widths) == pytest.approx(100, abs=0.1)
    assert "<rect" not in draw_share_bar([("due", 0)])


@pytest.mark.parametrize(
    ("most", "scale"),
    [(1, [0, 1]), (8, [0, 2, 4, 6, 8]), (65, [0, 20, 40, 60, 80]), (1136, [0, 500, 1000, 1500])],
)
def test_the_scale_of_a_chart_is_round(most: int, scale: list[int]) -> None:
    """Even round steps up to the first number that is not below the most."""
    assert pick_scale(most) == scale


def test_a_chart_names_years_or_months() -> None:
    """Below a long past stand years, below a short one months, below weeks nothing; each where its first day is."""

    def past(weeks: int) -> list[TrendPoint]:
        return [
            TrendPoint(date(2024, 1, 7) + timedelta(weeks=week), "", summarise_trust(()))
            for week in range(weeks)
        ]

    names = [name for name, _ in place_dates(past(150))]
    assert names == ["2025", "2026"]
    names = [name for name, _ in place_dates(past(20))]
    assert names == ["Feb", "Mar", "Apr", "May"]
    assert place_dates(past(5)) == []
    places = [place for _, place in place_dates(past(1500))]
    assert len(places) <= 8
    assert all(after - before > 5 for before, after in pairwise(places))
    assert places[0] >= 0
    assert places[-1] <= 100
