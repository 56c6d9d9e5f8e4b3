"""Planning: who takes which seat, fair to the bound, forwards, and never reshuffling what is published.

No randomness and no clock: the same rotas and the same plan give the same answer. Each seat goes to the
person furthest behind their share; ties go to who was longest without one, then by the order of names in
the rota. An absence as long as `leave` is not caught up, a shorter one is.
"""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cached_property

from kbcli.foundation.text.counts import count_things
from kbcli.foundation.typed import NamedTuple
from kbcli.support.shifts.pairing import pair_seats
from kbcli.support.shifts.plan import Plan, Seat, SeatKey, sort_seats
from kbcli.support.shifts.roster import Member, Roster, Rota, Span

_DAY = timedelta(days=1)
_NEAR = 1e-9
_FULL_ROOM = 21
_PEOPLE_TRIED = 40
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
        for used, cap in self.find_caps(person, turn, instead):
            if used + rota.hours > cap + _NEAR:
                return f"has {used:g} of {cap:g} hours in {turn.first:%Y-%m}"
        near = self._find_near(person, turn, instead)
        if near is None:
            return ""
        return f"has a shift on {near}" + (
            f", and {count_things(rota.gap, 'day')} must lie between" if rota.gap else ""
        )

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
        return min((abs((turn.first - span[0]).days) for span in near), default=_FULL_ROOM * 100)

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


class Unfilled(NamedTuple):
    """A seat that nobody has, and for each person why they cannot take it."""

    seat: Seat
    reasons: tuple[tuple[str, str], ...]


class Filled(NamedTuple):
    """A plan in which seats were filled, and those that nobody can take."""

    plan: Plan
    unfilled: tuple[Unfilled, ...] = ()


def fill_plan(roster: Roster, plan: Plan, first: date, last: date) -> Filled:
    """The plan with every turn from a day to another, what is there already kept.

    A seat whose holder cannot be there (left, away, no longer in the rota) is given anew, as are those
    that are empty; a coming seat that no rota wants any more is gone. Nothing else moves.
    """
    wanted = {turn.key: turn for turn in list_turns(roster, first, last)}
    kept = {
        key: seat
        for key, seat in plan.items()
        if key[0] < first or key[0] > last or key in wanted or roster.find_rota(seat.label) is None
    }
    board = Board(roster, kept)
    ends = {name: max((key[0] for key, turn in board.turns.items() if turn.rota.name == name), default=date.min)
            for name in roster.by_name}  # fmt: skip
    new = [turn for key, turn in wanted.items() if key not in kept]
    holes = free_lost(board, first)
    for turn in new:
        board.add(turn)
    holes += [turn for turn in new if turn.first <= ends[turn.rota.name]]
    fresh = [turn for turn in new if turn.first > ends[turn.rota.name]]
    refill(board, holes)
    for rota in roster.rotas:
        own = [turn for turn in fresh if turn.rota.name == rota.name]
        extend(board, rota, own)
        even_out(board, rota, own)
    _pair(board, kept, first)
    return Filled(board.seats, explain_unfilled(board, first, last))


def mend_plan(roster: Roster, plan: Plan, first: date) -> Filled:
    """The plan with the seats from a day on given anew whose holder cannot be there; nothing is added or taken out."""
    board = Board(roster, plan)
    refill(board, free_lost(board, first))
    _pair(board, plan, first)
    return Filled(board.seats, explain_unfilled(board, first, date.max))


def _pair(board: Board, before: Plan, first: date) -> None:
    """Buddies for the seats from a day on; those of seats that others have than before are evened out."""
    open_keys = {key for key in board.turns if key[0] >= first}
    moved = {
        key
        for key in open_keys & before.keys()
        if board.seats[key].person and board.seats[key].person != before[key].person
    }
    pair_seats(board.roster, board.turns, board.seats, open_keys, moved)


def free_lost(board: Board, first: date) -> list[Turn]:
    """Take the seats from a day on whose holder cannot be there at all; they come back as nobody's, with those that were."""
    lost = []
    for key in sorted(key for key in board.turns if key[0] >= first):
        turn = board.turns[key]
        person = board.holder(turn)
        member = board.roster.members.get(person)
        fits = (
            member is not None
            and person in turn.rota.people
            and member.is_member(turn.first, turn.last)
            and member.find_absence(turn.first, turn.last) is None
        )
        if not fits:
            if person:
                board.take(turn)
            lost.append(turn)
    return lost


def explain_unfilled(board: Board, first: date, last: date) -> tuple[Unfilled, ...]:
    """The seats between two days that nobody has, each with why each person cannot take it."""
    empty = [
        board.seats[key]
        for key, turn in board.turns.items()
        if first <= key[0] <= last and not board.holder(turn)
    ]
    return tuple(
        Unfilled(
            seat,
            tuple(
                (key, board.why_not(key, board.turns[seat.key])) for key in board.turns[seat.key].rota.people
            ),
        )
        for seat in sort_seats(empty)
    )


def extend(board: Board, rota: Rota, turns: Sequence[Turn]) -> None:
    """Give new turns at the end of the plan, earliest first, each to who is furthest behind."""
    shares: dict[str, float] = defaultdict(float)
    counts: Counter[str] = Counter()
    by_day: dict[date, list[Turn]] = defaultdict(list)
    for turn in board.turns.values():
        if turn.rota.name == rota.name:
            by_day[turn.first].append(turn)
    fresh = {turn.key for turn in turns}
    for day in sorted(by_day):
        today = by_day[day]
        add_shares(shares, board.list_sharing(today[0]), len(today))
        counts.update(board.holder(turn) for turn in today if board.holder(turn))
        empty = [turn for turn in today if turn.key in fresh and not board.holder(turn)]
        if not empty:
            continue
        ranks = {
            key: (round(counts[key] - shares[key], 9), board.find_last(key, day), board.order[key])
            for key in rota.people
        }
        queue = sorted(rota.people, key=ranks.__getitem__)
        for turn in empty:
            chosen = next((key for key in queue if not board.why_not(key, turn)), "")
            if chosen:
                board.give(turn, chosen)
                queue.remove(chosen)
                counts[chosen] += 1
            elif moved := _step_back(board, turn, fresh):
                counts[moved] += 1


def _step_back(board: Board, turn: Turn, fresh: set[SeatKey]) -> str:
    """Somebody takes a turn and gives a new, earlier one of theirs to another, who is named; "" where nobody can."""
    earlier: dict[str, list[Turn]] = defaultdict(list)
    for key in sorted(fresh, reverse=True):
        other = board.turns[key]
        if other.first < turn.first and other.rota.name == turn.rota.name and board.holder(other):
            earlier[board.holder(other)].append(other)
    for person in turn.rota.people:
        for other in earlier[person]:
            if board.why_not(person, turn, instead=other):
                continue
            board.take(other)
            heir = next(
                (key for key in turn.rota.people if key != person and not board.why_not(key, other)), ""
            )
            board.give(other, heir or person)
            if heir:
                board.give(turn, person)
                return heir
    return ""


def refill(board: Board, turns: Sequence[Turn]) -> None:
    """Give turns in the middle of the plan: whole shares count, then who has most room before and after."""
    by_rota: dict[str, list[Turn]] = defaultdict(list)
    for turn in board.turns.values():
        by_rota[turn.rota.name].append(turn)
    shares = {name: board.find_shares(own) for name, own in by_rota.items()}
    for turn in sorted(turns, key=lambda turn: turn.key):
        name = turn.rota.name
        able = [key for key in turn.rota.people if not board.why_not(key, turn)]
        if not able:
            continue
        behind = {key: board.counts[name, key] - shares[name].get(key, 0.0) for key in able}
        ranks = {
            key: (
                round(behind[key]),
                -min(board.find_room(key, turn), _FULL_ROOM),
                behind[key],
                board.order[key],
            )
            for key in able
        }
        board.give(turn, min(able, key=ranks.__getitem__))


def even_out(board: Board, rota: Rota, turns: Sequence[Turn]) -> None:
    """Move single new turns from who has most above their share to who has most below, while it helps."""
    if not turns:
        return
    shares = board.find_shares(turn for turn in board.turns.values() if turn.rota.name == rota.name)
    names = [key for key in rota.people if shares.get(key, 0) > 0]
    own: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        if board.holder(turn):
            own[board.holder(turn)].append(turn)
    over = {key: board.counts[rota.name, key] - shares[key] for key in names}
    while move := _find_move(board, over, own):
        giver, taker, turn = move
        board.take(turn)
        board.give(turn, taker)
        own[giver].remove(turn)
        own[taker].append(turn)
        over[giver] -= 1
        over[taker] += 1


def _find_move(
    board: Board, over: dict[str, float], own: dict[str, list[Turn]]
) -> tuple[str, str, Turn] | None:
    """A turn that is fairer in other hands."""
    givers = sorted(over, key=lambda key: (-over[key], board.order[key]))[:_PEOPLE_TRIED]
    takers = sorted(over, key=lambda key: (over[key], board.order[key]))[:_PEOPLE_TRIED]
    for giver in givers:
        for taker in takers:
            if over[giver] - over[taker] <= 1 + _NEAR:
                break
            able = [turn for turn in own[giver] if not board.why_not(taker, turn)]
            if able:
                best = max(able, key=lambda turn: (board.find_room(taker, turn), -turn.first.toordinal()))
                return giver, taker, best
    return None
