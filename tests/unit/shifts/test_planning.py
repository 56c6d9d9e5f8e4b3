"""Promises of planning: fair to the bound, no hard rule broken, nothing published moves."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from trials import count_trials

from kbcli.support.shifts.board import Board, list_days, list_turns
from kbcli.support.shifts.plan import Plan, Seat, compare_plans
from kbcli.support.shifts.planning import fill_plan, mend_plan
from kbcli.support.shifts.roster import Member, Roster, Rota, Span, parse_roster, with_absence, with_leaving
from tests.bench import fairness

FIRST, LAST = date(2027, 1, 4), date(2027, 12, 31)
MakeRoster = Callable[..., Roster]


def find_bound(shares: Mapping[str, float], seats: int) -> float:
    """The least sum of deviations that whole seats allow: those with the largest rest get one more."""
    counts = {key: int(share) for key, share in shares.items()}
    for key in sorted(shares, key=lambda key: counts[key] - shares[key])[: seats - sum(counts.values())]:
        counts[key] += 1
    return sum(abs(counts[key] - shares[key]) for key in counts)


def measure_unfairness(roster: Roster, plan: Plan) -> tuple[float, float]:
    """The sum of deviations of a plan from fair shares, and the bound."""
    board = Board(roster, plan)
    shares = board.find_shares(board.turns.values())
    counts = Counter(seat.person for seat in plan.values() if seat.person)
    return sum(abs(counts[key] - shares[key]) for key in shares), find_bound(shares, sum(counts.values()))


def test_a_year_of_weeks_is_as_fair_as_whole_seats_allow(make_roster: MakeRoster) -> None:
    """Twelve people with half shares, a leave and holidays: the sum of deviations is the bound."""
    rest = "".join(
        f'[people.p{number}]\naway = ["2027-{number + 1:02}-01..2027-{number + 1:02}-12"]\n'
        for number in range(10)
    )
    rest += '[people.p10]\nshare = 0.5\n[people.p11]\naway = ["2027-04-01..2027-07-31"]\n'
    people = " ".join(f"p{number}" for number in range(12))
    roster = make_roster(people, 'each = "week"\nhours = 40\ngap = "7d"\ncap = 80', rest)
    filled = fill_plan(roster, {}, FIRST, LAST)
    assert len(filled.plan) == 52
    assert not filled.unfilled
    unfair, bound = measure_unfairness(roster, filled.plan)
    assert unfair == pytest.approx(bound)
    counts = Counter(seat.person for seat in filled.plan.values())
    # A leave of four months is not caught up, and half a share is half.
    assert counts["p10"] in (2, 3)
    assert counts["p11"] in (2, 3, 4)


@pytest.mark.parametrize(
    ("rota", "rest", "weeks", "least"),
    [
        # A chain of three: nobody can give a shift to whom it is owed.
        (
            'gap = "7d"',
            """[people.a]\naway = ["2027-01-11..2027-01-15", 2027-01-25]
            [people.b]\nshare = 0.5\naway = ["2027-01-25..2027-01-29"]
            [people.c]\naway = ["2027-01-11..2027-01-22", "2027-02-01..2027-02-05"]""",
            5,
            0.0,
        ),
        # Chains that pass by a leave and two caps.
        (
            'gap = "7d"\ncap = 80',
            """[people.a]\nshare = 2
            [people.b]\nshare = 2\naway = ["2027-02-08..2027-02-12", 2027-02-15]
            [people.c]\naway = ["2027-01-18..2027-01-29", "2027-02-15..2027-02-26"]\ncap = 40
            [people.d]\naway = ["2027-01-25..2027-01-29", "2027-02-08..2027-02-12"]
            [people.e]\naway = [2027-01-25, 2027-02-01]""",
            7,
            0.0,
        ),
        # Whose share fills every week that the gap allows must have just those.
        (
            'gap = "14d"\ncap = 80',
            "[people.a]\nshare = 2\ncap = 40\n[people.b]\nshare = 2\n[people.c]\nshare = 0.5",
            7,
            2.444444,
        ),
        # A seat that would stay empty, were a and c not to change places with b.
        (
            'gap = "14d"\ncap = 80',
            """[people.a]\nshare = 0.5\naway = ["2027-02-01..2027-02-12"]\ncap = 40
            [people.b]\nshare = 0.5\naway = ["2027-02-01..2027-02-05"]
            [people.c]\naway = [2027-01-18]""",
            5,
            1.5,
        ),
    ],
    ids=["chain", "chains", "whole", "empty"],
)
def test_where_single_moves_are_in_the_way_chains_make_it_fair(
    make_roster: MakeRoster, rota: str, rest: str, weeks: int, least: float
) -> None:
    """Every seat is taken, and the sum of deviations is the least of all plans (found by trying them all)."""
    people = " ".join(name for name in "abcde" if f"[people.{name}]" in rest)
    roster = make_roster(people, f'each = "week"\nhours = 40\n{rota}', rest)
    filled = fill_plan(roster, {}, FIRST, FIRST + timedelta(weeks=weeks, days=-1))
    assert not filled.unfilled
    check_hard_rules(roster, filled.plan)
    assert measure_unfairness(roster, filled.plan)[0] == pytest.approx(least)


def test_a_year_of_days_is_as_fair_as_caps_and_gaps_allow() -> None:
    """Where a hundred people may have two shifts a month and nine days between, the sum of deviations is one that no plan is below."""
    roster = fairness.make_roster(fairness.SIZES["days"], 4)
    filled = fill_plan(roster, {}, fairness.FIRST, fairness.LAST)
    shares = (board := Board(roster, filled.plan)).find_shares(board.turns.values())
    least = fairness.find_bound(roster, shares, len(filled.plan))
    assert measure_unfairness(roster, filled.plan)[0] == pytest.approx(least)


def test_no_seat_stays_empty_that_people_could_take_if_they_chose_anew(make_roster: MakeRoster) -> None:
    """Five people with a gap of six days fill fifteen days in one order only, which no chain of single moves finds."""
    rest = """[people.b]
away = [2027-01-10, 2027-01-16]
[people.c]
away = [2027-01-20]
[people.d]
away = [2027-01-22]
"""
    assert not fill_plan(make_roster("a b c d e", 'gap = "6d"', rest), {}, FIRST, date(2027, 1, 22)).unfilled


def test_a_plan_that_grows_by_weeks_stays_fair(make_roster: MakeRoster) -> None:
    """What was planned before counts: after a year of planning eight weeks at a time all are within one seat."""
    roster = make_roster("a b c d e f g", "seats = 2")
    plan: Plan = {}
    for week in range(0, 44, 4):
        start = FIRST + timedelta(weeks=week)
        grown = fill_plan(roster, plan, start, start + timedelta(weeks=8)).plan
        assert all(grown[key] == seat for key, seat in plan.items())
        plan = grown
    counts = Counter(seat.person for seat in plan.values())
    assert max(counts.values()) - min(counts.values()) <= 1


def test_who_joins_changes_nothing_that_is_published(make_roster: MakeRoster) -> None:
    """Adding somebody does not reshuffle the others; from then on they take their share."""
    before = fill_plan(make_roster("a b c"), {}, FIRST, date(2027, 3, 31)).plan
    roster = make_roster("a b c d", rest="[people.d]\njoins = 2027-03-01")
    after = fill_plan(roster, before, date(2027, 2, 15), date(2027, 6, 30)).plan
    assert {key: after[key] for key in before} == before
    counts = Counter(seat.person for seat in after.values() if seat.day > date(2027, 3, 31))
    # Their part of March is owed to them, too.
    assert counts["d"] >= max(counts[name] for name in "abc")


def test_a_leaver_changes_only_their_own_seats(make_roster: MakeRoster) -> None:
    """Whose seats are not the leaver's keeps them; theirs go to those who are furthest behind."""
    roster = make_roster("a b c d e f", 'buddies = ["x", "y", "z"]\ngap = "2d"')
    before = fill_plan(roster, {}, FIRST, LAST).plan
    after = fill_plan(with_leaving(roster, "c", date(2027, 6, 15)), before, date(2027, 6, 1), LAST)
    changes = compare_plans(before, after.plan)
    assert changes
    assert not after.unfilled
    for change in changes:
        assert change.before is not None
        assert change.after is not None
        assert (change.before.person, change.after.person != "c") == ("c", True)
        assert change.before.day > date(2027, 6, 15)


def test_an_absence_gives_away_the_seats_of_those_days_only(make_roster: MakeRoster) -> None:
    """Two weeks away move the seats in them, and what was swapped before stays swapped."""
    roster = make_roster("a b c d")
    before = fill_plan(roster, {}, FIRST, date(2027, 4, 30)).plan
    away = Span(date(2027, 2, 1), date(2027, 2, 12))
    after = fill_plan(with_absence(roster, "b", away), before, FIRST, date(2027, 4, 30)).plan
    moved = {change.seat.day for change in compare_plans(before, after)}
    assert moved == {
        seat.day for seat in before.values() if seat.person == "b" and away.first <= seat.day <= away.last
    }


def test_an_empty_seat_says_of_each_person_why(make_roster: MakeRoster) -> None:
    """Away, over the cap, too soon, without the role, not there yet: in words."""
    rota = 'role = "billing"\ncap = 8\ngap = "2d"'
    rest = (
        '[people.a]\nroles = ["billing"]\naway = [2027-01-05]\n[people.b]\nroles = ["billing"]\n'
        '[people.d]\nroles = ["billing"]\njoins = 2027-02-01\n'
    )
    filled = fill_plan(make_roster("a b c d", rota, rest), {}, date(2027, 1, 4), date(2027, 1, 6))
    reasons = {str(seat.day): dict(why) for seat, why in filled.unfilled}
    assert {seat.person for seat in filled.plan.values() if seat.person} == {"a", "b"}
    assert reasons["2027-01-06"] == {
        "a": "has 8 of 8 hours in 2027-01",
        "b": "has 8 of 8 hours in 2027-01",
        "c": "lacks the role billing",
        "d": "joins on 2027-02-01",
    }


def test_a_shift_of_a_week_begins_on_its_first_day_that_is_worked(make_roster: MakeRoster) -> None:
    """A holiday on Monday moves the beginning to Tuesday, and the week is still one seat."""
    roster = make_roster("a b", 'each = "week"\noff = [2027-01-04]')
    turns = list(list_turns(roster, date(2027, 1, 1), date(2027, 1, 17)))
    assert [(turn.first.isoformat(), turn.last.isoformat()) for turn in turns] == [
        ("2027-01-05", "2027-01-08"),
        ("2027-01-11", "2027-01-15"),
    ]


def test_a_seat_that_no_rota_wants_any_more_is_gone(make_roster: MakeRoster) -> None:
    """A new holiday takes the coming seat away, and says so as a change; the past stays."""
    before = fill_plan(make_roster("a b"), {}, FIRST, date(2027, 1, 29)).plan
    after = fill_plan(
        make_roster("a b", "off = [2027-01-05, 2027-01-12]"), before, date(2027, 1, 8), date(2027, 1, 29)
    )
    assert [change.seat.day for change in compare_plans(before, after.plan)] == [date(2027, 1, 12)]


def test_nobody_meets_a_buddy_twice_before_every_available_one_once(make_roster: MakeRoster) -> None:
    """With three buddies each person's first three differ, and so the next three."""
    roster = make_roster("a b c d", 'buddies = ["x", "y", "z"]\nseats = 2')
    plan = fill_plan(roster, {}, FIRST, date(2027, 3, 31)).plan
    for person in "abcd":
        met = [plan[key].buddy for key in sorted(plan) if plan[key].person == person]
        assert len(met) > 9
        assert all(len(set(met[place : place + 3])) == 3 for place in range(0, len(met) - 2, 3))


def test_where_buddies_are_too_few_who_is_new_is_accompanied(make_roster: MakeRoster) -> None:
    """One buddy for three seats a day: each person has one as often as the others, also who joins, from the first shift on."""
    roster = make_roster("a b c d", 'buddies = ["x"]\nseats = 3', "[people.d]\njoins = 2027-01-18")
    plan = fill_plan(roster, {}, FIRST, date(2027, 1, 18)).plan
    had = Counter(seat.person for seat in plan.values() if seat.buddy)
    assert had == {"a": 4, "b": 3, "c": 3, "d": 1}


def test_a_shift_needs_its_holder_more_than_a_buddy() -> None:
    """Whoever accompanies somebody takes the shift of a leaver that nobody else can, and an empty shift has no buddy."""
    rotas = '[[rota]]\nname = "one"\npeople = ["a"]\nbuddies = ["m"]\n[[rota]]\nname = "two"\npeople = ["m", "n"]\nbuddies = ["e"]\n'
    plan = {
        seat.key: seat
        for day in (11, 12)
        for seat in (Seat(date(2027, 1, day), "one-0", "a", "m"), Seat(date(2027, 1, day), "two-0", "n", "e"))
    }
    away = parse_roster(f"{rotas}[people.m]\naway = [2027-01-12]\n[people.n]\nleaves = 2027-01-08\n")
    mended = mend_plan(away, plan, FIRST).plan
    assert [mended[key][2:4] for key in sorted(mended)] == [("a", ""), ("m", "e"), ("a", ""), ("", "")]


DAYS = st.dates(date(2027, 1, 1), date(2027, 5, 31))


@st.composite
def scenarios(draw: st.DrawFn) -> Roster:
    """Rotas of every kind: days or weeks, caps, gaps, roles, joins, leaves, absences, buddies who also take seats."""
    names = [f"p{number}" for number in range(draw(st.integers(1, 9)))]
    helpers = [f"b{number}" for number in range(draw(st.integers(0, 3)))]

    def span() -> Span:
        first = draw(DAYS)
        return Span(first, first + timedelta(days=draw(st.integers(0, 40))))

    def member(key: str) -> Member:
        return Member(
            key,
            roles=frozenset(draw(st.sampled_from([(), ("r",)]))),
            share=draw(st.sampled_from([0.5, 1.0, 2.0])),
            joins=draw(st.one_of(st.just(date.min), DAYS)),
            leaves=draw(st.one_of(st.just(date.max), st.dates(date(2027, 5, 31), date(2027, 8, 1)))),
            away=tuple(sorted({span() for _ in range(draw(st.integers(0, 3)))})),
            cap=draw(st.sampled_from([None, 8.0, 40.0])),
        )

    rotas = tuple(
        Rota(
            name,
            tuple(draw(st.lists(st.sampled_from(names), min_size=1, unique=True))),
            buddies=tuple(draw(st.lists(st.sampled_from([*names, *helpers]), unique=True, max_size=4))),
            each=draw(st.sampled_from(["day", "week"])),
            days=draw(st.sampled_from([(0, 1, 2, 3, 4), (5, 6), (0, 1, 2, 3, 4, 5, 6), (2,)])),
            seats=draw(st.integers(1, 3)),
            role=draw(st.sampled_from(["", "", "r"])),
            gap=draw(st.sampled_from([0, 2, 9])),
            cap=draw(st.sampled_from([None, 16.0, 80.0])),
            off=frozenset(draw(st.lists(DAYS, max_size=5))),
        )
        for name in draw(st.sampled_from([("",), ("one", "two")]))
    )
    keys = [*names, *helpers]
    return Roster(rotas, {key: member(key) for key in keys})


def check_hard_rules(roster: Roster, plan: Plan) -> None:
    """No seat of a plan breaks a rule that planning may not break."""
    board = Board(roster, plan)
    for key, turn in board.turns.items():
        person = board.holder(turn)
        if person:
            kept: Seat = board.seats[key]
            board.take(turn)
            assert board.why_not(person, turn) == ""
            board.seats[key] = kept._replace(person="")
            board.give(turn, person)
            board.seats[key] = kept
    busy = Counter(
        (name, day)
        for key, turn in board.turns.items()
        for name in (board.seats[key].person, board.seats[key].buddy)
        if name
        for day in range(turn.first.toordinal(), turn.last.toordinal() + 1)
    )
    assert not [item for item, count in busy.items() if count > 1]
    for key, turn in board.turns.items():
        if buddy := board.seats[key].buddy:
            assert board.holder(turn)
            assert buddy in turn.rota.buddies
            assert roster.members[buddy].is_member(turn.first, turn.last)
            assert roster.members[buddy].find_absence(turn.first, turn.last) is None


def check_buddy(roster: Roster, plan: Plan, seat: Seat) -> None:
    """No buddy is free for a seat whom its person meets less often in the whole plan."""
    turn = Board(roster, plan).turns[seat.key]
    met = Counter(other.buddy for other in plan.values() if other.person == seat.person and other != seat)
    others = {key: other for key, other in plan.items() if key != seat.key}
    busy = {
        (name, day)
        for key, one in Board(roster, others).turns.items()
        for name in (plan[key].person, plan[key].buddy)
        for day in list_days(one)
    }
    free = [
        buddy
        for buddy in turn.rota.buddies
        if buddy != seat.person
        and (member := roster.members[buddy]).is_member(turn.first, turn.last)
        and member.find_absence(turn.first, turn.last) is None
        and not any((buddy, day) in busy for day in list_days(turn))
    ]
    assert met[seat.buddy] == min(map(met.__getitem__, free)) if free else not seat.buddy


@settings(max_examples=count_trials(8, 500), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(roster=scenarios(), absent=DAYS, length=st.integers(0, 20), data=st.data())
def test_whatever_happens_no_hard_rule_breaks_and_nothing_moves_without_need(
    roster: Roster, absent: date, length: int, data: st.DataObject
) -> None:
    """Planning breaks no rule, planning again changes nothing, and an absence moves the seats of that person only."""
    first, last = date(2027, 1, 4), date(2027, 4, 30)
    plan = fill_plan(roster, {}, first, date(2027, 3, 1)).plan
    check_hard_rules(roster, plan)
    grown = fill_plan(roster, plan, date(2027, 2, 1), last)
    check_hard_rules(roster, grown.plan)
    assert {key: grown.plan[key] for key, seat in plan.items() if seat.person} == {
        key: seat for key, seat in plan.items() if seat.person
    }
    assert fill_plan(roster, grown.plan, date(2027, 2, 1), last).plan == grown.plan
    person = data.draw(st.sampled_from(sorted(roster.members)))
    away = Span(absent, absent + timedelta(days=length))
    less = with_absence(roster, person, away)
    after = fill_plan(less, grown.plan, date(2027, 2, 1), last)
    check_hard_rules(less, {key: seat for key, seat in after.plan.items() if key[0] >= date(2027, 2, 1)})
    for change in compare_plans(grown.plan, after.plan):
        assert change.before is not None
        # Theirs, or one that stood empty and that somebody may take now, or that had no buddy and may have one now.
        assert change.before.person in (person, "") or change.before.buddy in (person, "")
        if change.after is not None and change.after.person not in ("", change.before.person):
            check_buddy(less, after.plan, change.after)
