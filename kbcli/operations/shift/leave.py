"""Shift leave: somebody stops taking shifts, and others take those that come after."""

from kbcli.operations.base import Base, read_day
from kbcli.operations.shift import ChangedShifts, keep_plan, open_shifts
from kbcli.support.shifts.plan import compare_plans
from kbcli.support.shifts.planning import mend_plan
from kbcli.support.shifts.roster import with_leaving
from kbcli.support.shifts.roster_edit import set_leaving


def note_leaving(kb: Base, who: str, last: str, *, commit: bool = False) -> ChangedShifts:
    """Write somebody's last day into shifts.toml, and give away the shifts they have after it; no others move.

    Raises UsageError for what is no day, KbError for somebody unknown.
    """
    shifts = open_shifts(kb)
    member, day = shifts.find_person(who), read_day(last, "the last day")
    mended = mend_plan(with_leaving(shifts.roster, member.key, day), shifts.plan, kb.today)
    path = set_leaving(shifts.config, member.key, day)
    subject = f"{member.key} takes shifts up to {day}"
    written = keep_plan(kb, shifts, mended.plan, subject, others=(path,), commit=commit)
    return ChangedShifts(compare_plans(shifts.plan, mended.plan), mended.unfilled, written)
