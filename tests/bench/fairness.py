"""Rotas of a year against the fairest there can be: sums of deviations, who moves when somebody leaves, seconds.

python -m tests.bench.fairness weeks|tight|days|company [--seed 1] [--count 50] [--solve 60]

`weeks` are 12 people and 52 weeks, `tight` 6 and a gap up to four weeks, `days` 100 and five seats a day, `company` 1,000 and 46 a day. Each seed is a rota with
shares, absences, leaves, joiners, leavers, gaps and caps of its own. A plan is as fair as can be where its sum is what whole
seats allow of which nobody has more than they alone could; where it is more, an exact solver (HiGHS, with scipy) says what rules allow, for at most --solve seconds.
"""

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import heapify, heappop, heappush
from random import Random

from kbcli.foundation.typed import NamedTuple
from kbcli.support.shifts.board import Board, Turn, list_turns
from kbcli.support.shifts.plan import Plan, compare_plans
from kbcli.support.shifts.planning import fill_plan, mend_plan
from kbcli.support.shifts.roster import Member, Roster, Rota, Span, with_leaving

FIRST, LAST = date(2027, 1, 4), date(2027, 12, 31)
_NEAR = 1e-6
_EMPTY_COSTS = 1000


@dataclass(frozen=True)
class Size:
    """How large a rota is, and what it may ask for."""

    people: int
    seats: int
    each: str
    hours: float
    gaps: tuple[int, ...]
    caps: tuple[float | None, ...]
    buddies: int


SIZES = {
    "weeks": Size(12, 1, "week", 40, (0, 7, 14, 21), (None, 80, 40), 5),
    "tight": Size(6, 1, "week", 40, (14, 21, 28), (80, 40), 3),
    "days": Size(100, 5, "day", 8, (0, 2, 7, 9), (None, 24, 16), 8),
    "company": Size(1000, 46, "day", 8, (0, 7), (None, 16), 60),
}


class Solved(NamedTuple):
    """What the solver found: empty seats and the sum of deviations, and below what cost (see `_EMPTY_COSTS`) no plan can be."""

    empty: float
    unfair: float
    floor: float


class Outcome(NamedTuple):
    """Of one rota: seats, how many nobody has, the sum of deviations, and what it is at least for whole seats and what each can have.

    `solved` is None where it was not asked for. `moved` are seats of others that changed when somebody left, `given` those
    of the leaver; `took` are seconds.
    """

    seats: int
    empty: int
    unfair: float
    bound: float
    solved: Solved | None
    given: int
    moved: int
    took: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fairness")
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--solve", type=float, default=60)
    chosen = parser.parse_args()
    print("seed\tseats\tempty\tsum\tleast\tsolver (empty, sum)\tleaver's\tothers moved\tseconds")
    verdicts: Counter[str] = Counter()
    for seed in range(chosen.seed, chosen.seed + chosen.count):
        got = measure_rota(SIZES[chosen.size], seed, chosen.solve)
        verdict = judge(got)
        verdicts[verdict] += 1
        exact = f"{got.solved.empty:g}, {got.solved.unfair:.2f}" if got.solved else ""
        print(seed, got.seats, got.empty, f"{got.unfair:.2f}", f"{got.bound:.2f}", exact, got.given, got.moved, f"{got.took:.2f}", verdict, sep="\t", flush=True)  # fmt: skip
    print(dict(verdicts))


def judge(got: Outcome) -> str:
    """What a rota is in one word."""
    if not got.empty and got.unfair <= got.bound + _NEAR:
        return "fairest"
    if got.solved is None:
        return "unknown"
    if _EMPTY_COSTS * got.empty + got.unfair <= got.solved.floor + 1e-3:
        return "fairest"
    if got.empty > got.solved.empty:
        return "EMPTY"
    return "UNFAIR" if got.unfair > got.solved.unfair + 1e-3 else "unknown"


def make_roster(size: Size, seed: int) -> Roster:
    """A rota of this size, by chance."""
    chance = Random(seed)
    names = [f"p{number:04}" for number in range(size.people)]
    buddies = [f"b{number}" for number in range(size.buddies)]
    members = {name: _make_member(chance, name) for name in names}
    members |= {name: Member(name, away=_make_absences(chance)) for name in buddies}
    rota = Rota(
        "",
        tuple(names),
        tuple(buddies),
        each=size.each,
        seats=size.seats,
        hours=size.hours,
        gap=chance.choice(size.gaps),
        cap=chance.choice(size.caps),
        off=frozenset({date(2027, 1, 1), date(2027, 12, 24), date(2027, 12, 31)}),
    )
    return Roster((rota,), members)


def _make_member(chance: Random, name: str) -> Member:
    some = chance.random()
    return Member(
        name,
        share=chance.choice((0.5, 1, 1, 1, 1, 1, 2)),
        joins=FIRST + timedelta(chance.randrange(30, 200)) if some < 0.06 else date.min,
        leaves=LAST - timedelta(chance.randrange(30, 200)) if some > 0.94 else date.max,
        away=_make_absences(chance),
    )


def _make_absences(chance: Random) -> tuple[Span, ...]:
    spans = []
    for _ in range(chance.randrange(7)):
        first = FIRST + timedelta(7 * chance.randrange(51))
        spans.append(Span(first, first + timedelta(chance.randrange(1, 12))))
    if chance.random() < 0.08:
        first = FIRST + timedelta(chance.randrange(60, 200))
        spans.append(Span(first, first + timedelta(chance.randrange(40, 120))))
    return tuple(sorted(spans))


def measure_rota(size: Size, seed: int, limit: float) -> Outcome:
    """Plan a year, look how fair it is, and let somebody leave in the middle of it."""
    roster = make_roster(size, seed)
    began = time.process_time()
    filled = fill_plan(roster, {}, FIRST, LAST)
    took = time.process_time() - began
    board = Board(roster, filled.plan)
    shares = board.find_shares(board.turns.values())
    counts = Counter(seat.person for seat in filled.plan.values() if seat.person)
    unfair = sum(abs(counts[key] - shares[key]) for key in shares)
    bound = find_bound(roster, shares, sum(counts.values()))
    is_best = not filled.unfilled and unfair <= bound + _NEAR
    solved = None if is_best or not limit else solve(roster, shares, limit)
    given, moved = let_leave(roster, filled.plan, Random(seed))
    return Outcome(len(filled.plan), len(filled.unfilled), unfair, bound, solved, given, moved, took)


def find_bound(roster: Roster, shares: Mapping[str, float], seats: int) -> float:
    """A sum of deviations that no plan is below: whole seats, one after the other to whom it costs least and who can have more."""
    most = count_most(roster)
    counts = dict.fromkeys(shares, 0)

    def find_cost(key: str) -> tuple[float, str]:
        return abs(counts[key] + 1 - shares[key]) - abs(counts[key] - shares[key]), key

    queue = [find_cost(key) for key in shares if most[key]]
    heapify(queue)
    for _ in range(seats):
        _, key = heappop(queue)
        counts[key] += 1
        if counts[key] < most[key]:
            heappush(queue, find_cost(key))
    return sum(abs(counts[key] - shares[key]) for key in counts)


def count_most(roster: Roster) -> Counter[str]:
    """How many turns everybody could have if nobody else took one: who always takes the next that they can has most."""
    board = Board(roster, {})
    most: Counter[str] = Counter()
    for turn in {turn.first: turn for turn in list_turns(roster, FIRST, LAST)}.values():
        for key in turn.rota.people:
            if not board.why_not(key, turn):
                board.add(turn)
                board.give(turn, key)
                most[key] += 1
    return most


def let_leave(roster: Roster, plan: Plan, chance: Random) -> tuple[int, int]:
    """How many seats of a leaver change, and how many of others."""
    last = date(2027, 6, 1) + timedelta(chance.randrange(30))
    later = sorted({seat.person for seat in plan.values() if seat.day > last and seat.person})
    leaver = chance.choice(later)
    mended = mend_plan(with_leaving(roster, leaver, last), plan, last - timedelta(14)).plan
    changes = compare_plans(plan, mended)
    own = sum(1 for one in changes if one.before and one.before.person == leaver)
    return own, len(changes) - own


def solve(roster: Roster, shares: Mapping[str, float], limit: float) -> Solved:
    """The fewest empty seats and then the least sum of deviations that the rules allow.

    It is a mixed integer program: who has a turn on which day, how far each is above or below their share, what stays empty.
    """
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    rota = roster.rotas[0]
    board = Board(roster, {})
    by_day: dict[date, list[Turn]] = defaultdict(list)
    for turn in list_turns(roster, FIRST, LAST):
        by_day[turn.first].append(turn)
    able = [
        (key, day) for key in rota.people for day, turns in by_day.items() if not board.why_not(key, turns[0])
    ]
    place = {pair: number for number, pair in enumerate(able)}
    people = list(shares)
    rest, above, below = (
        {key: len(able) + part * len(people) + number for number, key in enumerate(people)}
        for part in range(3)
    )
    empty = {day: len(able) + 3 * len(people) + number for number, day in enumerate(by_day)}
    width = len(able) + 3 * len(people) + len(by_day)
    rows: list[tuple[dict[int, float], float, float]] = []
    for day, turns in by_day.items():
        row = {place[key, day]: 1.0 for key in rota.people if (key, day) in place} | {empty[day]: 1.0}
        rows.append((row, len(turns), len(turns)))
    for key in people:
        own = [(day, place[key, day]) for day in by_day if (key, day) in place]
        row = {number: 1.0 for _, number in own} | {rest[key]: -1.0, above[key]: -1.0, below[key]: 1.0}
        rows.append((row, int(shares[key]), int(shares[key])))
        rows += [
            (row, 0, most) for row, most in _list_limits(rota, {day: by_day[day][0] for day in by_day}, own)
        ]
    cells = [
        (number, column, value) for number, (row, _, _) in enumerate(rows) for column, value in row.items()
    ]
    at, columns, values = (np.array(part) for part in zip(*cells, strict=True))
    # The distance from a share between whole numbers is the line through those: no bound of the solver's is below it.
    rests = np.array([share - int(share) for share in shares.values()])
    cost = np.concatenate(
        [np.zeros(len(able)), 1 - 2 * rests, np.ones(2 * len(people)), np.full(len(by_day), _EMPTY_COSTS)]
    )
    whole = np.array([1] * len(able) + [0] * 3 * len(people) + [1] * len(by_day))
    most = np.array(
        [1.0] * (len(able) + len(people))
        + [np.inf] * 2 * len(people)
        + [float(len(turns)) for turns in by_day.values()]
    )
    found = milp(
        cost,
        constraints=LinearConstraint(coo_array((values, (at, columns)), shape=(len(rows), width)).tocsr(), [row[1] for row in rows], [row[2] for row in rows]),
        integrality=whole,
        bounds=Bounds(0, most),
        options={"time_limit": limit},
    )  # fmt: skip
    floor = float(rests.sum() + (found.mip_dual_bound if found.mip_dual_bound is not None else 0))
    if found.x is None:
        return Solved(float("inf"), float("inf"), floor)
    left = sum(found.x[number] for number in empty.values())
    unfair = found.fun + rests.sum() - _EMPTY_COSTS * left
    return Solved(round(left), float(unfair), floor)


def _list_limits(
    rota: Rota, turns: Mapping[date, Turn], own: list[tuple[date, int]]
) -> Iterator[tuple[dict[int, float], float]]:
    """What one person may have at most of turns that are too near to one another, or in one month."""
    gap = timedelta(rota.gap)
    for position, (day, _) in enumerate(own):
        near = {number: 1.0 for other, number in own[position:] if other <= turns[day].last + gap}
        if len(near) > 1:
            yield near, 1
    if rota.cap is not None:
        months: dict[tuple[int, int], dict[int, float]] = defaultdict(dict)
        for day, number in own:
            months[turns[day].month][number] = 1.0
        for month in months.values():
            yield month, rota.cap // rota.hours


if __name__ == "__main__":
    main()
