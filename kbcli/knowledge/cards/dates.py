"""Dates as cards write them."""

import re
from datetime import date

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}.*)?\Z", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})\Z", re.ASCII)


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
