"""What kb can do for support shifts; each knows the rotas, the plan and the day by `open_shifts`."""

from collections.abc import Iterable
from datetime import date

from kbcli.config import Config
from kbcli.errors import KbError, UsageError
from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base, keep_changes
from kbcli.support.shifts.board import find_last_day
from kbcli.support.shifts.plan import Plan, Seat, SeatChange, load_plan, write_plan
from kbcli.support.shifts.planning import Unfilled
from kbcli.support.shifts.roster import Member, Roster, find_member, load_roster


class Shifts(NamedTuple):
    """The rotas and the plan of a knowledge base, as they are on disk."""

    config: Config
    roster: Roster
    plan: Plan

    def find_person(self, who: str) -> Member:
        """The person of the rotas whom a name or address calls. Raises KbError, with the names there are."""
        if (member := find_member(self.config, self.roster, who)) is not None:
            return member
        raise KbError(f"“{who}” is in no rota", f"In them are: {', '.join(self.roster.members)}.")

    def covers(self, seat: Seat, day: date) -> bool:
        """Whether a seat's turn takes in a day."""
        return seat.day <= day <= find_last_day(self.roster, seat)


class ChangedShifts(NamedTuple):
    """What became of the plan: the seats that changed, and those that nobody has, each with why, by person.

    `written` are the files that were written, from the knowledge base; `until` is the last day that was planned.
    """

    changes: tuple[SeatChange, ...]
    unfilled: tuple[Unfilled, ...] = ()
    written: tuple[str, ...] = ()
    until: date | None = None


def open_shifts(kb: Base) -> Shifts:
    """The rotas and the plan now. Raises NoRosterError, RosterError, PlanError."""
    config = kb.config
    return Shifts(config, load_roster(config, kb.today), load_plan(config))


def keep_plan(
    kb: Base, shifts: Shifts, after: Plan, subject: str, *, others: Iterable[str] = (), commit: bool
) -> tuple[str, ...]:
    """Write what changed of the plan, beside files that are written already (`others`); all of their paths."""
    written = (*others, *write_plan(shifts.config, shifts.plan, after))
    if written:
        keep_changes(kb, shifts.config, written, subject, commit=commit)
    return written


def find_seats(shifts: Shifts, text: str) -> list[Seat]:
    """The seats that a day, or a day with the name of a rota or a seat, calls: `2027-01-04`, `2027-01-04-tier-two-0`.

    Raises UsageError for what is no day, KbError where no seat begins then.
    """
    day, label = text[:10], text[10:].removeprefix("-")
    try:
        begins = date.fromisoformat(day)
    except ValueError:
        raise UsageError(f"“{text}” is no shift", "Name it by its day: 2027-01-04.") from None
    found = [
        seat
        for seat in shifts.plan.values()
        if seat.day == begins and label in ("", seat.label, seat.label.rpartition("-")[0])
    ]
    if not found:
        during = [seat.name for seat in shifts.plan.values() if shifts.covers(seat, begins)]
        hint = f"The one that is on then is {during[0]}." if during else "kb shift list has all of them."
        raise KbError(f"no shift begins on {text}", hint)
    return found
