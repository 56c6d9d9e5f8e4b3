"""The board: the turns that the rotas want, who has which, and what each may still take."""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cached_property

from kbcli.foundation.text.counts import count_things
from kbcli.foundation.typed import NamedTuple
from kbcli.support.shifts.plan import Plan, Seat, SeatKey
from kbcli.support.shifts.roster import Member, Roster, Rota, Span

_DAY = timedelta(days=1)
_NEAR = 1e-9
_FAR = 10_000
# No rota is called so.
_ALL_ROTAS = "*"


class Turn(NamedTuple):
    """A seat with what its rota says of it: the days it lasts, what it costs, what it asks for."""

    first: date
    last: date
    label: str
    rota: Rota

    @property
    def key(self) -> SeatKey:
        """The seat's key in the plan."""
        return self.first, self.label

    @property
    def month(self) -> tuple[int, int]:
        """The calendar month whose hours it takes."""
        return self.first.year, self.first.month


def make_turn(rota: Rota, first: date, label: str) -> Turn:
    """The turn of a seat that begins on a day."""
    last = first
    if rota.each == "week":
        last = first + (rota.days[-1] - first.weekday()) * _DAY if first.weekday() < rota.days[-1] else first
    return Turn(first, last, label, rota)


def list_days(turn: Turn) -> list[date]:
    """The days of a turn."""
    return [turn.first + number * _DAY for number in range((turn.last - turn.first).days + 1)]


def find_last_day(roster: Roster, seat: Seat) -> date:
    """The last day of a seat's turn; its first, where the rota is gone."""
    rota = roster.find_rota(seat.label)
    return seat.day if rota is None else make_turn(rota, seat.day, seat.label).last


def list_turns(roster: Roster, first: date, last: date) -> Iterator[Turn]:
    """Every turn that the rotas want from a day to another, both included, day by day."""
    day = first
    while day <= last:
        for rota in roster.rotas:
            if day >= rota.begins and _begins_on(rota, day):
                for number in range(rota.seats):
                    yield make_turn(rota, day, rota.label_seat(number))
        day += _DAY


def _begins_on(rota: Rota, day: date) -> bool:
    """Whether a turn begins: on each day that is worked, or on the first of a week that is."""
    weekday = day.weekday()
    if weekday not in rota.days or day in rota.off:
        return False
    if rota.each == "day":
        return True
    earlier = (day - (weekday - other) * _DAY for other in rota.days if other < weekday)
    return all(other in rota.off or other < rota.begins for other in earlier)


class Board:
    """A plan on the table: who has which turn, and what each may still take."""

    def __init__(self, roster: Roster, plan: Plan) -> None:
        self.roster = roster
        self.seats: dict[SeatKey, Seat] = dict(plan)
        self.turns: dict[SeatKey, Turn] = {}
        self.order = {key: place for place, key in enumerate(roster.members)}
        self._busy: dict[str, dict[str, list[tuple[date, date]]]] = {
            rota.name: defaultdict(list) for rota in roster.rotas
        }
        self._hours: dict[tuple[str, str, tuple[int, int]], float] = defaultdict(float)
        self.counts: dict[tuple[str, str], int] = defaultdict(int)
        self._accompanied: dict[str, set[date]] = defaultdict(set)
        for seat in plan.values():
            if (rota := roster.find_rota(seat.label)) is not None:
                self.add(make_turn(rota, seat.day, seat.label))
                if seat.person:
                    self._note(self.turns[seat.key], seat.person, 1)
                if seat.buddy:
                    self._accompanied[seat.buddy].update(list_days(self.turns[seat.key]))

    def add(self, turn: Turn) -> None:
        """Take in a turn; it is nobody's until it is given."""
        self.turns[turn.key] = turn
        self.seats.setdefault(turn.key, Seat(turn.first, turn.label))

    def holder(self, turn: Turn) -> str:
        """Who has it, "" for nobody."""
        return self.seats[turn.key].person

    def give(self, turn: Turn, person: str) -> None:
        """Give a turn that nobody has to somebody."""
        self.seats[turn.key] = self.seats[turn.key]._replace(person=person)
        self._note(turn, person, 1)

    def find_accompanied(self, person: str, turn: Turn) -> list[SeatKey]:
        """The seats whose buddy somebody is on the days of a turn."""
        return [
            key
            for key, other in self.turns.items()
            if self.seats[key].buddy == person and other.first <= turn.last and turn.first <= other.last
        ]

    def try_instead(self, person: str, turn: Turn, let_go: Iterable[SeatKey]) -> bool:
        """Give a turn to who is a buddy then, if nothing else is in the way; who they accompanied goes without for now."""
        days = {day for key in let_go for day in list_days(self.turns[key])}
        self._accompanied[person] -= days
        if self.why_not(person, turn):
            self._accompanied[person] |= days
            return False
        for key in let_go:
            self.seats[key] = self.seats[key]._replace(buddy="")
        self.give(turn, person)
        return True

    def take(self, turn: Turn) -> str:
        """Take it from who has it, and say from whom; who was planned first is forgotten."""
        seat = self.seats[turn.key]
        self._note(turn, seat.person, -1)
        self.seats[turn.key] = seat._replace(person="", original="")
        return seat.person

    def _note(self, turn: Turn, person: str, step: int) -> None:
        days = self._busy[turn.rota.name][person]
        if step > 0:
            insort(days, (turn.first, turn.last))
        else:
            days.remove((turn.first, turn.last))
        for name in (turn.rota.name, _ALL_ROTAS):
            self._hours[person, name, turn.month] += step * turn.rota.hours
        self.counts[turn.rota.name, person] += step

    def find_caps(
        self, person: str, turn: Turn, instead: Turn | None = None
    ) -> Iterator[tuple[float, float]]:
        """The hours a person has in the month of a turn, with the most there may be: in its rota, and in all of them.

        `instead` is a turn that they give away for it.
        """
        member, rota = self.roster.members.get(person), turn.rota
        back = instead.rota.hours if instead is not None and instead.month == turn.month else 0
        if rota.cap is not None:
            own = back if instead is not None and instead.rota.name == rota.name else 0
            yield self._hours[person, rota.name, turn.month] - own, rota.cap
        if member is not None and member.cap is not None:
            yield self._hours[person, _ALL_ROTAS, turn.month] - back, member.cap

    def why_not(self, person: str, turn: Turn, *, instead: Turn | None = None) -> str:
        """Why somebody cannot take a turn, word for word; "" when they can. `instead` is one they give away for it."""
        if never := self.why_never(person, turn):
            return never
        rota = turn.rota
        for used, cap in self.find_caps(person, turn, instead):
            if used + rota.hours > cap + _NEAR:
                return f"has {used:g} of {cap:g} hours in {turn.first:%Y-%m}"
        near = self._find_near(person, turn, instead)
        if near is None:
            return ""
        return f"has a shift on {near}" + (
            f", and {count_things(rota.gap, 'day')} must lie between" if rota.gap else ""
        )

    def why_never(self, person: str, turn: Turn) -> str:
        """Why somebody cannot take a turn whatever they give away for it; "" for no reason."""
        member, rota = self.roster.members.get(person), turn.rota
        if member is None or person not in rota.people:
            return f"is not in the rota{f' {rota.name}' if rota.name else ''}"
        if not member.is_member(turn.first, turn.last):
            return f"joins on {member.joins}" if turn.first < member.joins else f"has left by {turn.last}"
        if rota.role and rota.role not in member.roles:
            return f"lacks the role {rota.role}"
        if (span := member.find_absence(turn.first, turn.last)) is not None:
            return f"is away {span}"
        if person in self._accompanied and not self._accompanied[person].isdisjoint(list_days(turn)):
            return "is a buddy then"
        return ""

    def _find_near(self, person: str, turn: Turn, instead: Turn | None) -> date | None:
        """A shift of theirs that is too close to a turn: in the same rota by its gap, in another only on its days."""
        left_out = (instead.rota.name, instead.first, instead.last) if instead is not None else None
        for name, busy in self._busy.items():
            gap = (turn.rota.gap if name == turn.rota.name else 0) * _DAY
            for span in _list_around(busy[person], turn):
                if (name, *span) != left_out and span[1] + gap >= turn.first and span[0] - gap <= turn.last:
                    return span[0]
        return None

    def find_last(self, person: str, day: date) -> date:
        """The day on which their last shift before a day ended."""
        last = date.min
        for busy in self._busy.values():
            days = busy[person]
            place = bisect_left(days, (day, day))
            last = max(last, days[place - 1][1]) if place else last
        return last

    def find_room(self, person: str, turn: Turn) -> int:
        """Days to their nearest other shift."""
        near = (span for busy in self._busy.values() for span in _list_around(busy[person], turn))
        return min((abs((turn.first - span[0]).days) for span in near), default=_FAR)

    @cached_property
    def _sharing(self) -> dict[str, list[tuple[Member, tuple[Span, ...]]]]:
        """By rota those with its role, each with the leaves that are not caught up."""
        members, leave = self.roster.members, self.roster.leave
        long = {
            key: tuple(span for span in member.away if span.days >= leave > 0)
            for key, member in members.items()
        }
        return {
            rota.name: [
                (members[key], long[key])
                for key in rota.people
                if not rota.role or rota.role in members[key].roles
            ]
            for rota in self.roster.rotas
        }

    def list_sharing(self, turn: Turn) -> list[Member]:
        """Those whose share grows by a turn: members with the role then, but for those on a long leave."""
        return [
            member
            for member, leaves in self._sharing[turn.rota.name]
            if member.is_member(turn.first, turn.last)
            and not (leaves and any(span.first <= turn.first <= span.last for span in leaves))
        ]

    def find_shares(self, turns: Iterable[Turn]) -> dict[str, float]:
        """What would be fair of these turns, by person."""
        shares: dict[str, float] = defaultdict(float)
        groups = Counter((turn.first, turn.rota.name) for turn in turns)
        rotas = self.roster.by_name
        for (first, name), seats in groups.items():
            turn = make_turn(rotas[name], first, rotas[name].label_seat(0))
            add_shares(shares, self.list_sharing(turn), seats)
        return shares


def _list_around(days: list[tuple[date, date]], turn: Turn) -> list[tuple[date, date]]:
    """Of sorted spans those next to a turn, two on each side."""
    place = bisect_left(days, (turn.first, turn.last))
    return days[max(0, place - 2) : place + 2]


def add_shares(shares: dict[str, float], members: Sequence[Member], seats: int) -> None:
    """Let the shares of people grow by seats, by their weights."""
    weight = sum(member.share for member in members)
    for member in members:
        shares[member.key] += seats * member.share / weight
