"""Shift report: what shifts left, and how fair and heavy they are. Without names, unless they are asked for."""

from collections import Counter, defaultdict
from datetime import date, timedelta

from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base, read_day
from kbcli.operations.shift import Shifts, open_shifts
from kbcli.support.shifts.board import Board, find_last_day
from kbcli.support.shifts.debriefs import list_debriefs, read_debrief
from kbcli.support.shifts.plan import Seat

_DAYS = 91


class PersonRow(NamedTuple):
    """One person in one rota: shifts in the plan, their fair share, the fullest month, shifts taken over and given away.

    `fullest` is hours of the month with most of them, `cap` what may be (None: any number).
    """

    person: str
    rota: str
    shifts: int
    share: float
    fullest: float
    cap: float | None
    taken: int
    given: int


class ShiftReport(NamedTuple):
    """Shifts that ended from `since` to today: with a contribution, with a reason, with neither; and fairness.

    `unfair` is the sum of distances from fair shares over the whole plan, `furthest` the largest of
    them, in shifts; `fullest` the fullest month of anybody, as part of their cap (None: no caps). `rows`
    are empty unless names were asked for.
    """

    since: date
    until: date
    contributed: int
    nothing: int
    open: int
    swapped: int
    unfilled: int
    unfair: float
    furthest: float
    fullest: float | None
    rows: tuple[PersonRow, ...] = ()


def report_shifts(kb: Base, *, since: str | None = None, names: bool = False) -> ShiftReport:
    """What the shifts from a day (three months ago) to today left, and how even the plan is. Never time for a ticket.

    `names` adds a row a person. Raises UsageError for what is no day.
    """
    shifts, today = open_shifts(kb), kb.today
    start = today - timedelta(days=_DAYS) if since is None else read_day(since, "--since")
    ended = [seat for seat in shifts.plan.values() if start <= find_last_day(shifts.roster, seat) < today]
    held = [seat for seat in ended if seat.person]
    left = Counter(_judge(shifts, seat, list_debriefs(shifts.config)) for seat in held)
    rows = _list_people(shifts)
    gaps = [abs(row.shifts - row.share) for row in rows]
    parts = [row.fullest / row.cap for row in rows if row.cap]
    return ShiftReport(
        start,
        today,
        left["contributed"],
        left["nothing"],
        left["open"],
        sum(1 for seat in ended if seat.original),
        len(ended) - len(held),
        round(sum(gaps), 2),
        round(max(gaps, default=0.0), 2),
        round(max(parts), 2) if parts else None,
        rows if names else (),
    )


def _judge(shifts: Shifts, seat: Seat, done: frozenset[str]) -> str:
    if seat.name not in done:
        return "open"
    debrief = read_debrief(shifts.config, seat.name)
    return "contributed" if debrief and debrief.contributions else "nothing"


def _list_people(shifts: Shifts) -> tuple[PersonRow, ...]:
    """A row for each person of each rota, over the whole plan."""
    board = Board(shifts.roster, shifts.plan)
    taken, given, months = (
        Counter[tuple[str, str]](),
        Counter[tuple[str, str]](),
        defaultdict[tuple[str, str], float](float),
    )
    caps: dict[tuple[str, str], float] = {}
    for key, turn in board.turns.items():
        seat = board.seats[key]
        if seat.original:
            taken[seat.person, turn.rota.name] += 1
            given[seat.original, turn.rota.name] += 1
        for used, cap in board.find_caps(seat.person, turn) if seat.person else ():
            place = seat.person, turn.rota.name
            if place not in caps or used / (cap or 1) > months[place] / (caps[place] or 1):
                months[place], caps[place] = used, cap
    rows = []
    for rota in shifts.roster.rotas:
        shares = board.find_shares(turn for turn in board.turns.values() if turn.rota.name == rota.name)
        for name in rota.people:
            place = name, rota.name
            count = board.counts[rota.name, name]
            rows.append(
                PersonRow(
                    name,
                    rota.name,
                    count,
                    round(shares.get(name, 0.0), 2),
                    months[place],
                    caps.get(place),
                    taken[place],
                    given[place],
                )
            )
    return tuple(rows)
