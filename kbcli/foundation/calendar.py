"""Days and intervals as people write them."""

import re
from datetime import date, timedelta

from kbcli.foundation.typed import NamedTuple, compile_late

# As YAML 1.1's timestamps, and with a month or day of one digit without a time too.
_ISO = compile_late(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt]|[ \t]+)\d{1,2}:\d{2}.*)?\Z", re.ASCII)
_SLASHED = compile_late(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})\Z", re.ASCII)
_AMOUNT = compile_late(r"(\d{1,4})[ \t]*([a-z]+)|p(\d{1,4})([dwmy])", re.ASCII)
UNIT_WORDS = {"d": "day", "w": "week", "m": "month", "y": "year"}
_UNITS = {form: unit for unit, word in UNIT_WORDS.items() for form in (unit, word, f"{word}s")}
_WORDS = {"one": 1, "two": 2, "three": 3, "six": 6, "twelve": 12}
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_APPROXIMATE_DAYS = {"d": 1, "w": 7, "m": 30.44, "y": 365.25}


class Interval(NamedTuple):
    """A number of days (`d`), weeks (`w`), months (`m`) or years (`y`), or `never`.

    `never` means that the card has no due date; `amount` is then 0 and `unit` is "never".
    """

    amount: int
    unit: str

    @property
    def is_never(self) -> bool:
        """Whether a card with this interval never falls due."""
        return self.unit == "never"

    @property
    def days(self) -> int:
        """About how many days it is (a month is 30.44), 0 for never."""
        if self.is_never:
            return 0
        return round(self.amount * _APPROXIMATE_DAYS[self.unit])

    def __str__(self) -> str:
        return "never" if self.is_never else f"{self.amount}{self.unit}"


NEVER = Interval(0, "never")


def parse_interval(text: str) -> Interval:
    """Read `90d`, `12w`, `6m`, `1y`, `6 months`, `P6M` or `never`.

    Raises ValueError, with a message for people, for anything else and for zero.
    """
    text = text.strip()
    lowered = text.lower()
    if lowered == "never":
        return NEVER
    match, words = _AMOUNT.fullmatch(lowered), lowered.split()
    if match and (match[2] or match[4]) in _UNITS:
        amount, unit = int(match[1] or match[3]), _UNITS[match[2] or match[4]]
    elif len(words) == 2 and words[0] in _WORDS and words[1] in _UNITS:
        amount, unit = _WORDS[words[0]], _UNITS[words[1]]
    else:
        raise ValueError(f"“{text}” is not an interval")
    if amount == 0:
        raise ValueError("an interval of zero would be expired at once")
    return Interval(amount, unit)


def add_interval(day: date, interval: Interval) -> date:
    """The day an interval after `day`; months are clamped to the month's end.

    31 January + 1 month is 28 or 29 February. A sum past the year 9999 is `date.max`.
    Raises ValueError for `never`.
    """
    if interval.is_never:
        raise ValueError("never has no due date")
    try:
        if interval.unit in "dw":
            return day + timedelta(days=interval.amount * (7 if interval.unit == "w" else 1))
        months = day.year * 12 + day.month - 1 + interval.amount * (12 if interval.unit == "y" else 1)
        year, month = divmod(months, 12)
        last = _DAYS[month] + (month == 1 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
        return date(year, month + 1, min(day.day, last))
    except (OverflowError, ValueError):
        return date.max


def add_days(day: date, number: int) -> date:
    """The day `number` days after `day`, before it when negative; what no calendar has is its first or last day."""
    try:
        return day + timedelta(days=number)
    except OverflowError:
        return date.min if number < 0 else date.max


def parse_date(text: str, style: str = "iso") -> date:
    """Read a day: ISO, a time after it allowed; with `style` `us` (month first) or `eu` also `07/04/2026`.

    Raises ValueError with a message for people.
    """
    text = text.strip()
    if match := _ISO.match(text):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
    elif (match := _SLASHED.match(text)) and style != "iso":
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        month, day = (first, second) if style == "us" else (second, first)
    elif match:
        raise ValueError(f"“{text}” could mean two different days")
    else:
        raise ValueError(f"“{text}” is not a date")
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"“{text}” is not a day of the calendar") from None


def format_date(day: date, style: str = "iso") -> str:
    """Write a day in a knowledge base's style; ISO unless it is `us` or `eu`."""
    if style == "us":
        return f"{day.month:02d}/{day.day:02d}/{day.year:04d}"
    if style == "eu":
        return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"
    return day.isoformat()
