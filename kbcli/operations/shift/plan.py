"""Shift plan: fill the coming weeks, and move nothing that is published."""

from datetime import timedelta

from kbcli.errors import UsageError
from kbcli.operations.base import Base, read_day
from kbcli.operations.shift import ChangedShifts, keep_plan, open_shifts
from kbcli.support.shifts.plan import compare_plans
from kbcli.support.shifts.planning import fill_plan
from kbcli.support.shifts.roster import ROSTER_PATH

_MOST_DAYS = 800


def plan_shifts(
    kb: Base, *, until: str | None = None, dry_run: bool = False, commit: bool = False
) -> ChangedShifts:
    """Plan from today to the horizon of shifts.toml, or up to a day (`until`), that day included.

    What is there stays, but for seats whose holder cannot be there at all. `dry_run` writes nothing, `commit` commits
    shifts.toml with the plan.
    Raises UsageError for a day that is none, is past, or lies too far ahead.
    """
    shifts, today = open_shifts(kb), kb.today
    last = today + timedelta(days=shifts.roster.publish) if until is None else read_day(until, "--until")
    if not 0 <= (last - today).days <= _MOST_DAYS:
        raise UsageError(
            f"--until is {last}", f"It must be from {today} on, at most {_MOST_DAYS} days ahead."
        )
    filled = fill_plan(shifts.roster, shifts.plan, today, last)
    changes = compare_plans(shifts.plan, filled.plan)
    written: tuple[str, ...] = ()
    if not dry_run:
        # A plan in git whose rotas are not there is of no use to anybody.
        others = [ROSTER_PATH] if commit and changes else []
        written = keep_plan(
            kb, shifts, filled.plan, f"Plan shifts up to {last}", others=others, commit=commit
        )
    return ChangedShifts(changes, filled.unfilled, written, last)
