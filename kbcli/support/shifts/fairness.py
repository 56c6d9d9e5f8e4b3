"""Fairness: new turns change hands until the rota is as fair as can be.

One move is enough mostly: who has most above their share gives a turn to who has most below. Where rules are in the way, a
chain helps: one takes a turn and gives another one to the next, until one takes who has too few. Where that does not
help, either, people's turns are chosen anew as a whole: first while some are nobody's, then while it gets fairer.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from operator import itemgetter

from kbcli.foundation.typed import Any, NamedTuple
from kbcli.support.shifts.board import Board, Turn
from kbcli.support.shifts.roster import Rota

_NEAR = 1e-9
_TAKERS_TRIED = 40
# How long it is searched: the longer, the more people and turns there are.
_LEAST_LOOKS, _LOOKS_A_PAIR, _MOST_LOOKS = 300_000, 10, 3_000_000
_MOST_ANEW = 2
# What choosing costs beside looking at places, so that small rotas that cannot be filled end, too.
_LOOKS_AT_LEAST = 20
_NOBODY = ""


class Step(NamedTuple):
    """Of a chain: who takes which turn (by its place), and the step before, whose taker gives it (None for the first)."""

    place: int
    taker: str
    before: "Step | None" = None


def even_out(board: Board, rota: Rota, turns: Sequence[Turn]) -> None:
    """Give new turns of a rota that nobody has to somebody, and move others from above their share to below, while it helps."""
    if not turns:
        return
    hands = _Hands(board, rota, turns)
    hands.settle()
    hands.fill_empty()
    hands.begin_search()
    hands.settle()
    hands.choose_anew()
    hands.put_down()


class _Hands:
    """The new turns of a rota, taken off the board: who holds which, as sets of their places by day, each one bit.

    What the board still has are seats that stay: what somebody cannot take beside those they never can.
    """

    def __init__(self, board: Board, rota: Rota, turns: Sequence[Turn]) -> None:
        self.board, self.rota = board, rota
        self.turns = sorted(turns, key=lambda turn: turn.key)
        shares = board.find_shares(turn for turn in board.turns.values() if turn.rota.name == rota.name)
        self.over = {key: board.counts[rota.name, key] - shares.get(key, 0.0) for key in rota.people}
        self.held = dict.fromkeys((*rota.people, _NOBODY), 0)
        self.holders = [board.holder(turn) for turn in self.turns]
        for place, (turn, holder) in enumerate(zip(self.turns, self.holders, strict=True)):
            self.held[holder] |= 1 << place
            if holder:
                board.take(turn)
        self.near = [*self._list_near()]
        self.months = [*_list_groups([turn.month for turn in self.turns])]
        self.days = [*_list_groups([turn.first for turn in self.turns])]
        self._able: dict[tuple[str, date], bool] = {}
        self._room: dict[tuple[str, tuple[int, int]], int] = {}
        self._most: dict[str, int] = {}
        self.begin_search()

    def begin_search(self) -> None:
        """Have looked at nothing yet."""
        self.looks = min(_MOST_LOOKS, _LEAST_LOOKS + _LOOKS_A_PAIR * len(self.turns) * len(self.rota.people))

    def _list_near(self) -> Iterator[int]:
        """For each turn those that nobody can have beside it."""
        gap = timedelta(days=self.rota.gap)
        firsts, lasts = [turn.first for turn in self.turns], [turn.last for turn in self.turns]
        for place, turn in enumerate(self.turns):
            low, high = bisect_left(lasts, turn.first - gap), bisect_right(firsts, turn.last + gap)
            yield (1 << high) - (1 << low) & ~(1 << place)

    def put_down(self) -> None:
        """Give the turns back to the board."""
        for turn, holder in zip(self.turns, self.holders, strict=True):
            if holder:
                self.board.give(turn, holder)

    def can_ever(self, person: str, place: int) -> bool:
        """Whether somebody could take a turn if they had no other new one."""
        turn = self.turns[place]
        able = self._able.get((person, turn.first))
        if able is None:
            able = self._able[person, turn.first] = not self.board.why_not(person, turn)
        return able

    def find_room(self, person: str, place: int) -> int:
        """How many new turns somebody may have in the month of a turn."""
        turn = self.turns[place]
        room = self._room.get((person, turn.month))
        if room is None:
            caps = self.board.find_caps(person, turn)
            rooms = (int((cap - used + _NEAR) // turn.rota.hours) for used, cap in caps)
            room = self._room[person, turn.month] = min(rooms, default=len(self.turns))
        return room

    def can_hold(self, person: str, place: int, held: int) -> bool:
        """Whether somebody with these turns can take one more."""
        self.looks -= 1
        return (
            not held & self.near[place]
            and self.can_ever(person, place)
            and (held & self.months[place]).bit_count() < self.find_room(person, place)
        )

    def find_way_out(self, person: str, place: int, held: int) -> int:
        """Of these turns those one of which somebody must give away to take one more; none where that is not enough."""
        if not self.can_ever(person, place):
            return 0
        near, same = held & self.near[place], held & self.months[place]
        is_full = same.bit_count() >= self.find_room(person, place)
        if near & (near - 1):
            return 0
        return (near or held) & (same if is_full else held)

    def move(self, place: int, taker: str) -> None:
        """Let a turn change hands."""
        giver = self.holders[place]
        self.holders[place] = taker
        self.held[giver] &= ~(1 << place)
        self.held[taker] |= 1 << place
        for key, step in ((giver, -1), (taker, 1)):
            if key:
                self.over[key] += step

    @property
    def cost(self) -> tuple[int, float]:
        """What is to be made small: turns that nobody has, then the sum of the distances from fair shares."""
        return self.held[_NOBODY].bit_count(), sum(map(abs, self.over.values()))

    def settle(self) -> None:
        """Single moves and chains, while one helps."""
        while self._let_give(self._seek_one) or self._let_give(self._seek_chain):
            pass

    def _let_give(self, seek: Callable[[str, Sequence[str]], Step | None]) -> bool:
        """Let everybody give what they can with gain, who has most above their share first; whether a turn changed hands."""
        self.in_vain = 0
        before = self.holders[:]
        for giver, takers in self._list_pairs():
            while (gaining := [key for key in takers if self._is_gain(giver, key)]) and (
                step := seek(giver, gaining)
            ):
                while step is not None:
                    self.move(step.place, step.taker)
                    step = step.before
        return before != self.holders

    def _list_pairs(self) -> list[tuple[str, list[str]]]:
        """Who could give a turn to whom with gain, were it not for others: first nobody, then who has most above their share.

        Takers are in order of who has least.
        """
        takers = sorted(self.over, key=lambda key: (self.over[key], self.board.order[key]))
        pairs = []
        for giver in (_NOBODY, *reversed(takers)):
            if self.held[giver]:
                # Who has less has no other takers.
                takers = [taker for taker in takers if self._is_gain(giver, taker)]
                pairs += [(giver, takers)] if takers else []
        return pairs

    def _is_gain(self, giver: str, taker: str) -> bool:
        """Whether it is fairer that somebody has one turn more, who can have more, and another one less."""
        is_fairer = not giver or self.over[giver] - self.over[taker] > 1 + _NEAR
        return is_fairer and bool(self.held[giver]) and self.held[taker].bit_count() < self._count_most(taker)

    def _seek_one(self, giver: str, takers: Sequence[str]) -> Step | None:
        for taker in takers[:_TAKERS_TRIED]:
            held = self.held[taker]
            able = [place for place in _list_places(self.held[giver]) if self.can_hold(taker, place, held)]
            if able:
                return Step(max(able, key=lambda place: (_find_distance(held, place), -place)), taker)
        return None

    def _seek_chain(self, giver: str, takers: Sequence[str]) -> Step | None:
        """Broad before deep, so that few change; of those who can take what is left over, who has least.

        Who can take a turn can take any other of its day. What was reached in vain need not be tried by the next, who has no
        other takers.
        """
        ends, seen = self._list_ends(takers), self.in_vain
        queue: deque[tuple[int, Step | None]] = deque()
        reached: Iterator[tuple[int, Step | None]] = (
            (place, None) for place in _list_places(self.held[giver])
        )
        while True:
            for place, step in reached:
                if seen >> place & 1:
                    continue
                seen |= self.days[place]
                held = self._follow(giver, place, step) if ends >> place & 1 else {}
                for taker in takers if held else ():
                    if self.can_hold(taker, place, held[taker]):
                        return Step(place, taker, step)
                queue.append((place, step))
            if not queue or self.looks <= 0:
                self.in_vain = seen
                return None
            reached = self._list_exchanges(giver, *queue.popleft(), seen)

    def _list_exchanges(
        self, giver: str, place: int, before: Step | None, seen: int
    ) -> Iterator[tuple[int, Step]]:
        """The turns that somebody would give away to take one that is in hand after these steps; without those that are seen."""
        held = self._follow(giver, place, before)
        for taker in self.rota.people:
            self.looks -= 1
            for given in _list_places(self.find_way_out(taker, place, held[taker]) & ~seen):
                yield given, Step(place, taker, before)

    def _list_ends(self, takers: Sequence[str]) -> int:
        """The turns that one of these could take now."""
        ends = place = 0
        while place < len(self.turns):
            if any(self.can_hold(taker, place, self.held[taker]) for taker in takers):
                ends |= self.days[place]
            place = self.days[place].bit_length()
        return ends

    def _follow(self, giver: str, place: int, step: Step | None) -> dict[str, int]:
        """What everybody holds after the steps of a chain that leave a turn to be taken."""
        held = self.held.copy()
        while step is not None:
            held[step.taker] = held[step.taker] & ~(1 << place) | 1 << step.place
            place, step = step.place, step.before
        held[giver] &= ~(1 << place)
        return held

    def fill_empty(self) -> None:
        """Give turns that nobody has to somebody, while more could be had: people choose theirs anew, one after the other.

        Each takes the most that can be had at once of their own and nobody's. What stays empty counts more each round, until
        somebody lets go of what others can take for it.
        """
        weights = [1] * len(self.turns)
        people = self.rota.people
        hopeless = [
            place
            for place in _list_places(self.held[_NOBODY])
            if not any(self.can_ever(person, place) for person in people)
        ]
        best = self.held[_NOBODY].bit_count(), self.holders[:]
        if best[0] == len(hopeless):
            return
        least = max(len(hopeless), len(self.turns) - sum(map(self._count_most, people)))
        while self.looks > 0 and best[0] > least:
            for place in _list_places(self.held[_NOBODY]):
                weights[place] += 1
            for person in people:
                free = self.held[person] | self.held[_NOBODY]
                costs = {place: -weights[place] for place in _list_places(free)}
                self.give(person, self.choose_turns(person, costs) or 0)
            best = min(best, (self.held[_NOBODY].bit_count(), self.holders[:]), key=itemgetter(0))
            # There and back, so that it does not turn in a circle.
            people = people[::-1]
        self.give_back(best[1])

    def _count_most(self, person: str) -> int:
        """How many turns somebody could have, if nobody else took one: as many as they get who take each that they can."""
        if person not in self._most:
            taken: Counter[tuple[int, int]] = Counter()
            place = 0
            while place < len(self.turns):
                month, others = self.turns[place].month, self.days[place]
                if taken[month] < self.find_room(person, place) and self.can_ever(person, place):
                    taken[month] += 1
                    others |= self.near[place]
                place = others.bit_length()
            self._most[person] = taken.total()
        return self._most[person]

    def choose_anew(self) -> None:
        """Choose all turns of somebody anew, one more than now; what is fairer in the end is kept. Where nothing is, of two, of three."""
        depth = 1
        while self.looks > 0 and depth <= _MOST_ANEW and self._list_pairs():
            depth = 1 if self._try_all(self.cost, depth) else depth + 1

    def _try_all(self, cost: tuple[int, float], depth: int) -> bool:
        people = sorted(self.over, key=lambda key: (self.over[key], self.board.order[key]))
        return any(self._try_anew(person, cost, depth) for person in people)

    def _try_anew(self, person: str, fairest: tuple[int, float], depth: int) -> bool:
        """Whether it gets fairer if somebody has one turn more, and what they let go is given away again."""
        if self.looks <= 0:
            return False
        before = self.holders[:]
        costs = {place: self._find_cost(person, holder) for place, holder in enumerate(self.holders)}
        chosen = self.choose_turns(person, costs, self.held[person].bit_count() + 1)
        if chosen is None:
            return False
        self.give(person, chosen)
        self.settle()
        empty, unfair = self.cost
        if (empty, unfair + _NEAR) < fairest or (depth > 1 and self._try_all(fairest, depth - 1)):
            return True
        self.give_back(before)
        return False

    def _find_cost(self, person: str, holder: str) -> float:
        """What it costs somebody to have a turn of a holder: their own before others', those of who has too many first."""
        if holder == person:
            return 0.0
        return 1 - max(-1.0, min(1.0, self.over[holder])) / 10 if holder else -1.0

    def give(self, person: str, chosen: int) -> None:
        """Let somebody have these turns and no other."""
        for places, taker in ((self.held[person] & ~chosen, _NOBODY), (chosen & ~self.held[person], person)):
            for place in _list_places(places):
                self.move(place, taker)

    def give_back(self, holders: Sequence[str]) -> None:
        """Let all turns be whose they were."""
        for place, holder in enumerate(holders):
            if self.holders[place] != holder:
                self.move(place, holder)

    def choose_turns(self, person: str, costs: Mapping[int, float], wanted: int | None = None) -> int | None:
        """Of places with costs those that somebody can have at once for the least: `wanted` many, or any number."""
        self.looks -= _LOOKS_AT_LEAST
        # Of the turns of a day the one that costs least is enough.
        by_day = {
            self.days[place]: place for place in sorted(costs, key=lambda place: (-costs[place], -place))
        }
        places = [place for place in sorted(by_day.values()) if self.can_ever(person, place)]
        most = len(places) if wanted is None else wanted
        # From each place on: by number of turns (if wanted), month of the last and turns in it, the least cost and the turns.
        ways: list[dict[tuple[int, int, int], _Way]] = [{} for _ in range(len(places) + 1)]
        ways[0][0, 0, 0] = (0.0, 0)
        for index, place in enumerate(places):
            here, month, room = ways[index], self.months[place], self.find_room(person, place)
            self.looks -= len(here)
            after = bisect_left(places, (self.near[place] | 1 << place).bit_length(), index + 1)
            for (number, last, used), way in here.items():
                _keep_way(ways[index + 1], (number, last, used), way)
                inside = used + 1 if last == month else 1
                if number < most and inside <= room:
                    counted = 0 if wanted is None else number + 1
                    state = (counted, month, inside) if room < most else (counted, 0, 0)
                    _keep_way(ways[after], state, (way[0] + costs[place], way[1] | 1 << place))
        found = [way for (number, _, _), way in ways[-1].items() if number == (wanted or 0)]
        return min(found)[1] if found else None


_Way = tuple[float, int]


def _keep_way(ways: dict[tuple[int, int, int], _Way], state: tuple[int, int, int], way: _Way) -> None:
    """Keep a way to a state that costs less than the one that is known."""
    if state not in ways or way < ways[state]:
        ways[state] = way


def _list_places(held: int) -> Iterator[int]:
    """The places of a set, first to last."""
    while held:
        least = held & -held
        yield least.bit_length() - 1
        held ^= least


def _find_distance(held: int, place: int) -> int:
    """How many places lie between one and the nearest of a set."""
    above, below = held >> place, held & (1 << place) - 1
    return min((above & -above).bit_length() or 1 << 30, place - below.bit_length() + 2 if below else 1 << 30)


def _list_groups(signs: Sequence[Any]) -> Iterator[int]:
    """For each place those with the same sign, itself too; signs are sorted."""
    return ((1 << bisect_right(signs, sign)) - (1 << bisect_left(signs, sign)) for sign in signs)
