"""Shift swap: two people change places, or one takes a shift over."""

from kbcli.errors import KbError, RefusedError, UsageError
from kbcli.operations.base import Base
from kbcli.operations.shift import ChangedShifts, Shifts, find_seats, keep_plan, open_shifts
from kbcli.support.shifts.board import find_last_day
from kbcli.support.shifts.plan import Seat, compare_plans
from kbcli.support.shifts.roster import find_member
from kbcli.support.shifts.swaps import hand_over_seat, swap_seats


def swap_shifts(kb: Base, shift: str, other: str, *, commit: bool = False) -> ChangedShifts:
    """Let the holders of two shifts change places; `other` is a shift, or the person who takes the first over.

    A shift is named by its first day (`2027-01-04`) or, where several begin then, as `2027-01-04-1`.
    The same again undoes it. Raises RefusedError, with why, where somebody cannot; KbError, UsageError.
    """
    shifts = open_shifts(kb)
    first = _choose_seat(kb, shifts, shift)
    if (member := find_member(shifts.config, shifts.roster, other)) is not None:
        after = hand_over_seat(shifts.roster, shifts.plan, first, member.key)
        subject = f"Hand shift {first.name} over to {member.key}"
    else:
        try:
            second = _choose_seat(kb, shifts, other)
        except UsageError:
            raise KbError(
                f"“{other}” is no day, and nobody of the rotas", "Name a shift or a person."
            ) from None
        after = swap_seats(shifts.roster, shifts.plan, first, second)
        subject = f"Swap shifts {first.name} and {second.name}"
    changes = compare_plans(shifts.plan, after)
    return ChangedShifts(changes, written=keep_plan(kb, shifts, after, subject, commit=commit))


def _choose_seat(kb: Base, shifts: Shifts, text: str) -> Seat:
    seats = find_seats(shifts, text)
    if len(seats) > 1:
        names = ", ".join(f"{seat.name} ({seat.person or 'nobody'})" for seat in seats)
        raise UsageError(f"several shifts begin on {text}", f"Name one: {names}.")
    if find_last_day(shifts.roster, seats[0]) < kb.today:
        raise RefusedError(f"{seats[0].name} is over", "What is past stays as it was.")
    return seats[0]
