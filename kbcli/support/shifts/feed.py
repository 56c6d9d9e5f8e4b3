"""The plan as a calendar (iCalendar, RFC 5545) that people subscribe to. Needs the extra `shifts`.

Only who has a shift in the end is in it. The bytes follow from the files and their history: the time of an
event is that of the commit that last changed its seat, its sequence how often the holder changed.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from kbcli.config import Config
from kbcli.errors import need_extra
from kbcli.foundation.git.log import find_versions
from kbcli.foundation.git.objects import read_blobs
from kbcli.foundation.typed import NamedTuple
from kbcli.support.shifts.hours import find_hours
from kbcli.support.shifts.plan import PlanError, Seat, SeatKey, name_month, parse_month
from kbcli.support.shifts.roster import Roster


class SeatPast(NamedTuple):
    """What git knows of a seat: when it changed last (UTC), and how often its holder changed."""

    changed: datetime
    swaps: int


def trace_seats(config: Config, seats: Iterable[Seat]) -> dict[SeatKey, SeatPast]:
    """What became of each seat so far; one that git does not know as it is now changed when its own day began."""
    now = {seat.key: seat for seat in seats}
    pasts: dict[SeatKey, SeatPast] = {}
    for path in sorted({name_month(key[0]) for key in now}):
        known: dict[SeatKey, Seat] = {}
        versions = find_versions(config.root, path).versions.get(path, ())
        blobs = read_blobs(config.root, {version.blob for version in versions if version.blob})
        for version in reversed(versions):
            moment = datetime.fromtimestamp(version.commit.seconds, UTC)
            known = _take_version(pasts, known, blobs.get(version.blob, b""), path, moment)
        for key, seat in now.items():
            if name_month(key[0]) == path and known.get(key) != seat:
                swaps = pasts[key].swaps + 1 if key in pasts else 0
                pasts[key] = SeatPast(datetime.combine(seat.day, time(), UTC), swaps)
    return pasts


def _take_version(
    pasts: dict[SeatKey, SeatPast], known: dict[SeatKey, Seat], data: bytes, path: str, moment: datetime
) -> dict[SeatKey, Seat]:
    """Note what a version of a month changed; its seats. One that cannot be read changed nothing."""
    try:
        seats = parse_month(data.decode("utf-8", "replace"), path)
    except PlanError:
        return known
    for key, seat in seats.items():
        before = known.get(key)
        if before != seat:
            swaps = pasts[key].swaps if key in pasts else 0
            swaps += before is not None and before.person != seat.person
            pasts[key] = SeatPast(moment, swaps)
    return seats


def compose_feed(config: Config, roster: Roster, seats: Iterable[Seat], name: str = "") -> bytes:
    """The calendar of these seats, those that nobody has left out. Raises KbError where the extra is not installed."""
    with need_extra("a calendar feed", "shifts"):
        from icalendar import Calendar, Event
    taken = [seat for seat in seats if seat.person]
    pasts = trace_seats(config, taken)
    calendar = Calendar()
    calendar.add("prodid", "-//kb//shifts//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name or f"{config.title or 'Support'}: shifts")
    calendar.add("refresh-interval", timedelta(hours=12), parameters={"value": "DURATION"})
    for seat in taken:
        rota = roster.find_rota(seat.label)
        event = Event()
        event.add("uid", f"{seat.name}@{_slug(config.title)}")
        event.add("dtstamp", pasts[seat.key].changed)
        event.add("sequence", pasts[seat.key].swaps)
        event.add("summary", _summarise(seat, rota.name if rota else ""))
        event.add("transp", "TRANSPARENT")
        hours = None if rota is None else find_hours(rota, seat)
        if hours is None or hours.is_whole:
            last = seat.day if hours is None else hours.last
            event.add("dtstart", seat.day)
            event.add("dtend", last + timedelta(days=1))
        else:
            event.add("dtstart", hours.start)
            event.add("dtend", hours.end)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _summarise(seat: Seat, rota: str) -> str:
    buddy = f" (buddy: {seat.buddy})" if seat.buddy else ""
    return f"{rota or 'Support'}: {seat.person}{buddy}"


def _slug(title: str) -> str:
    return (
        "-".join("".join(letter if letter.isalnum() else " " for letter in title.casefold()).split()) or "kb"
    )
