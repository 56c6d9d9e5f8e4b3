"""Verification intervals: how long a verification is worth something."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

_UNITS = {
    "d": "d", "day": "d", "days": "d",
    "w": "w", "week": "w", "weeks": "w",
    "m": "m", "month": "m", "months": "m",
    "y": "y", "year": "y", "years": "y",
}  # fmt: skip
_SHORT = re.compile(r"(\d{1,4})\s*([A-Za-z]+)\Z", re.ASCII)
_ISO = re.compile(r"P(\d{1,4})([DWMY])\Z", re.ASCII | re.IGNORECASE)
_WORDS = {"one": 1, "two": 2, "three": 3, "six": 6, "twelve": 12}
_APPROXIMATE_DAYS = {"d": 1, "w": 7, "m": 30.44, "y": 365.25}


@dataclass(frozen=True, slots=True)
class Interval:
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
    if text.lower() == "never":
        return NEVER
    if match := _ISO.match(text):
        amount, unit = int(match[1]), match[2].lower()
    elif (match := _SHORT.match(text)) and match[2].lower() in _UNITS:
        amount, unit = int(match[1]), _UNITS[match[2].lower()]
    elif (words := text.lower().split()) and len(words) == 2 and words[0] in _WORDS and words[1] in _UNITS:
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
        last = monthrange(year, month + 1)[1]
        return date(year, month + 1, min(day.day, last))
    except (OverflowError, ValueError):
        return date.max
