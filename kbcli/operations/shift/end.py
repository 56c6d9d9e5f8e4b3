"""Shift end: what a shift left in the cards is found in git and written down; or why it left nothing."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from kbcli.config import Config
from kbcli.errors import KbError, RefusedError
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.past.since import list_contributions
from kbcli.operations.base import Base, keep_changes
from kbcli.operations.gaps import list_gaps
from kbcli.operations.link import keep_lines
from kbcli.operations.shift import Shifts, find_seats, open_shifts
from kbcli.support.links.failed_searches import list_failed_searches
from kbcli.support.links.gaps import gather_gaps
from kbcli.support.links.lines import NONE, LinkLine, make_id, read_lines, read_question
from kbcli.support.links.own import list_own_files, list_own_lines
from kbcli.support.shifts.board import find_last_day
from kbcli.support.shifts.debriefs import (
    Contribution,
    Debrief,
    check_reason,
    list_debriefs,
    write_debrief,
)
from kbcli.support.shifts.plan import Seat, sort_seats
from kbcli.support.shifts.roster import Member

_DAYS_AFTER = 3
_MOST_OFFERED = 50
_DAYS_OPEN = 60


Confirm = Callable[[str], bool]


class EndedShift(NamedTuple):
    """A shift that was ended, what it left, and the file that says so.

    `searches` are what was asked in vain in this clone during it and is no gap yet; `unanswered` are the gaps of its
    tickets that nobody writes a card for: what was answered without one; `open` are the shifts that they have not ended either.
    """

    seat: Seat
    debrief: Debrief
    path: str
    searches: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


def end_shift(
    kb: Base,
    *,
    who: str | None = None,
    shift: str | None = None,
    nothing: str | None = None,
    commit: bool = False,
    confirm: Confirm | None = None,
    explain: Callable[[], str] | None = None,
) -> EndedShift:
    """End somebody's last shift (`who`: who acts, by git), or the one named: write down what it left.

    That is what they committed to the cards from its first day to three days after its last, and the gaps that this clone noted
    in that time; `confirm` is asked of each search in vain whether it is a gap, too. Where there is nothing, `nothing`
    says why, or who is asked to `explain` it. To end it again writes it anew. Raises RefusedError where neither is there, KbError where there is no such shift.
    """
    shifts = open_shifts(kb)
    config = shifts.config
    person = shifts.find_person(kb.find_actor(who))
    seat = _choose_seat(kb, shifts, person, shift)
    last = min(kb.today, find_last_day(shifts.roster, seat) + timedelta(days=_DAYS_AFTER))
    reason = "" if nothing is None else check_reason(nothing)
    changes = list_contributions(config, (person.key, person.email), seat.day, last)
    found = [Contribution(change.kind, change.id) for change in changes]
    searches = _list_searches(kb, config, seat.day, last)
    _note_gaps(kb, config, [asked for asked in searches if confirm is not None and confirm(asked)])
    own = [line for line in list_own_lines(config.root, config.boundary) if seat.day <= line.on <= last]
    gaps = dict.fromkeys(line.asked for line in own if line.outcome == NONE)
    found += [Contribution("gap", asked) for asked in gaps]
    left = tuple(asked for asked in searches if asked not in gaps)
    if not found and not reason and explain is not None:
        reason = check_reason(explain())
    if not found and not reason:
        hint = "Put what was learned into a card, commit it, and end the shift then; or say why not: --nothing REASON"
        searched = f"; searched for in vain: {', '.join(f'“{asked}”' for asked in left)}" if left else ""
        raise RefusedError(
            f"no commit of {person.key} changed a card from {seat.day} to {last}{searched}", hint
        )
    debrief = Debrief(seat.name, seat.person, str(kb.today), tuple(found), reason)
    path = write_debrief(config, seat, debrief)
    # What was linked on the shift is of use to others only when they have it.
    keep_changes(kb, config, (path, *list_own_files(config.root)), f"End shift {seat.name}", commit=commit)
    others = tuple(one.name for one in _list_open(kb, shifts, person) if one != seat)
    return EndedShift(seat, debrief, path, left, _list_unanswered(config, own), others)


def _list_searches(kb: Base, config: Config, first: date, last: date) -> list[str]:
    """What was searched for in vain in this clone between two days, in its words, where no card fits by now and no gap says so."""
    kept = list_failed_searches(config.root, first)
    words = {one.asked.casefold() for one in kept if one.on <= last}
    if not words:
        return []
    noted = {line.asked.casefold() for line in read_lines(config.root, config.boundary)[0]}
    rows = list_gaps(kb, limit=_MOST_OFFERED).rows
    return [gap.asked for gap in rows if gap.asked.casefold() in words - noted and not gap.tickets]


def _note_gaps(kb: Base, config: Config, asked: Sequence[str]) -> None:
    """Write gaps without a ticket."""
    lines = [LinkLine(make_id(), kb.today, "", outcome=NONE, asked=read_question(text)) for text in asked]
    if lines:
        keep_lines(kb, config, lines, "Note gaps", commit=False)


def _list_unanswered(config: Config, own: Sequence[LinkLine]) -> tuple[str, ...]:
    lines = read_lines(config.root, config.boundary)[0]
    open_gaps = {gap.asked.casefold() for gap in gather_gaps(lines, ()) if not gap.taken}
    asked = dict.fromkeys(line.asked for line in own if line.outcome == NONE and line.ticket)
    return tuple(text for text in asked if text.casefold() in open_gaps)


def _choose_seat(kb: Base, shifts: Shifts, person: Member, shift: str | None) -> Seat:
    """The named shift of somebody, else their last that began and is not ended, else their last that began."""
    pool = find_seats(shifts, shift) if shift is not None else sort_seats(shifts.plan.values())
    begun = [seat for seat in pool if seat.person == person.key and seat.day <= kb.today]
    if not begun:
        what = (
            f"“{shift}” is no shift of {person.key} that has begun"
            if shift
            else f"no shift of {person.key} has begun"
        )
        raise KbError(what, "kb shift list --who shows what is planned.")
    return next((seat for seat in reversed(_list_open(kb, shifts, person)) if seat in begun), begun[-1])


def _list_open(kb: Base, shifts: Shifts, person: Member) -> list[Seat]:
    """Somebody's shifts of the last two months that began and are not ended, oldest first."""
    done = list_debriefs(shifts.config)
    return [
        seat
        for seat in sort_seats(shifts.plan.values())
        if seat.person == person.key
        and 0 <= (kb.today - seat.day).days <= _DAYS_OPEN
        and seat.name not in done
    ]
