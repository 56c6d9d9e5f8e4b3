"""Reading support/shifts.toml."""

from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pytest

from kbcli.config import Config
from kbcli.errors import KbError
from kbcli.support.shifts.roster import (
    NoRosterError,
    Roster,
    RosterError,
    Span,
    find_member,
    load_roster,
    parse_roster,
)

GOOD = """\
publish = "4w"
read = ["first-shift"]

[[rota]]
name = "tier-two"
people = ["ada@example.org", "王小明"]
buddies = ["eve"]
each = "week"
days = ["mon", "tue"]
starts = 09:30:00
tz = "Asia/Kolkata"
off = ["2027-12-24..2027-12-26", 2027-01-01]
gap = "7d"
cap = 16

[people."王小明"]
email = "ming@example.org"
joins = 2027-02-01
away = ["2027-03-01..2027-03-05"]
share = 0.5
"""


def test_what_it_says_is_read() -> None:
    """Rotas and people come out as they stand there; who has no table of their own has the defaults."""
    roster = parse_roster(GOOD)
    (rota,) = roster.rotas
    assert (rota.name, rota.people, rota.each, rota.days) == (
        "tier-two",
        ("ada@example.org", "王小明"),
        "week",
        (0, 1),
    )
    assert (rota.starts, rota.gap, rota.cap, len(rota.off)) == (time(9, 30), 7, 16.0, 4)
    assert roster.members["王小明"].away == (Span(date(2027, 3, 1), date(2027, 3, 5)),)
    assert roster.members["王小明"].joins == date(2027, 2, 1)
    assert roster.members["ada@example.org"].share == 1
    assert (roster.publish, roster.leave, roster.read) == (28, 28, ("first-shift",))


@pytest.mark.parametrize(
    ("old", "new", "line", "word"),
    [
        ('"mon", "tue"', '"mon", "tuesday"', 9, "tuesday"),
        ('tz = "Asia/Kolkata"', 'tz = "Asia/Calcutta2"', 11, "time zone"),
        ('gap = "7d"', "gap = 7", 13, "gap"),
        ("cap = 16", 'cap = "16"', 14, "cap"),
        ("joins = 2027-02-01", 'joins = "1 Feb"', 18, "1 Feb"),
        ("2027-03-01..2027-03-05", "2027-03-05..2027-03-01", 19, "before it begins"),
        ("share = 0.5", "share = -1", 20, "share"),
        ("share = 0.5", "shares = 0.5", 20, "shares"),
        ('[people."王小明"]', "[people.ghost]", 16, "in no rota"),
        ('people = ["ada@example.org", "王小明"]', "people = []", 6, "no people"),
        ("[[rota]]", "[rota]", 4, "rota"),
        ("cap = 16", "cap = = 16", 14, "TOML"),
        ('name = "tier-two"', 'name = "Tier two"', 5, "Tier two"),
        ('read = ["first-shift"]', "read = 3", 2, "read"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, line: int, word: str) -> None:
    """Each mistake names the file, the line on which it stands, and what to do."""
    assert old in GOOD
    with pytest.raises(RosterError) as caught:
        parse_roster(GOOD.replace(old, new))
    assert caught.value.line == line
    assert caught.value.message.startswith(f"support/shifts.toml:{line}: ")
    assert word in caught.value.message
    assert caught.value.hint


def test_of_two_rotas_each_needs_a_name_of_its_own() -> None:
    """Seats of two rotas could not be told apart."""
    two = '[[rota]]\nname = "a"\npeople = ["x"]\n[[rota]]\npeople = ["x"]\n'
    with pytest.raises(RosterError, match="needs a name"):
        parse_roster(two)
    with pytest.raises(RosterError, match="two rotas are called") as caught:
        parse_roster(two.replace('[[rota]]\npeople = ["x"]\n', '[[rota]]\nname = "a"\npeople = ["x"]\n'))
    assert caught.value.line == 5


def test_without_the_file_the_error_says_how_to_begin(tmp_path: Path) -> None:
    """Nobody has to guess the name of the file."""
    with pytest.raises(NoRosterError) as caught:
        load_roster(Config(tmp_path), date(2027, 1, 1))
    assert "support/shifts.toml" in caught.value.message
    assert "kb manual shifts" in caught.value.hint


def test_a_file_that_leads_outside_is_not_read(tmp_path: Path) -> None:
    """A clone may be hostile: no link out of it is followed, neither for the rotas nor for a calendar."""
    outside = tmp_path / "outside.toml"
    outside.write_text('[[rota]]\npeople = ["secret"]\n')
    root = tmp_path / "kb"
    (root / "support").mkdir(parents=True)
    (root / "support" / "shifts.toml").symlink_to(outside)
    with pytest.raises(KbError, match="leads outside"):
        load_roster(Config(root), date(2027, 1, 1))
    (root / "support" / "shifts.toml").unlink()
    (root / "support" / "shifts.toml").write_text(
        '[[rota]]\npeople = ["ada"]\n[people.ada]\ncalendar = "../../outside.toml"\n'
    )
    with pytest.raises(RosterError, match="leads outside") as caught:
        load_roster(Config(root), date(2027, 1, 1))
    assert caught.value.line == 4


CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:1
SUMMARY:Sick, do not tell
DTSTART;VALUE=DATE:20270201
DTEND;VALUE=DATE:20270204
END:VEVENT
BEGIN:VEVENT
UID:2
SUMMARY:Fridays off
DTSTART;VALUE=DATE:20270305
RRULE:FREQ=WEEKLY;COUNT=3
EXDATE;VALUE=DATE:20270312
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART;VALUE=DATE:20270401
STATUS:CANCELLED
END:VEVENT
BEGIN:VEVENT
UID:4
DTSTART:20270501T080000Z
DTEND:20270502T000000Z
END:VEVENT
END:VCALENDAR
"""


def test_a_calendar_gives_days_and_nothing_else(tmp_path: Path) -> None:
    """Repeated events are expanded, cancelled ones left out, and no reason is taken over."""
    (tmp_path / "support" / "away").mkdir(parents=True)
    (tmp_path / "support" / "away" / "ada.ics").write_text(CALENDAR)
    (tmp_path / "support" / "shifts.toml").write_text(
        '[[rota]]\npeople = ["ada"]\n[people.ada]\ncalendar = "away/ada.ics"\naway = ["2027-06-01"]\n'
    )
    roster = load_roster(Config(tmp_path), date(2027, 1, 15))
    assert [str(span) for span in roster.members["ada"].away] == [
        "2027-02-01..2027-02-03",
        "2027-03-05",
        "2027-03-19",
        "2027-05-01",
        "2027-06-01",
    ]
    (tmp_path / "support" / "away" / "ada.ics").write_text("no calendar\x00")
    with pytest.raises(RosterError, match="calendar cannot be read") as caught:
        load_roster(Config(tmp_path), date(2027, 1, 15))
    assert caught.value.line == 4


def test_a_person_is_found_by_name_address_and_the_names_of_kb_toml(
    tmp_path: Path, make_roster: Callable[..., Roster]
) -> None:
    """Whoever git says one is, is the person of the rota that kb.toml's people make one with them."""
    roster = make_roster("ada@example.org 王小明", rest='[people."王小明"]\nemail = "ming@example.org"')
    config = Config(tmp_path, people={"ada@example.org": ("Ada L.", "ada@home.example")})
    for who, key in (
        ("ADA@example.org", "ada@example.org"),
        ("ada@home.example", "ada@example.org"),
        ("ada", "ada@example.org"),
        ("ming@example.org", "王小明"),
        ("nobody@example.org", None),
    ):
        found = find_member(config, roster, who)
        assert (found.key if found else None) == key
