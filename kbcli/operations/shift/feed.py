"""Shift feed: the plan as a calendar to subscribe to."""

from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base
from kbcli.operations.shift import open_shifts
from kbcli.support.shifts.feed import compose_feed
from kbcli.support.shifts.plan import Seat, sort_seats


class Feed(NamedTuple):
    """A calendar in iCalendar's form, and the seats that are in it."""

    text: str
    seats: tuple[Seat, ...]


def feed_shifts(kb: Base, *, who: str | None = None) -> Feed:
    """The calendar of the whole plan, or of the shifts that one person takes or accompanies.

    Raises KbError where the extra `shifts` is not installed, and for somebody unknown.
    """
    shifts = open_shifts(kb)
    person = "" if who is None else shifts.find_person(who).key
    seats = [
        seat
        for seat in sort_seats(shifts.plan.values())
        if seat.person and (not person or person in (seat.person, seat.buddy))
    ]
    text = compose_feed(shifts.config, shifts.roster, seats, person).decode("utf-8")
    return Feed(text, tuple(seats))
