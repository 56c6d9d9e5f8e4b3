"""Pairing: a buddy for each shift. Nobody has the same one twice before every available one once.

On each day seats and buddies are matched: first those who met least, then longest ago, then who accompanied
least so far. A buddy accompanies one seat at a time, and none while they have a shift of their own; where there
are too few, those go without who had one most.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date

from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.support.shifts.plan import Plan, Seat, SeatKey
from kbcli.support.shifts.roster import Roster

if TYPE_CHECKING:
    from kbcli.support.shifts.board import Turn

_MOST_ROUNDS = 1000

Busy = dict[str, Counter[int]]
"""How many shifts each person has or accompanies on each day (its ordinal)."""


class Meetings:
    """Who accompanied whom how often, and when last; `had` is how often somebody was accompanied, `load` accompanied others."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = defaultdict(int)
        self.had: dict[str, int] = defaultdict(int)
        self.last: dict[tuple[str, str], date] = {}
        self.load: dict[str, int] = defaultdict(int)

    def note(self, seat: Seat) -> None:
        """Take in one shift with its buddy."""
        pair = seat.person, seat.buddy
        self.counts[pair] += 1
        self.last[pair] = max(self.last.get(pair, date.min), seat.day)
        self.had[seat.person] += 1
        self.load[seat.buddy] += 1


def pair_seats(
    roster: Roster,
    turns: "Mapping[SeatKey, Turn]",
    seats: dict[SeatKey, Seat],
    open_keys: set[SeatKey],
    moved: Collection[SeatKey] = (),
) -> None:
    """Give each of these seats a buddy where one is free; a buddy who still fits stays, and no other seat changes.

    Seats that `moved` to somebody else get, of the buddies who are free, one whom that person meets least in the whole plan.
    """
    meetings = Meetings()
    by_day: dict[date, list[SeatKey]] = defaultdict(list)
    for key in open_keys:
        if seats[key].buddy and not seats[key].person:
            seats[key] = seats[key]._replace(buddy="")
    for key, turn in turns.items():
        if turn.rota.buddies and seats[key].person:
            by_day[key[0]].append(key)
    busy = _list_busy(turns, seats)
    for day in sorted(by_day):
        keys = sorted(by_day[day])
        wanting = []
        for key in keys:
            if key in open_keys and not _fits(roster, turns, seats, key, busy):
                if seats[key].buddy:
                    busy[seats[key].buddy].subtract(_list_days(turns[key]))
                seats[key] = seats[key]._replace(buddy="")
                wanting.append(key)
            elif seats[key].buddy:
                meetings.note(seats[key])
        for key, buddy in _match(roster, turns, seats, wanting, busy, meetings).items():
            seats[key] = seats[key]._replace(buddy=buddy)
            busy[buddy].update(_list_days(turns[key]))
            meetings.note(seats[key])
    for key in sorted(moved):
        if turns[key].rota.buddies:
            _even_out(roster, turns, seats, key, busy)


def change_places(
    roster: Roster, turns: "Mapping[SeatKey, Turn]", plan: Plan, first: Seat, second: Seat
) -> dict[SeatKey, Seat]:
    """The plan in which the holders of two seats have changed places; the same again undoes it.

    Each of the two meets their buddies in the order in which they would have, where all of these can be there on each of
    these days; so their seats between the two get others. Else each takes the buddy along, or finds the one of the seat.
    """
    seats = {**plan, first.key: first.give(second.person), second.key: second.give(first.person)}
    low, high = sorted((first.key, second.key))
    people, rotas = (first.person, second.person), {turns[key].rota.name for key in (low, high)}
    between = sorted(
        key
        for key, turn in turns.items()
        if low <= key <= high and {turn.rota.name} == rotas and plan[key].person in people
    )
    # What is asked of both is the same after the swap as before: else it would not be undone.
    for keys in (between, [low, high]):
        if keys and _are_free(roster, turns, plan, keys):
            for person in people:
                own = [key for key in keys if seats[key].person == person]
                buddies = [plan[key].buddy for key in keys if plan[key].person == person]
                seats |= {
                    key: seats[key]._replace(buddy=buddy) for key, buddy in zip(own, buddies, strict=True)
                }
            break
    return seats


def _are_free(roster: Roster, turns: "Mapping[SeatKey, Turn]", plan: Plan, keys: Collection[SeatKey]) -> bool:
    """Whether each buddy of these seats could accompany each of them, of which no two are on one day."""
    busy = _list_busy(turns, {**plan, **{key: plan[key]._replace(buddy="") for key in keys}})
    days = [day for key in keys for day in _list_days(turns[key])]
    return len(days) == len(set(days)) and all(
        _can_accompany(roster, turns[key], buddy, busy)
        for buddy in {plan[key].buddy for key in keys} - {""}
        for key in keys
    )


def choose_buddy(
    roster: Roster, turns: "Mapping[SeatKey, Turn]", plan: Plan, key: SeatKey, giver: str
) -> Seat:
    """A seat with another buddy where one is free whom its person meets less often in the whole plan; never who gave it away."""
    seats, busy = dict(plan), _list_busy(turns, plan)
    busy[giver].update(_list_days(turns[key]))
    _even_out(roster, turns, seats, key, busy)
    return seats[key]


def _even_out(
    roster: Roster, turns: "Mapping[SeatKey, Turn]", seats: dict[SeatKey, Seat], key: SeatKey, busy: Busy
) -> None:
    """Give a seat another buddy where one is free whom its person meets less often."""
    seat, turn = seats[key], turns[key]
    met = Counter(other.buddy for other in seats.values() if other.person == seat.person and other != seat)
    free = _list_free(roster, turn, seat.person, busy)
    best = min(free, key=lambda buddy: met[buddy], default="")
    if best and (not seat.buddy or met[best] < met[seat.buddy]):
        if seat.buddy:
            busy[seat.buddy].subtract(_list_days(turn))
        busy[best].update(_list_days(turn))
        seats[key] = seat._replace(buddy=best)


def _list_free(roster: Roster, turn: "Turn", person: str, busy: Busy) -> list[str]:
    """The buddies who could accompany somebody on a turn and have nothing else then."""
    return [
        buddy for buddy in turn.rota.buddies if buddy != person and _can_accompany(roster, turn, buddy, busy)
    ]


def _can_accompany(roster: Roster, turn: "Turn", buddy: str, busy: Busy) -> bool:
    """Whether somebody is a buddy of a turn's rota, is there then, and has nothing else."""
    is_free = not any(busy[buddy][day] for day in _list_days(turn))
    return is_free and buddy in turn.rota.buddies and _is_there(roster, buddy, turn)


def _list_days(turn: "Turn") -> range:
    return range(turn.first.toordinal(), turn.last.toordinal() + 1)


def _list_busy(turns: "Mapping[SeatKey, Turn]", seats: Mapping[SeatKey, Seat]) -> Busy:
    busy: Busy = defaultdict(Counter)
    for key, turn in turns.items():
        for name in (seats[key].person, seats[key].buddy):
            if name:
                busy[name].update(_list_days(turn))
    return busy


def _fits(
    roster: Roster, turns: "Mapping[SeatKey, Turn]", seats: Mapping[SeatKey, Seat], key: SeatKey, busy: Busy
) -> bool:
    """Whether the buddy a seat has can accompany it."""
    seat, turn = seats[key], turns[key]
    if not seat.buddy or seat.buddy not in turn.rota.buddies or seat.buddy == seat.person:
        return False
    once = all(busy[seat.buddy][day] == 1 for day in _list_days(turn))
    return once and _is_there(roster, seat.buddy, turn)


def _is_there(roster: Roster, buddy: str, turn: "Turn") -> bool:
    member = roster.members[buddy]
    return member.is_member(turn.first, turn.last) and member.find_absence(turn.first, turn.last) is None


def _match(
    roster: Roster,
    turns: "Mapping[SeatKey, Turn]",
    seats: Mapping[SeatKey, Seat],
    wanting: list[SeatKey],
    busy: Busy,
    meetings: Meetings,
) -> dict[SeatKey, str]:
    """Buddies for the seats of a day, each at most once: as many seats as can be, those who met least first."""
    choices: dict[SeatKey, list[str]] = {}
    for key in wanting:
        turn, person = turns[key], seats[key].person
        free = _list_free(roster, turn, person, busy)
        order = {buddy: place for place, buddy in enumerate(turn.rota.buddies)}
        free.sort(
            key=lambda buddy, person=person, order=order: (  # type: ignore[misc]
                meetings.counts[person, buddy],
                meetings.last.get((person, buddy), date.min),
                meetings.load[buddy],
                order[buddy],
            )
        )
        choices[key] = free
    return _assign(choices, {key: seats[key].person for key in wanting}, meetings)


def _assign(
    choices: Mapping[SeatKey, list[str]], people: Mapping[SeatKey, str], meetings: Meetings
) -> dict[SeatKey, str]:
    """A matching in which a seat takes a buddy met more often only where none met less can be had."""
    taken: dict[str, SeatKey] = {}

    def met(key: SeatKey, buddy: str) -> int:
        return meetings.counts[people[key], buddy]

    def seek(key: SeatKey, limits: Mapping[SeatKey, int], seen: set[str]) -> bool:
        able = [buddy for buddy in choices[key] if met(key, buddy) <= limits[key] and buddy not in seen]
        for buddy in able:
            if buddy not in taken:
                taken[buddy] = key
                return True
        for buddy in able:
            if buddy not in seen:
                seen.add(buddy)
                if seek(taken[buddy], limits, seen):
                    taken[buddy] = key
                    return True
        return False

    limits = {key: met(key, choices[key][0]) for key in choices if choices[key]}
    # Who is seated first keeps a buddy: where there are too few, those who had one least, so whoever is new.
    open_keys = sorted(
        limits, key=lambda key: (meetings.had[people[key]], _count_least(choices[key], key, met), key)
    )
    for _ in range(_MOST_ROUNDS):
        open_keys = [key for key in open_keys if not seek(key, limits, set())]
        open_keys = [key for key in open_keys if met(key, choices[key][-1]) > limits[key]]
        if not open_keys:
            break
        for key in open_keys:
            limits[key] += 1
    return {key: buddy for buddy, key in taken.items()}


def _count_least(buddies: Iterable[str], key: SeatKey, met: Callable[[SeatKey, str], int]) -> int:
    counts = [met(key, buddy) for buddy in buddies]
    return counts.count(min(counts))
