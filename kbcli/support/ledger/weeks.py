"""The counts of a week, `support/weeks/2026-W48.json`: in git, so no count tells of few people, alone or by subtraction.

What has fewer than five is not said. As the whole is said, the sum of what is left out would be known: so the next
smallest are left out too, until they are two at least and five together (what statistics offices call secondary
suppression). A file is never written twice: the difference of two versions would tell of single tickets.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from kbcli.config import Config
from kbcli.errors import KbError, RefusedError, UsageError
from kbcli.foundation.disk.files import create_file
from kbcli.foundation.redaction import find_personal_data
from kbcli.foundation.typed import NamedTuple

FOLDER = "support/weeks"
LEAST = 5
"""The smallest count that is said."""
_NAME = re.compile(r"(\d{4})-?[Ww](\d{1,2})", re.ASCII)
_MOST_BYTES = 1_000_000


class Week(NamedTuple):
    """A week of ISO 8601, Monday to Sunday: `2026-W48`."""

    first: date

    @property
    def last(self) -> date:
        """Its Sunday."""
        return self.first + timedelta(days=6)

    @property
    def name(self) -> str:
        """`2026-W48`."""
        year, number, _ = self.first.isocalendar()
        return f"{year}-W{number:02}"

    def go_back(self, weeks: int) -> "Week":
        """The week that many weeks before."""
        return Week(self.first - timedelta(weeks=weeks))


def find_week(day: date) -> Week:
    """The week of a day."""
    return Week(day - timedelta(days=day.weekday()))


def parse_week(text: str) -> Week:
    """A week by its name. Raises UsageError."""
    match = _NAME.fullmatch(text.strip())
    try:
        if match is not None:
            return Week(date.fromisocalendar(int(match[1]), int(match[2]), 1))
    except ValueError:
        pass
    raise UsageError(f"“{text}” is no week", "Write it as 2026-W48.")


def suppress_small(counts: Mapping[str, int]) -> dict[str, int]:
    """Of counts that make up a known whole those that may be said, largest first; see above."""
    left = sorted((-count, name) for name, count in counts.items() if count)
    hidden: list[int] = []
    while left and (-left[-1][0] < LEAST or (hidden and (len(hidden) < 2 or sum(hidden) < LEAST))):
        hidden.append(-left.pop()[0])
    return {name: -count for count, name in left}


def locate_week(week: Week) -> str:
    """The path of a week's file, from the knowledge base."""
    return f"{FOLDER}/{week.name}.json"


def format_week(week: Week, opened: int, parts: Mapping[str, Mapping[str, int]]) -> str:
    """The file of a week. Each of `parts` makes up all that were opened; a name with personal data counts among the rest."""
    told: dict[str, object] = {"week": week.name, "opened": opened if opened >= LEAST else None}
    for part, counts in parts.items():
        clean = {name: count for name, count in counts.items() if name and not find_personal_data(name)}
        # What has no name is one of the counts: left out of them, it would be the difference.
        said = suppress_small({**clean, "": opened - sum(clean.values())})
        said.pop("", None)
        told[part] = {"counts": said, "rest": opened - sum(said.values()) if opened >= LEAST else None}
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def write_week(config: Config, week: Week, text: str) -> str:
    """Write the file of a week; its path. Raises RefusedError where there is one."""
    path = locate_week(week)
    try:
        create_file(config.locate(path), text.encode())
    except RefusedError:
        hint = "It is not written again: two versions of a week would tell of single tickets."
        raise RefusedError(f"{path} is there already", hint) from None
    return path


def read_opened(config: Config, weeks: Iterable[Week]) -> dict[Week, int]:
    """How many tickets were opened in these weeks, by their files; what has none, or cannot be read, is left out."""
    found: dict[Week, int] = {}
    for week in weeks:
        try:
            with open(config.locate(locate_week(week)), "rb") as stream:
                opened = json.loads(stream.read(_MOST_BYTES)).get("opened")
        except (OSError, ValueError, AttributeError, RecursionError, KbError):
            continue
        if isinstance(opened, int) and not isinstance(opened, bool) and 0 <= opened < 10**9:
            found[week] = opened
    return found
