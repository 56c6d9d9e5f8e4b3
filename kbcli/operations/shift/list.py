"""Shift list: who is on now, with whom, and who is next."""

from datetime import UTC, date, datetime, timedelta

from kbcli.errors import UsageError
from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base, find_utc_day, read_day, read_span
from kbcli.operations.shift import open_shifts
from kbcli.support.shifts.hours import Hours, find_hours
from kbcli.support.shifts.plan import Seat, sort_seats


class ShiftRow(NamedTuple):
    """A seat of the plan, and the hours of its turn; `hours` is None where its rota is gone."""

    seat: Seat
    hours: Hours | None


class ShiftList(NamedTuple):
    """Who is on (at a moment, or on a day where the moment is not known), and what comes after."""

    on: tuple[ShiftRow, ...]
    coming: tuple[ShiftRow, ...]
    day: date
    moment: datetime | None
    who: str = ""
    until: date | None = None


def list_shifts(
    kb: Base, *, who: str | None = None, within: str | None = None, at: str | None = None
) -> ShiftList:
    """Who is on now and who follows `within` a span (four weeks); of one person (`who`) all that is planned.

    `at` is a moment, such as `2027-01-04T09:30Z`; without one the clock says, unless another day than
    today is asked about: then all of that day are on. Raises UsageError.
    """
    shifts = open_shifts(kb)
    moment = _find_moment(kb, at)
    day = kb.today if moment is None else moment.date()
    days = read_span(within)
    last = day + timedelta(days=28 if days is None else days)
    person = "" if who is None else shifts.find_person(who).key
    if person and days is None:
        last = date.max
    rows = []
    for seat in sort_seats(shifts.plan.values()):
        if not person or person in (seat.person, seat.buddy):
            rota = shifts.roster.find_rota(seat.label)
            rows.append(ShiftRow(seat, None if rota is None else find_hours(rota, seat)))
    on = [row for row in rows if _is_on(row, day, moment)]
    coming = [
        row for row in rows if row not in on and day <= row.seat.day <= last and not _is_over(row, moment)
    ]
    return ShiftList(tuple(on), tuple(coming), day, moment, person, None if last == date.max else last)


def _find_moment(kb: Base, at: str | None) -> datetime | None:
    if at is None:
        return datetime.now(UTC) if kb.today == find_utc_day() else None
    try:
        moment = datetime.fromisoformat(at)
        read_day(str(moment.date()), "--at")
    except (ValueError, UsageError):
        raise UsageError(f"--at is “{at}”", "It must be a moment such as 2027-01-04T09:30Z.") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def _is_on(row: ShiftRow, day: date, moment: datetime | None) -> bool:
    if row.hours is None:
        return row.seat.day == day
    if moment is None:
        return row.hours.first <= day <= row.hours.last
    return row.hours.holds(moment)


def _is_over(row: ShiftRow, moment: datetime | None) -> bool:
    return moment is not None and row.hours is not None and row.hours.end <= moment
