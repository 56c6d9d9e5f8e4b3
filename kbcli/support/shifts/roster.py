"""Who takes turns, by which rules: support/shifts.toml. The format is that of the manual's card `shifts`."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path

from kbcli.config import Config
from kbcli.errors import ConfigError
from kbcli.foundation.calendar import parse_date, parse_interval
from kbcli.foundation.typed import Any, NamedTuple, compile_late

FOLDER = "support"
ROSTER_PATH = f"{FOLDER}/shifts.toml"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST_BYTES = 1_000_000
_MOST_SEATS, _MOST_HOURS = 200, 1000.0
_ROTA_NAME = compile_late(r"[a-z][a-z0-9-]*\Z")
_KNOWN = {
    "": ("publish", "leave", "read", "rota", "people"),
    "rota": (
        *("name", "people", "buddies", "each", "days", "seats", "hours", "starts", "tz"),
        *("role", "gap", "cap", "off", "begins"),
    ),
    "people": ("email", "roles", "share", "joins", "leaves", "away", "calendar", "cap"),
}


class RosterError(ConfigError):
    """support/shifts.toml cannot be used; `line` counts from 1, `reason` is the message without the place."""

    def __init__(self, reason: str, hint: str, line: int = 1, path: str = ROSTER_PATH) -> None:
        super().__init__(f"{path}:{line}: {reason}", hint)
        self.reason = reason
        self.line = line


class NoRosterError(ConfigError):
    """There is no support/shifts.toml."""


class Span(NamedTuple):
    """Days, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many there are."""
        return (self.last - self.first).days + 1

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}..{self.last}"


@dataclass(frozen=True, slots=True)
class Member:
    """One person. `key` is what the plan calls them, `share` their weight beside the others of a rota.

    `joins` and `leaves` are their first and last day, `away` the days they are not there, `cap` the
    hours a calendar month that they may take (None: the rota's). `email` is how git knows them.
    """

    key: str
    email: str = ""
    roles: frozenset[str] = frozenset()
    share: float = 1.0
    joins: date = date.min
    leaves: date = date.max
    away: tuple[Span, ...] = ()
    calendar: str = ""
    cap: float | None = None

    def is_member(self, first: date, last: date) -> bool:
        """Whether they take part on all of these days."""
        return self.joins <= first and last <= self.leaves

    def find_absence(self, first: date, last: date) -> Span | None:
        """The first absence that touches these days."""
        for span in self.away:
            if span.first <= last and first <= span.last:
                return span
        return None


@dataclass(frozen=True, slots=True)
class Rota:
    """One rota: whose turn it is `each` day or week, how many seats a turn has, and what each costs.

    `days` are weekdays (Monday is 0); a turn of a week lasts from the first of them to the last.
    `hours` is what a turn counts against `cap`, hours a calendar month; `gap` how many free days lie
    between two turns of one person. `starts` is local time in `tz`; without it a turn is whole days.
    """

    name: str
    people: tuple[str, ...]
    buddies: tuple[str, ...] = ()
    each: str = "day"
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    seats: int = 1
    hours: float = 8.0
    starts: time | None = None
    tz: str = "UTC"
    role: str = ""
    gap: int = 0
    cap: float | None = None
    off: frozenset[date] = frozenset()
    begins: date = date.min

    def label_seat(self, number: int) -> str:
        """What the plan calls one of its seats: `0`, or `tier-two-0` where rotas have names."""
        return f"{self.name}-{number}" if self.name else str(number)


@dataclass(frozen=True)
class Roster:
    """All rotas and people. `publish` is how many days ahead a plan reaches, `leave` how long an absence is not caught up.

    `read` are cards to know before a first shift.
    """

    rotas: tuple[Rota, ...]
    members: Mapping[str, Member]
    publish: int = 56
    leave: int = 28
    read: tuple[str, ...] = ()
    source: str = field(default="", compare=False)

    @cached_property
    def by_name(self) -> Mapping[str, Rota]:
        """The rotas by their names."""
        return {rota.name: rota for rota in self.rotas}

    def find_rota(self, label: str) -> Rota | None:
        """The rota of a seat that the plan calls so, None for one that is gone."""
        return self.by_name.get(label.rpartition("-")[0])

    def find_line(self, *keys: str | int) -> int:
        """The line of shifts.toml on which a setting stands."""
        return find_line(self.source, keys)


def locate_roster(config: Config) -> Path:
    """Where shifts.toml is or would be. Raises OutsidePathError."""
    return config.locate(ROSTER_PATH)


def has_roster(config: Config) -> bool:
    """Whether this knowledge base plans shifts."""
    return os.path.lexists(config.root / ROSTER_PATH)


def load_roster(config: Config, today: date) -> Roster:
    """What support/shifts.toml says, absences from calendar files included.

    Raises NoRosterError where there is none, RosterError with its line for what cannot be used,
    OutsidePathError.
    """
    path = locate_roster(config)
    try:
        with open(path, "rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
        source = data.decode("utf-8-sig")
    except FileNotFoundError:
        hint = f"Copy a rota to {ROSTER_PATH} and write your names in it: kb manual shifts"
        raise NoRosterError(f"there is no {ROSTER_PATH} here", hint) from None
    except (OSError, UnicodeDecodeError) as error:
        raise RosterError(f"it cannot be read: {error}", "It must be a readable UTF-8 file.") from error
    if len(data) > _MOST_BYTES:
        raise RosterError("it is too long", "Shorten it.")
    roster = parse_roster(source)
    if any(member.calendar for member in roster.members.values()):
        from kbcli.support.shifts.calendars import add_calendars

        roster = add_calendars(config, roster, today)
    return roster


def parse_roster(source: str) -> Roster:
    """What the text of a shifts.toml says, without calendar files. Raises RosterError."""
    from kbcli.foundation.toml import load_toml

    try:
        data = load_toml(source)
    except ValueError as error:
        match = re.search(r"\(at line (\d+)", str(error))
        line = int(match[1]) if match else 1 + source.count("\n")
        raise RosterError(f"it is not valid TOML: {error}", "Mend that line.", line) from error
    top = _Table(source, (), data, "")
    rotas = tuple(_read_rota(table, len(top.tables("rota"))) for table in top.tables("rota"))
    if not rotas:
        raise RosterError("it has no rota", "Add [[rota]] with people = […].")
    names = [rota.name for rota in rotas]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise top.refuse(f"two rotas are called “{name}”", "Give each a name.", "rota", place, "name")
    details = {key: _read_member(table) for key, table in top.table_of_tables("people").items()}
    used = dict.fromkeys(key for rota in rotas for key in (*rota.people, *rota.buddies))
    for key in details:
        if key not in used:
            raise top.refuse(
                f"“{key}” is in no rota", "Add the name to people of a rota, or delete this.", "people", key
            )
    return Roster(
        rotas,
        {key: details.get(key, Member(key)) for key in used},
        publish=top.span("publish", "8w"),
        leave=top.span("leave", "4w"),
        read=top.texts("read"),
        source=source,
    )


def _read_rota(table: "_Table", count: int) -> Rota:
    name = table.text("name")
    if name and not _ROTA_NAME.match(name):
        raise table.refuse(f"“{name}” is no name of a rota", "Use a-z, 0-9 and -, such as tier-two.", "name")
    if not name and count > 1:
        raise table.refuse("of several rotas each needs a name", 'Such as name = "tier-two".')
    people = table.texts("people")
    if not people:
        raise table.refuse("this rota has no people", 'Name them: people = ["ada@example.org", …].', "people")
    for key in (*people, *table.texts("buddies")):
        if not key.strip() or key != key.strip() or not key.isprintable():
            raise table.refuse(f"“{key}” is no name", "Write a name or an address, without tabs.", "people")
    twice = next((key for place, key in enumerate(people) if key in people[:place]), None)
    if twice is not None:
        raise table.refuse(f"“{twice}” stands twice in it", "Name each once.", "people")
    return Rota(
        name,
        people,
        buddies=tuple(dict.fromkeys(table.texts("buddies"))),
        each=table.choice("each", ("day", "week"), "day"),
        days=tuple(sorted({WEEKDAYS.index(day) for day in table.weekdays("days")})),
        seats=int(table.number("seats", 1, 1, _MOST_SEATS, whole=True)),
        hours=table.number("hours", 8, 0, _MOST_HOURS),
        starts=table.clock("starts"),
        tz=table.zone("tz"),
        role=table.text("role"),
        gap=table.span("gap", ""),
        cap=table.number("cap", 0, 0, _MOST_HOURS) if "cap" in table.data else None,
        off=frozenset(day for span in table.spans("off") for day in iterate_days(span)),
        begins=table.day("begins", date.min),
    )


def _read_member(table: "_Table") -> Member:
    member = Member(
        str(table.place[-1]),
        email=table.text("email"),
        roles=frozenset(table.texts("roles")),
        share=table.number("share", 1, 0, 100),
        joins=table.day("joins", date.min),
        leaves=table.day("leaves", date.max),
        away=tuple(sorted(table.spans("away"))),
        calendar=table.text("calendar"),
        cap=table.number("cap", 0, 0, _MOST_HOURS) if "cap" in table.data else None,
    )
    if member.joins > member.leaves:
        raise table.refuse("it leaves before it joins", "Mend one of the two days.", "leaves")
    return member


def iterate_days(span: Span) -> Iterator[date]:
    """Each day of a span."""
    return (date.fromordinal(number) for number in range(span.first.toordinal(), span.last.toordinal() + 1))


def parse_span(text: str) -> Span:
    """`2027-02-01..2027-02-14`, or one day. Raises ValueError with a message for people."""
    first, dots, last = text.partition("..")
    span = Span(parse_date(first), parse_date(last if dots else first))
    if span.last < span.first:
        raise ValueError(f"“{text}” ends before it begins")
    if span.days > 4000:
        raise ValueError(f"“{text}” is longer than ten years")
    return span


class _Table:
    """A table of shifts.toml, read key by key; whatever is wrong is said with its line."""

    def __init__(self, source: str, place: tuple[str | int, ...], data: object, kind: str) -> None:
        self.source = source
        self.place = place
        if not isinstance(data, dict):
            raise RosterError(
                f"“{place[-1]}” must be a table", "See kb manual shifts.", find_line(source, place)
            )
        self.data: dict[str, Any] = data
        for key in data:
            if key not in _KNOWN[kind]:
                known = ", ".join(_KNOWN[kind])
                raise self.refuse(f"“{key}” is not a setting", f"Known here: {known}.", key)

    def refuse(self, reason: str, hint: str, *keys: str | int) -> RosterError:
        """The error for a key here, or further down."""
        return RosterError(reason, hint, find_line(self.source, (*self.place, *keys)))

    def _refuse_kind(self, key: str, wanted: str) -> RosterError:
        return self.refuse(f"“{key}” must be {wanted}", "See kb manual shifts.", key)

    def tables(self, key: str) -> "list[_Table]":
        value = self.data.get(key, [])
        if not isinstance(value, list):
            raise self._refuse_kind(key, f"a list of tables: [[{key}]]")
        return [_Table(self.source, (*self.place, key, place), item, key) for place, item in enumerate(value)]

    def table_of_tables(self, key: str) -> "dict[str, _Table]":
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            raise self._refuse_kind(key, f'tables: [{key}."ada@example.org"]')
        return {
            name: _Table(self.source, (*self.place, key, name), item, key) for name, item in value.items()
        }

    def text(self, key: str) -> str:
        value = self.data.get(key, "")
        if not isinstance(value, str):
            raise self._refuse_kind(key, "a text in quotes")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._refuse_kind(key, "a list of texts")
        return tuple(value)

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(key) or default
        if value not in choices:
            raise self.refuse(f"“{key}” is “{value}”", f"It must be one of: {', '.join(choices)}.", key)
        return value

    def weekdays(self, key: str) -> tuple[str, ...]:
        days = self.texts(key) or WEEKDAYS[:5]
        for day in days:
            if day not in WEEKDAYS:
                raise self.refuse(f"“{day}” is no weekday", f"Use {', '.join(WEEKDAYS)}.", key)
        return days

    def number(self, key: str, default: float, least: float, most: float, *, whole: bool = False) -> float:
        value = self.data.get(key, default)
        fits = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if not fits or not least <= value <= most or (key != "cap" and not value):
            kind = "a whole number" if whole else "a number"
            raise self._refuse_kind(key, f"{kind} above 0, at most {most:g}")
        return float(value)

    def span(self, key: str, default: str) -> int:
        """A span such as `8w` in days; 0 for none."""
        value = self.text(key) or default
        if not value or value == "0d":
            return 0
        try:
            return parse_interval(value).days
        except ValueError as error:
            raise self.refuse(f"“{key}”: {error}", "Use 7d, 8w or 3m.", key) from None

    def day(self, key: str, default: date) -> date:
        spans = [self._read_span(key, self.data[key])] if key in self.data else []
        return spans[0].first if spans else default

    def spans(self, key: str) -> tuple[Span, ...]:
        value = self.data.get(key, [])
        if not isinstance(value, list):
            raise self._refuse_kind(key, 'a list of days: ["2027-02-01..2027-02-14"]')
        return tuple(self._read_span(key, item) for item in value)

    def _read_span(self, key: str, value: object) -> Span:
        if isinstance(value, date) and not isinstance(value, datetime):
            return Span(value, value)
        try:
            return parse_span(value if isinstance(value, str) else repr(value))
        except ValueError as error:
            raise self.refuse(f"“{key}”: {error}", "Use 2027-02-01 or 2027-02-01..2027-02-14.", key) from None

    def clock(self, key: str) -> time | None:
        value = self.data.get(key)
        if isinstance(value, time):
            return value
        text = self.text(key)
        if not text:
            return None
        try:
            return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007  local time of the rota
        except ValueError:
            raise self.refuse(f"“{key}” is “{text}”", "It must be a time such as 09:00.", key) from None

    def zone(self, key: str) -> str:
        name = self.text(key) or "UTC"
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            hint = "Use a name such as Europe/Berlin; on Windows also install the package tzdata."
            raise self.refuse(f"“{name}” is no time zone", hint, key) from None
        return name


def find_line(source: str, keys: tuple[str | int, ...]) -> int:
    """The line of a TOML text on which a key stands, else its table, else 1.

    A number after the name of a list of tables counts its tables.
    """
    import tomllib

    wanted = [str(key) for key in keys]
    seen: dict[str, int] = {}
    here: list[str] = []
    best, depth = 1, 0
    for number, line in enumerate(source.splitlines(), 1):
        text = line.strip()
        if text.startswith("["):
            try:
                here = _name_header(tomllib.loads(text.split("#")[0] if '"' not in text else text))
            except ValueError:
                continue
            if text.startswith("[["):
                seen[here[-1]] = seen.get(here[-1], -1) + 1
                here = [*here, str(seen[here[-1]])]
            path = here
        else:
            key = text.partition("=")[0].strip().strip("\"'")
            path = [*here, key]
        if path == wanted[: len(path)] and len(path) > depth:
            best, depth = number, len(path)
    return best


def _name_header(table: dict[str, Any]) -> list[str]:
    names: list[str] = []
    inner: object = table
    while isinstance(inner, dict) and inner:
        ((name, inner),) = inner.items()
        names.append(name)
    return names


def find_member(config: Config, roster: Roster, who: str) -> Member | None:
    """The person of the rotas whom a name or an address calls, as git and kb.toml's people know them."""
    from kbcli.knowledge.past.people import IdentityBook, fold_name

    folded = fold_name(who)
    for member in roster.members.values():
        if folded in (fold_name(member.key), fold_name(member.email)):
            return member
    texts = [text for member in roster.members.values() for text in (member.key, member.email) if text]
    book = IdentityBook(config, (), [who, *texts], config.root)
    asked = book.read_claim(who)
    found = [
        member
        for member in roster.members.values()
        if any(asked & book.read_claim(text) for text in (member.key, member.email) if text)
    ]
    if not found:
        short = [
            member for member in roster.members.values() if fold_name(member.key).partition("@")[0] == folded
        ]
        found = short
    return found[0] if len(found) == 1 else None


def with_absence(roster: Roster, key: str, span: Span) -> Roster:
    """The roster in which a person is also away then."""
    member = roster.members[key]
    return _with_member(roster, replace(member, away=tuple(sorted({*member.away, span}))))


def with_leaving(roster: Roster, key: str, last: date) -> Roster:
    """The roster in which a person takes part up to a day, and no longer."""
    return _with_member(roster, replace(roster.members[key], leaves=last))


def _with_member(roster: Roster, member: Member) -> Roster:
    return replace(roster, members={**roster.members, member.key: member})
