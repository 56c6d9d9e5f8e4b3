"""When a turn is on: its days, and the hours of them in the time zone of its rota."""

from datetime import UTC, date, datetime, time, timedelta

from kbcli.foundation.typed import NamedTuple
from kbcli.support.shifts.board import make_turn
from kbcli.support.shifts.plan import Seat
from kbcli.support.shifts.roster import Rota


class Hours(NamedTuple):
    """The days of a turn, and from when to when it is on, in UTC. `local` says the hours of a day in words.

    A turn of a week is on from the start of its first day to the end of its last. Without hours it is
    whole days of the rota's time zone, and `is_whole`.
    """

    first: date
    last: date
    start: datetime
    end: datetime
    local: str
    is_whole: bool

    def holds(self, moment: datetime) -> bool:
        """Whether it is on then."""
        return self.start <= moment < self.end


def find_hours(rota: Rota, seat: Seat) -> Hours:
    """When the turn of a seat is on; a clock that is put back or forward in between is taken into account."""
    from zoneinfo import ZoneInfo

    turn, zone = make_turn(rota, seat.day, seat.label), ZoneInfo(rota.tz)
    if rota.starts is None or rota.each == "week":
        start = datetime.combine(turn.first, rota.starts or time(), zone)
        end = datetime.combine(turn.last + timedelta(days=1), time(), zone)
        local = "" if rota.tz == "UTC" else rota.tz
    else:
        start = datetime.combine(turn.first, rota.starts, zone)
        end = start.astimezone(UTC) + timedelta(hours=rota.hours)
        local = f"{start:%H:%M}–{end.astimezone(zone):%H:%M} {rota.tz}"
    whole = rota.starts is None or rota.each == "week"
    return Hours(turn.first, turn.last, start.astimezone(UTC), end.astimezone(UTC), local, whole)
