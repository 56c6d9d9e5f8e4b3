"""Promises of swaps: refused in words, remembered, and undone by the same again."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from datedgit import run_git
from hypothesis import HealthCheck, assume, given, settings, strategies as st
from trials import count_trials

from kbcli.errors import RefusedError
from kbcli.support.shifts.plan import Plan, Seat, format_month, parse_month
from kbcli.support.shifts.planning import fill_plan
from kbcli.support.shifts.roster import Roster, parse_roster
from kbcli.support.shifts.swaps import hand_over_seat, swap_seats
from tests.unit.shifts.test_planning import check_hard_rules, scenarios

NOON = "2027-01-04T12:00:00+0000"
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
    """Away, too close, the buddy of that very shift, or nobody to change places with: refused with the reason, and nothing is changed."""
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
    first, empty = plan[date(2027, 1, 4), "0"], Seat(date(2027, 1, 5), "0")
    with pytest.raises(RefusedError, match="nobody has 2027-01-05-0"):
        swap_seats(roster, {**plan, empty.key: empty}, first, empty)


@settings(
    max_examples=count_trials(6, 500),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(roster=scenarios(), data=st.data())
def test_swap_and_swap_back_is_the_identity(roster: Roster, data: st.DataObject) -> None:
    """Whatever two seats change hands, the rules hold after it, and the same again gives everybody their seats and buddies back."""
    plan: Plan = fill_plan(roster, {}, FIRST, LAST).plan
    held = [key for key in sorted(plan) if plan[key].person]
    assume(len({plan[key].person for key in held}) > 1)
    for _ in range(4):
        one, other = (data.draw(st.sampled_from(held)) for _ in "12")
        try:
            swapped = swap_seats(roster, plan, plan[one], plan[other])
        except RefusedError:
            continue
        check_hard_rules(roster, swapped)
        assert swap_seats(roster, swapped, swapped[one], swapped[other]) == plan
        plan = swapped


@settings(max_examples=count_trials(6, 500), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(roster=scenarios(), data=st.data())
def test_who_takes_over_breaks_no_rule_and_can_hand_back(roster: Roster, data: st.DataObject) -> None:
    """Whoever takes a seat over, also one that nobody had: the rules hold after it, and whoever had it gets it back."""
    plan: Plan = fill_plan(roster, {}, FIRST, LAST).plan
    assume(plan)
    key = data.draw(st.sampled_from(sorted(plan)))
    try:
        taken = hand_over_seat(roster, plan, plan[key], data.draw(st.sampled_from(sorted(roster.members))))
    except RefusedError:
        return
    check_hard_rules(roster, taken)
    if plan[key].person:
        back = hand_over_seat(roster, taken, taken[key], plan[key].person)
        check_hard_rules(roster, back)
        assert back[key][:3] + back[key][4:] == plan[key][:3] + plan[key][4:]


def find_repeats(plan: Plan, buddies: Sequence[str]) -> list[str]:
    """The seats whose person meets a buddy again before every other as often, where all can always be there."""
    found = []
    for person in {seat.person for seat in plan.values()}:
        met = dict.fromkeys(buddies, 0)
        for seat in (plan[key] for key in sorted(plan) if plan[key].person == person):
            found += [seat.name] if met[seat.buddy] > min(met.values()) else []
            met[seat.buddy] += 1
    return found


@settings(max_examples=count_trials(6, 500), deadline=None)
@given(
    people=st.integers(2, 8),
    buddies=st.integers(1, 5),
    gap=st.sampled_from(["", 'gap = "2d"']),
    data=st.data(),
)
def test_swaps_repeat_no_buddy_before_every_other_was_met(
    people: int, buddies: int, gap: str, data: st.DataObject
) -> None:
    """However often seats are swapped: nobody has a buddy twice before every one once; and each swap is undone to the byte."""
    names = [f"b{number}" for number in range(buddies)]
    roster = parse_roster(
        f"[[rota]]\npeople = {[f'p{number}' for number in range(people)]}\nbuddies = {names}\n{gap}\n"
    )
    plan: Plan = fill_plan(roster, {}, FIRST, date(2027, 3, 26)).plan
    for _ in range(4):
        one, other = (data.draw(st.sampled_from([key for key in plan if plan[key].person])) for _ in "12")
        try:
            swapped = swap_seats(roster, plan, plan[one], plan[other])
        except RefusedError:
            continue
        assert format_month(
            swap_seats(roster, swapped, swapped[one], swapped[other]).values()
        ) == format_month(plan.values())
        plan = swapped
        assert find_repeats({key: seat for key, seat in plan.items() if seat.person}, names) == []


def test_who_takes_over_gets_a_buddy_whom_they_meet_least(make_roster: Callable[..., Roster]) -> None:
    """Not the one of the seat, whom they have met twice, but one who is free and whom they never meet."""
    roster = make_roster("a b", 'buddies = ["x", "y"]')
    plan = parse_month("2027-01-04\t0\ta\tx\n2027-01-05\t0\tb\tx\n2027-01-06\t0\tb\tx\n", "2027-01.tsv")
    taken = hand_over_seat(roster, plan, plan[FIRST, "0"], "b")
    assert taken[FIRST, "0"].buddy == "y"


def test_changes_of_neighbouring_shifts_merge(tmp_path: Path) -> None:
    """On one branch a shift is handed over, on another the one of the next day: git merges them, and kb reads both."""
    plan = parse_month("2027-01-04\t0\ta\n2027-01-05\t0\tb\n2027-01-06\t0\tc\n", "2027-01.tsv")
    file = tmp_path / "2027-01.tsv"

    def commit(changed: Plan, *options: str) -> None:
        file.write_text(format_month((plan | changed).values()), encoding="utf-8")
        run_git(tmp_path, "add", ".", moment=NOON)
        run_git(tmp_path, "commit", "-qm", "plan", *options, moment=NOON)

    run_git(tmp_path, "init", "-qb", "main", moment=NOON)
    commit({})
    run_git(tmp_path, "switch", "-qc", "other", moment=NOON)
    first, second = (plan[key] for key in sorted(plan)[:2])
    commit({first.key: first.give("x")})
    run_git(tmp_path, "switch", "-q", "main", moment=NOON)
    commit({second.key: second.give("y")})
    run_git(tmp_path, "merge", "-q", "--no-edit", "other", moment=NOON)
    merged = parse_month(file.read_text(encoding="utf-8"), file.name)
    assert [merged[key].person for key in sorted(merged)] == ["x", "y", "c"]
