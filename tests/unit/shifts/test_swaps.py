"""Promises of swaps: refused in words, remembered, and undone by the same again."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from trials import count_trials

from kbcli.errors import RefusedError
from kbcli.support.shifts.plan import format_month, parse_month
from kbcli.support.shifts.planning import fill_plan
from kbcli.support.shifts.roster import Roster
from kbcli.support.shifts.swaps import hand_over_seat, swap_seats
from tests.unit.shifts.test_planning import check_hard_rules, scenarios

FIRST, LAST = date(2027, 1, 4), date(2027, 1, 29)


def test_who_was_planned_first_stays_known(make_roster: Callable[..., Roster]) -> None:
    """A seat handed over twice names the first holder, and none once it is back."""
    roster = make_roster("a b c", 'gap = "1d"')
    plan = fill_plan(roster, {}, FIRST, FIRST).plan
    (key,) = plan
    first = plan[key].person
    second, third = (name for name in "abc" if name != first)
    plan = hand_over_seat(roster, plan, plan[key], second)
    plan = hand_over_seat(roster, plan, plan[key], third)
    assert (plan[key].person, plan[key].original) == (third, first)
    plan = hand_over_seat(roster, plan, plan[key], first)
    assert (plan[key].person, plan[key].original) == (first, "")


def test_a_swap_that_cannot_be_says_why(make_roster: Callable[..., Roster]) -> None:
    """Away, too close, or the buddy of that very shift: refused with the reason, and nothing is changed."""
    roster = make_roster("a b", 'buddies = ["b", "c"]\ngap = "3d"', "[people.b]\naway = [2027-01-12]")
    plan = parse_month(
        "2027-01-04\t0\ta\tb\n2027-01-12\t0\ta\tc\n2027-01-19\t0\tb\n2027-01-21\t0\ta\n", "2027-01.tsv"
    )
    reasons = []
    for day in (4, 12, 21):
        with pytest.raises(RefusedError) as caught:
            hand_over_seat(roster, plan, plan[date(2027, 1, day), "0"], "b")
        reasons.append(caught.value.message)
    assert reasons == [
        "b cannot take 2027-01-04: is a buddy then",
        "b cannot take 2027-01-12: is away 2027-01-12",
        "b cannot take 2027-01-21: has a shift on 2027-01-19, and 3 days must lie between",
    ]


@settings(
    max_examples=count_trials(15, 500),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(roster=scenarios(), data=st.data())
def test_swap_and_swap_back_is_the_identity(roster: Roster, data: st.DataObject) -> None:
    """Whatever two seats change hands, the rules hold after it, and the same again gives the same bytes."""
    plan = fill_plan(roster, {}, FIRST, LAST).plan
    held = [key for key in sorted(plan) if plan[key].person]
    assume(len({plan[key].person for key in held}) > 1)
    one = data.draw(st.sampled_from(held))
    other = data.draw(st.sampled_from([key for key in held if plan[key].person != plan[one].person]))
    try:
        swapped = swap_seats(roster, plan, plan[one], plan[other])
    except RefusedError:
        return
    check_hard_rules(roster, swapped)
    back = swap_seats(roster, swapped, swapped[one], swapped[other])
    assert format_month(back.values()) == format_month(plan.values())
