"""Promises of the calendar feed: two other readers understand it, and its bytes are reproducible."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import icalendar
import pytest
import vobject

from kbcli.operations.base import Base
from kbcli.operations.shift.feed import feed_shifts
from kbcli.operations.shift.swap import swap_shifts

DAY = date(2026, 11, 21)
ROSTER = """\
[[rota]]
name = "daily"
people = ["王小明王小明王小明王小明王小明王小明王小明", "प्रिया शर्मा प्रिया शर्मा प्रिया शर्मा", "O'Neil; Ada, PhD"]
starts = "09:00"
tz = "Europe/Berlin"
[[rota]]
name = "weekly"
each = "week"
people = ["ben"]
"""
PLAN = """\
2026-11-23\tdaily-0\t王小明王小明王小明王小明王小明王小明王小明
2026-11-23\tweekly-0\tben
2026-11-24\tdaily-0\tप्रिया शर्मा प्रिया शर्मा प्रिया शर्मा
2026-11-25\tdaily-0\tO'Neil; Ada, PhD
2026-11-26\tdaily-0
"""


@pytest.fixture
def kb(kb_root: Path, git_commit: Callable[..., str]) -> Base:
    """A base with a committed plan, in three scripts."""
    (kb_root / "support" / "shifts").mkdir(parents=True)
    (kb_root / "support" / "shifts.toml").write_text(ROSTER, encoding="utf-8")
    (kb_root / "support" / "shifts" / "2026-11.tsv").write_text(PLAN, encoding="utf-8")
    git_commit(kb_root, "Plan", "2026-11-20")
    return Base(kb_root, today=lambda: DAY)


def test_two_other_readers_read_it_back(kb: Base) -> None:
    """The libraries icalendar and vobject find the same events, names of every script whole, no line over 75 bytes."""
    text = feed_shifts(kb).text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    ours = [str(event["SUMMARY"]) for event in icalendar.Calendar.from_ical(text).walk("VEVENT")]
    theirs = [event.summary.value for event in vobject.readOne(text).vevent_list]
    assert ours == theirs
    assert ours == [
        "daily: 王小明王小明王小明王小明王小明王小明王小明",
        "weekly: ben",
        "daily: प्रिया शर्मा प्रिया शर्मा प्रिया शर्मा",
        "daily: O'Neil; Ada, PhD",
    ]


def test_times_are_whole_days_or_utc(kb: Base) -> None:
    """A day with hours is in UTC, a week whole days; nothing is floating, and nobody is shown as busy."""
    day, week = list(icalendar.Calendar.from_ical(feed_shifts(kb).text).walk("VEVENT"))[:2]
    assert day["DTSTART"].dt == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert day["DTEND"].dt == datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert (week["DTSTART"].dt, week["DTEND"].dt) == (date(2026, 11, 23), date(2026, 11, 28))
    assert day["TRANSP"] == "TRANSPARENT"
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT12H" in feed_shifts(kb).text


def test_the_same_plan_gives_the_same_bytes_and_a_swap_a_higher_sequence(
    kb: Base, git_commit: Callable[..., str]
) -> None:
    """The time of an event is that of the commit which changed its seat, its sequence counts holders."""
    before = feed_shifts(kb).text
    assert feed_shifts(kb).text == before
    swap_shifts(kb, "2026-11-23-daily-0", "2026-11-25")
    git_commit(kb.root, "Swap", "2026-11-22")
    events = {
        str(event["UID"]): event
        for event in icalendar.Calendar.from_ical(feed_shifts(kb).text).walk("VEVENT")
    }
    facts = {
        uid.partition("@")[0]: (int(event["SEQUENCE"]), event["DTSTAMP"].dt.day)
        for uid, event in events.items()
    }
    assert facts == {
        "2026-11-23-daily-0": (1, 22),
        "2026-11-23-weekly-0": (0, 20),
        "2026-11-24-daily-0": (0, 20),
        "2026-11-25-daily-0": (1, 22),
    }


def test_a_person_gets_only_their_own(kb: Base) -> None:
    """The feed of one person holds nobody else's shifts."""
    assert [seat.person for seat in feed_shifts(kb, who="ben").seats] == ["ben"]
