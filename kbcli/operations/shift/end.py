"""Shift end: what a shift left in the cards is found in git and written down; or why it left nothing."""

from datetime import timedelta

from kbcli.errors import KbError, RefusedError
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.past.since import list_contributions
from kbcli.operations.base import Base, keep_changes
from kbcli.operations.shift import Shifts, find_seats, open_shifts
from kbcli.support.shifts.debriefs import (
    Contribution,
    Debrief,
    check_reason,
    list_debriefs,
    write_debrief,
)
from kbcli.support.shifts.plan import Seat, sort_seats
from kbcli.support.shifts.planning import find_last_day
from kbcli.support.shifts.roster import Member

_DAYS_AFTER = 3


class EndedShift(NamedTuple):
    """A shift that was ended, what it left, and the file that says so."""

    seat: Seat
    debrief: Debrief
    path: str


def end_shift(
    kb: Base,
    *,
    who: str | None = None,
    shift: str | None = None,
    nothing: str | None = None,
    commit: bool = False,
) -> EndedShift:
    """End somebody's last shift (`who`: who acts, by git), or the one named: write down what it left.

    That is what they committed to the cards from its first day to three days after its last; where there is nothing, `nothing`
    says why. To end it again writes it anew. Raises RefusedError where neither is there, KbError where there is no such shift.
    """
    shifts = open_shifts(kb)
    person = shifts.find_person(kb.find_actor(who))
    seat = _choose_seat(kb, shifts, person, shift)
    last = min(kb.today, find_last_day(shifts.roster, seat) + timedelta(days=_DAYS_AFTER))
    changes = list_contributions(shifts.config, (person.key, person.email), seat.day, last)
    found = tuple(Contribution(change.kind, change.id) for change in changes)
    reason = "" if nothing is None else check_reason(nothing)
    if not found and not reason:
        hint = "Put what was learned into a card, commit it, and end the shift then; or say why not: --nothing REASON"
        raise RefusedError(f"no commit of {person.key} changed a card from {seat.day} to {last}", hint)
    debrief = Debrief(seat.name, seat.person, str(kb.today), found, reason)
    path = write_debrief(shifts.config, seat, debrief)
    keep_changes(kb, shifts.config, (path,), f"End shift {seat.name}", commit=commit)
    return EndedShift(seat, debrief, path)


def _choose_seat(kb: Base, shifts: Shifts, person: Member, shift: str | None) -> Seat:
    """The named shift of somebody, else their oldest that began and is not ended, else their last that began."""
    pool = find_seats(shifts, shift) if shift is not None else sort_seats(shifts.plan.values())
    begun = [seat for seat in pool if seat.person == person.key and seat.day <= kb.today]
    if not begun:
        what = (
            f"“{shift}” is no shift of {person.key} that has begun"
            if shift
            else (f"no shift of {person.key} has begun")
        )
        raise KbError(what, "kb shift list --who shows what is planned.")
    done = list_debriefs(shifts.config)
    recent = [seat for seat in begun if seat.name not in done and (kb.today - seat.day).days <= 60]
    return recent[0] if recent else begun[-1]
