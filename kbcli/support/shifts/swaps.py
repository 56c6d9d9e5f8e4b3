"""Swaps: two people take each other's seat, or one takes a seat over. Who was planned first stays known."""

from collections.abc import Iterable

from kbcli.errors import RefusedError
from kbcli.support.shifts.board import Board, Turn
from kbcli.support.shifts.pairing import change_places, choose_buddy
from kbcli.support.shifts.plan import Plan, Seat
from kbcli.support.shifts.roster import Roster


def swap_seats(roster: Roster, plan: Plan, first: Seat, second: Seat) -> Plan:
    """The plan in which the holders of two seats have changed places; doing it again undoes it.

    Raises RefusedError, with each reason, where one of them cannot.
    """
    for seat in (first, second):
        if not seat.person:
            raise RefusedError(
                f"nobody has {seat.name}", f"Say who takes it: kb shift swap {seat.name} PERSON."
            )
    if first.person == second.person:
        raise RefusedError(f"both shifts are {first.person}’s", "Name a shift of somebody else.")
    board = Board(roster, plan)
    one, other = _find_turns(board, (first, second))
    reasons = [
        *_ask(board, second.person, one, other),
        *_ask(board, first.person, other, one),
    ]
    _refuse(reasons)
    return change_places(roster, board.turns, plan, first, second)


def hand_over_seat(roster: Roster, plan: Plan, seat: Seat, person: str) -> Plan:
    """The plan in which somebody takes a seat over, with a free buddy whom they meet least; it can be handed back.

    Raises RefusedError with the reason.
    """
    if seat.person == person:
        raise RefusedError(f"{seat.name} is {person}’s already")
    board = Board(roster, plan)
    (turn,) = _find_turns(board, (seat,))
    _refuse(_ask(board, person, turn, None))
    given = {**plan, seat.key: seat.give(person)}
    return given | {seat.key: choose_buddy(roster, board.turns, given, seat.key, seat.person)}


def _find_turns(board: Board, seats: Iterable[Seat]) -> list[Turn]:
    for seat in seats:
        if seat.key not in board.turns:
            raise RefusedError(f"the rota of {seat.name} is gone", "Mend shifts.toml or the plan.")
    return [board.turns[seat.key] for seat in seats]


def _ask(board: Board, person: str, turn: Turn, instead: Turn | None) -> list[str]:
    reason = board.why_not(person, turn, instead=instead)
    return [f"{person} cannot take {turn.first}: {reason}"] if reason else []


def _refuse(reasons: list[str]) -> None:
    if reasons:
        raise RefusedError("; ".join(reasons), "Choose another shift or person; nothing was changed.")
