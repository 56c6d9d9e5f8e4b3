"""Absences from a calendar file in the repository (iCalendar, RFC 5545), repeated ones too. Needs the extra `shifts`."""

import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from kbcli.config import Config
from kbcli.errors import OutsidePathError, need_extra
from kbcli.foundation.calendar import add_days
from kbcli.support.shifts.roster import FOLDER, Roster, RosterError, Span

_DAYS_BACK, _DAYS_AHEAD = 400, 1200
_MOST_BYTES = 5_000_000
_MOST_EVENTS = 10_000


def add_calendars(config: Config, roster: Roster, today: date) -> Roster:
    """The roster with the absences of each person's calendar file from a year back to three ahead.

    Only days are taken over: neither what an event is called nor why. Raises RosterError, with the line that names
    the file; KbError where the extra is not installed.
    """
    members = dict(roster.members)
    for key, member in members.items():
        if member.calendar:
            line = roster.find_line("people", key, "calendar")
            data = _read(config, member.calendar, line)
            spans = read_absences(data, add_days(today, -_DAYS_BACK), add_days(today, _DAYS_AHEAD), line)
            members[key] = replace(member, away=tuple(sorted({*member.away, *spans})))
    return replace(roster, members=members)


def _read(config: Config, name: str, line: int) -> bytes:
    try:
        path = config.locate(os.path.join(FOLDER, name))
        with open(path, "rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        hint = f"Name a file below {FOLDER}/."
        raise RosterError(f"{name} cannot be read: {error.strerror}", hint, line) from None
    except OutsidePathError as error:
        raise RosterError(error.message, error.hint, line) from None
    if len(data) > _MOST_BYTES:
        raise RosterError(f"{name} is too long", "Export only absences.", line)
    return data


def read_absences(data: bytes, first: date, last: date, line: int = 1) -> set[Span]:
    """The days that the events of a calendar take between two days; cancelled ones and those that leave free do not.

    An event with times takes each day that it touches in its own time zone.
    """
    with need_extra("reading a calendar file", "shifts"):
        import icalendar
        import recurring_ical_events
    try:
        calendar: Any = icalendar.Calendar.from_ical(data)
        events = recurring_ical_events.of(calendar, skip_bad_series=True).between(first, last)
        return {_read_span(event) for event in events[:_MOST_EVENTS] if _takes_time(event)}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise RosterError(
            f"the calendar cannot be read: {error}", "Export it again as iCalendar (.ics).", line
        ) from None


def _takes_time(event: Any) -> bool:
    status, transparency = str(event.get("STATUS", "")).upper(), str(event.get("TRANSP", "")).upper()
    return status != "CANCELLED" and transparency != "TRANSPARENT"


def _read_span(event: Any) -> Span:
    start, end = event["DTSTART"].dt, event["DTEND"].dt if "DTEND" in event else event["DTSTART"].dt
    if not isinstance(start, datetime):
        return Span(start, max(start, end - timedelta(days=1)))
    ends_at_midnight = end > start and (end.hour, end.minute, end.second) == (0, 0, 0)
    return Span(start.date(), (end - timedelta(days=1)).date() if ends_at_midnight else end.date())
