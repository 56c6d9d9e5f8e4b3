"""The plan: who takes which seat, as committed text. support/shifts/2027-01.tsv has one line a seat.

A line is date, seat, person, buddy and, where somebody else was planned first, that person; tab-separated.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from kbcli.config import Config
from kbcli.errors import ConfigError
from kbcli.foundation.disk.files import create_file, list_names, replace_file
from kbcli.foundation.typed import NamedTuple, compile_late
from kbcli.support.shifts.roster import FOLDER

PLAN_FOLDER = f"{FOLDER}/shifts"
_NAME = compile_late(r"\d{4}-\d{2}\.tsv\Z")
_LABEL = compile_late(r"(?:[a-z][a-z0-9-]*-)?\d{1,3}\Z")
_HEAD = "# date\tseat\tperson\tbuddy\tfirst planned\n"
_MOST_BYTES = 4_000_000

SeatKey = tuple[date, str]
"""What tells a seat from all others: its first day, and what the plan calls it."""


class PlanError(ConfigError):
    """A file of the plan cannot be used; `path` is from the knowledge base, `line` counts from 1."""

    def __init__(self, path: str, line: int, reason: str, hint: str) -> None:
        super().__init__(f"{path}:{line}: {reason}", hint)
        self.path = path
        self.line = line
        self.reason = reason


class Seat(NamedTuple):
    """One seat of one turn: who takes it ("" for nobody), with whom, and who was planned first ("" for the same)."""

    day: date
    label: str
    person: str = ""
    buddy: str = ""
    original: str = ""

    @property
    def key(self) -> SeatKey:
        """What tells it from all others."""
        return self.day, self.label

    @property
    def name(self) -> str:
        """What people call it, and what its debrief is called: `2027-01-04-0`."""
        return f"{self.day}-{self.label}"

    def give(self, person: str) -> "Seat":
        """The seat when another takes it; who was planned first stays known."""
        original = self.original or self.person
        return self._replace(person=person, original="" if original == person else original)


Plan = Mapping[SeatKey, Seat]


class SeatChange(NamedTuple):
    """What became of a seat: before (None where it is new), after (None where it is gone)."""

    before: Seat | None
    after: Seat | None

    @property
    def seat(self) -> Seat:
        """The seat as it is now, or was last."""
        seat = self.after or self.before
        assert seat is not None
        return seat

    @property
    def people(self) -> tuple[str, ...]:
        """Whoever sees another future than before: holders and buddies, old and new."""
        sides = [(seat.person, seat.buddy) if seat else ("", "") for seat in (self.before, self.after)]
        return tuple(dict.fromkeys(name for name in (*sides[0], *sides[1]) if name and sides[0] != sides[1]))


def compare_plans(before: Plan, after: Plan) -> tuple[SeatChange, ...]:
    """What differs between two plans, by day and seat."""
    keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return tuple(SeatChange(before.get(key), after.get(key)) for key in keys)


def sort_seats(seats: Iterable[Seat]) -> list[Seat]:
    """Seats by day, then by rota, then by number."""
    return sorted(seats, key=lambda seat: (seat.day, *_split_label(seat.label)))


def _split_label(label: str) -> tuple[str, int]:
    name, _, number = label.rpartition("-")
    return name, int(number)


def name_month(day: date) -> str:
    """The path of the file with the seats that begin in the month of a day."""
    return f"{PLAN_FOLDER}/{day:%Y-%m}.tsv"


def list_months(config: Config) -> list[str]:
    """The paths of the files of the plan, oldest first. Raises OutsidePathError."""
    return [f"{PLAN_FOLDER}/{name}" for name in list_names(config.locate(PLAN_FOLDER)) if _NAME.match(name)]


def load_plan(config: Config) -> dict[SeatKey, Seat]:
    """All of the plan. Raises PlanError with its line, OutsidePathError."""
    plan: dict[SeatKey, Seat] = {}
    for path in list_months(config):
        plan |= parse_month(_read(config, path).decode("utf-8", "strict"), path)
    return plan


def _read(config: Config, path: str) -> bytes:
    try:
        with open(config.locate(path), "rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
        data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(path, 1, f"it cannot be read: {error}", "It must be readable UTF-8.") from error
    if len(data) > _MOST_BYTES:
        raise PlanError(path, 1, "it is too long for a month", "Mend or delete it.")
    return data


def parse_month(text: str, path: str) -> dict[SeatKey, Seat]:
    """The seats of one file; lines that begin with # are talk. Raises PlanError with its line."""
    seats: dict[SeatKey, Seat] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        seat = _parse_line(line, path, number)
        if seat.key in seats:
            hint = "Two branches planned it: keep one line."
            raise PlanError(path, number, f"seat {seat.name} stands twice", hint)
        seats[seat.key] = seat
    return seats


def _parse_line(line: str, path: str, number: int) -> Seat:
    cells = [cell.strip() for cell in line.split("\t")]
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        raise PlanError(path, number, "it holds a merge conflict", "Keep one line of each seat.")
    if not 2 <= len(cells) <= 5:
        hint = "A line is date, seat, person, buddy, first planned, tab-separated."
        raise PlanError(path, number, f"it has {len(cells)} fields", hint)
    day, label, *names = cells
    try:
        begins = date.fromisoformat(day)
    except ValueError:
        raise PlanError(path, number, f"“{day}” is no day", "Write it as 2027-01-04.") from None
    if not _LABEL.match(label):
        raise PlanError(path, number, f"“{label}” is no seat", "Write it as 0 or tier-two-0.")
    if not path.endswith(f"{day[:7]}.tsv"):
        raise PlanError(path, number, f"{day} is of another month", f"Move the line to {name_month(begins)}.")
    if not all(name.isprintable() for name in names):
        raise PlanError(path, number, "a name has characters that do not print", "Mend the name.")
    return Seat(begins, label, *names)


def format_month(seats: Iterable[Seat]) -> str:
    """The text of a file with these seats, a line of air between any two: else git takes changes of neighbours for a conflict."""
    lines = [
        "\t".join((str(seat.day), seat.label, seat.person, seat.buddy, seat.original)).rstrip("\t")
        for seat in sort_seats(seats)
    ]
    return _HEAD + "".join(f"\n{line}\n" for line in lines)


def write_plan(config: Config, before: Plan, after: Plan) -> list[str]:
    """Write the files of the months in which two plans differ; their paths. Raises RefusedError, OSError.

    A file that changed since it was read is refused.
    """
    months = {name_month(change.seat.day) for change in compare_plans(before, after)}
    for path in sorted(months):
        seats = [seat for seat in after.values() if name_month(seat.day) == path]
        full, data = config.locate(path), format_month(seats).encode()
        if full.exists():
            had = _read(config, path)
            was = {key: seat for key, seat in before.items() if name_month(key[0]) == path}
            if parse_month(had.decode(), path) != was:
                raise PlanError(path, 1, "it changed while kb was working on it", "Run it again.")
            replace_file(full, data, expected=had)
        else:
            create_file(full, data)
    return sorted(months)
