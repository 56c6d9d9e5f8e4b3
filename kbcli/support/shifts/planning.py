"""Planning: who takes which seat, fair to the bound, forwards, and never reshuffling what is published.

No randomness and no clock: the same rotas and the same plan give the same answer. Each seat goes to the
person furthest behind their share; ties go to who was longest without one, then by the order of names in
the rota. An absence as long as `leave` is not caught up, a shorter one is.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date

from kbcli.foundation.typed import NamedTuple
from kbcli.support.shifts.board import Board, Turn, add_shares, list_turns
from kbcli.support.shifts.fairness import even_out
from kbcli.support.shifts.pairing import pair_seats
from kbcli.support.shifts.plan import Plan, Seat, sort_seats
from kbcli.support.shifts.roster import Roster, Rota

_FULL_ROOM = 21


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
    ends = {
        name: max((key[0] for key, turn in board.turns.items() if turn.rota.name == name), default=date.min)
        for name in roster.by_name
    }
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
    fill_by_buddies(board, first)
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


def fill_by_buddies(board: Board, first: date) -> None:
    """Give seats that stay empty from a day on to who accompanies somebody then: a shift needs its holder more than a buddy."""
    for key in sorted(key for key, turn in board.turns.items() if key[0] >= first and not board.holder(turn)):
        turn = board.turns[key]
        for person in turn.rota.people:
            let_go = board.find_accompanied(person, turn)
            if (
                let_go
                and all(other[0] >= first for other in let_go)
                and board.try_instead(person, turn, let_go)
            ):
                break


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
    """Give new turns at the end of the plan, earliest first, each to who is furthest behind and can take it."""
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
