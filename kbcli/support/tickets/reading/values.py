"""Single values as exports write them: moments, statuses, texts, lists, names."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo

from kbcli.foundation.calendar import parse_date
from kbcli.foundation.text.hidden import CONTROLS, HALVES, TURNS
from kbcli.foundation.typed import Any
from kbcli.support.tickets.ticket import CLOSED, OPEN, PENDING

_STATUSES = {
    **dict.fromkeys(("new", "open", "opened", "active", "reopened", "submitted", "in progress", "in_progress",
                     "offen", "neu", "in bearbeitung", "aperto", "nuovo", "abierto", "nuevo", "ouvert", "nouveau", "aberto", "novo",
                     "新建", "打开", "处理中", "열림", "진행 중"), OPEN),
    **dict.fromkeys(
        ("pending", "hold", "on-hold", "on hold", "snoozed", "waiting", "waiting on customer", "waiting_on_customer",
         "waiting on third party", "pending reminder", "pending close", "wartend", "ausstehend", "in attesa", "pendiente",
         "en attente", "pendente", "等待中", "대기"),
        PENDING,
    ),
    **dict.fromkeys(("solved", "resolved", "closed", "done", "merged", "removed", "deleted", "spam"), CLOSED),
}  # fmt: skip
_GAP = re.compile(r"(?<=\d) +(?=[+-]\d{2}:?\d{2}\Z)| ?UTC\Z")
# With dots the day is first wherever that is written.
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")
_NAMED = re.compile(
    r"(?:[a-z]{3,9}\.?,? )?(?:(?P<day>\d{1,2})[ /-](?P<month>[a-z]{3})[a-z]*\.?[ /-]|(?P<first>[a-z]{3})[a-z]*\.? (?P<second>\d{1,2}),? )"
    r"(?P<year>\d{4}|\d\d)(?!\d)",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = re.compile(
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d))?(?: ?(?P<half>[ap])\.?m\b)?(?: ?(?P<zone>Z|[+-]\d\d:?\d\d))?",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"[34567]\d{4}(?:\.\d+)?")
_SERIAL_BEGIN = datetime(1899, 12, 30)  # noqa: DTZ001  the caller knows the zone
"""Days since then are how a spreadsheet shows a moment in a column that is none of dates."""

_COUNT_DIGITS = 13
_EARLIEST = 631_152_000  # 1990: a smaller number of seconds is no moment of a ticket


def read_status(value: object, numbers: Mapping[int, str] | None = None, *, default: str = OPEN) -> str:
    """`open`, `pending` or `closed`, from a word in any case or, by the source's own table, a number."""
    if numbers and str(value).isdigit():
        return numbers.get(int(str(value)), default)
    return _STATUSES.get(str(value).strip().casefold(), default)


def read_moment(value: object, zone: tzinfo = UTC, style: str = "iso") -> datetime | None:
    """A moment in UTC from ISO 8601, seconds or milliseconds since 1970, a day, or as mails and spreadsheets write it; else None.

    A text without a zone is in `zone`. `04/03/2025` needs a `style` of `us` or `eu`.
    """
    if isinstance(value, bool) or value is None or value == "":
        return None
    try:
        if isinstance(value, str) and _SERIAL.fullmatch(value):
            return (_SERIAL_BEGIN + timedelta(days=float(value))).replace(tzinfo=zone).astimezone(UTC)
        if isinstance(value, int | float) or (isinstance(value, str) and value.isascii() and value.isdigit()):
            seconds = float(value)
            seconds = seconds / 1000 if seconds > 100_000_000_000 else seconds
            return datetime.fromtimestamp(seconds, UTC) if seconds > _EARLIEST else None
        text = _GAP.sub(lambda match: "Z" if "UTC" in match[0] else "", str(value).strip())
        found = _read_text(text, style)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _read_text(text: str, style: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        day, rest = _read_written(text, style)
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  the caller knows the zone
    if (match := _TIME.search(rest)) is None:
        return midnight
    half = match["half"]
    hour = int(match["hour"]) % 12 + 12 * (half in "pP") if half else int(match["hour"])
    clock = f"{hour:02}:{match['minute']}:{match['second'] or '00'}{match['zone'] or ''}"
    try:
        return datetime.fromisoformat(f"{day.isoformat()}T{clock}")
    except ValueError:
        return midnight


def _read_written(text: str, style: str) -> tuple[date, str]:
    """The day at the beginning of a text, as people and spreadsheets write it, and what follows. Raises ValueError."""
    if match := _DOTTED.match(text):
        return date(int(match[3]), int(match[2]), int(match[1])), text[match.end() :]
    if match := _NAMED.match(text):
        month = _MONTHS.index((match["month"] or match["first"]).lower()) + 1
        year = int(match["year"])
        day = int(match["day"] or match["second"])
        return date(year + 2000 if year < 100 else year, month, day), text[match.end() :]
    written, _, rest = text.replace(",", " ", 1).partition(" ")
    return parse_date(written, style), rest


def read_day(value: object, zone: tzinfo = UTC, style: str = "iso") -> date | None:
    """The day of a moment in UTC, None for what is none."""
    moment = read_moment(value, zone, style)
    return moment.date() if moment else None


def find_day(moment: str) -> date | None:
    """The day of a moment that `format_moment` wrote."""
    return date.fromisoformat(moment[:10]) if moment else None


def format_moment(moment: datetime | None) -> str:
    """`2025-03-06T10:00:01Z`, "" for None: such texts sort by time."""
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}Z" if moment else ""


def read_text(value: object) -> str:
    """A value as text on one line, "" for None and for what is no single value."""
    if value is None or isinstance(value, list | dict):
        return ""
    return drop_controls(" ".join(str(value).split()))


def drop_controls(text: str) -> str:
    """A text without signs that control something, turn the direction of what follows or are half of one."""
    return text if text.isprintable() else _CONTROLS.sub("", text)


_CONTROLS = re.compile(
    f"[{CONTROLS}\x0b-\x0d\xad\u200b{TURNS}\u2060\ufeff{HALVES}]|(?<=[A-Za-zÀ-ž])[\u200c\u200d](?=[A-Za-zÀ-ž])"
)


def read_ref(value: object) -> str:
    """A key of the export as text: `501`, also from 501.0. Raises ValueError for what is none."""
    text = read_text(int(value) if isinstance(value, float) and value.is_integer() else value)
    if not text or isinstance(value, bool):
        raise ValueError("it has no number")
    return text


def read_optional_ref(value: object) -> str:
    """A key of the export as text, "" where there is none, or what no key is."""
    try:
        return read_ref(value)
    except ValueError:
        return ""


def read_count(value: object) -> int | None:
    """A count, None where there is none, or one so large that nobody counted it."""
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < _COUNT_DIGITS else None


def read_list(value: object, signs: str = ",;") -> tuple[str, ...]:
    """The items of a list, or of a text that parts them by one of these signs, without the empty ones."""
    items: Iterable[Any] = (
        value if isinstance(value, list) else re.split(f"[{re.escape(signs)}]", read_text(value))
    )
    return tuple(dict.fromkeys(text for item in items if (text := read_text(item))))


def read_dict(value: object) -> dict[str, Any]:
    """A value that is an object of JSON, {} for any other."""
    return value if isinstance(value, dict) else {}


def read_dicts(value: object) -> list[dict[str, Any]]:
    """The objects of a list of JSON, [] where there is none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def collect_names(*people: object) -> tuple[str, ...]:
    """What people are called: the names, addresses and logins of objects that describe them, or texts, each once."""
    found: dict[str, None] = {}
    for person in people:
        if isinstance(person, dict):
            known = {key: read_text(value) for key, value in person.items() if key in _CALLED}
            parts = [known.get(first) or known.get(second) for first, second in _NAME_PARTS]
            found |= dict.fromkeys((*known.values(), " ".join(filter(None, parts))))
        else:
            found[read_text(person)] = None
    return tuple(name for name in found if len(name) > 1)


def collect_addresses(*people: object) -> tuple[str, ...]:
    """The mail addresses of objects that describe people, or among texts, in lower case, each once."""
    found = (person.get("email") if isinstance(person, dict) else person for person in people)
    return tuple(dict.fromkeys(text.lower() for value in found if "@" in (text := read_text(value))))


_NAME_PARTS = (("first", "firstName"), ("last", "lastName"))
_CALLED = frozenset(
    ("name", "email", "login", "username", "alias", "phone", "mobile", "display_name", "first", "last", "firstName",
     "lastName", "firstname", "lastname", "full_name", "twitter_id")
)  # fmt: skip
