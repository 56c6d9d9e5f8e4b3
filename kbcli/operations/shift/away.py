"""Shift away: somebody is not there, and others take their shifts of those days."""

from kbcli.errors import UsageError
from kbcli.operations.base import Base
from kbcli.operations.shift import ChangedShifts, keep_plan, open_shifts
from kbcli.support.shifts.plan import compare_plans
from kbcli.support.shifts.planning import mend_plan
from kbcli.support.shifts.roster import parse_span, with_absence
from kbcli.support.shifts.roster_edit import add_absence


def note_absence(kb: Base, who: str, days: str, *, commit: bool = False) -> ChangedShifts:
    """Write into shifts.toml that somebody is away (`2027-02-01..2027-02-12`, or one day), and give away their shifts then.

    Nobody writes why. Raises UsageError for what are no days, KbError for somebody unknown.
    """
    shifts = open_shifts(kb)
    member = shifts.find_person(who)
    try:
        span = parse_span(days)
    except ValueError as error:
        raise UsageError(str(error), "Use 2027-02-01..2027-02-12, or one day.") from None
    if span.last < kb.today:
        raise UsageError(f"{span} is past", "Name days to come.")
    mended = mend_plan(with_absence(shifts.roster, member.key, span), shifts.plan, kb.today)
    path = () if span in member.away else (add_absence(shifts.config, member.key, span),)
    subject = f"{member.key} is away {span}"
    written = keep_plan(kb, shifts, mended.plan, subject, others=path, commit=commit)
    return ChangedShifts(compare_plans(shifts.plan, mended.plan), mended.unfilled, written)
