"""The load: how many verifications fall due in each of the next weeks, by owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.trust.states import INACTIVE, Trust

WEEKS = 12


@dataclass(frozen=True, slots=True)
class LoadRow:
    """The active cards of one owner ("": of nobody): due already, and due in each of the next weeks."""

    owner: str
    overdue: int
    weeks: tuple[int, ...]

    @property
    def coming(self) -> int:
        """Cards that fall due in any of the weeks."""
        return sum(self.weeks)


@dataclass(frozen=True, slots=True)
class Workload:
    """Rows with anything to do, the most coming first, then the most overdue, then by owner.

    `ends` are the last days of the weeks; the first begins tomorrow, since what is due today is
    overdue. `total` counts each card once, however many owners it has.
    """

    ends: tuple[date, ...]
    rows: tuple[LoadRow, ...]
    total: LoadRow


def measure_workload(
    cards: Sequence[Card], trusts: Mapping[str, Trust], today: date, weeks: int = WEEKS
) -> Workload:
    """Count the due dates of active cards; `trusts` are by path."""
    overdue: dict[str, int] = {}
    coming: dict[str, list[int]] = {}
    total_overdue, total = 0, [0] * weeks
    for card in cards:
        trust = trusts[card.path]
        if trust.state in INACTIVE or trust.days_left is None or trust.days_left > 7 * weeks:
            continue
        owners = card.owners or ("",)
        if trust.days_left <= 0:
            total_overdue += 1
            for owner in owners:
                overdue[owner] = overdue.get(owner, 0) + 1
            continue
        week = (trust.days_left - 1) // 7
        total[week] += 1
        for owner in owners:
            coming.setdefault(owner, [0] * weeks)[week] += 1
    rows = [
        LoadRow(owner, overdue.get(owner, 0), tuple(coming.get(owner, [0] * weeks)))
        for owner in overdue.keys() | coming.keys()
    ]
    rows.sort(key=lambda row: (-row.coming, -row.overdue, not row.owner, row.owner.casefold(), row.owner))
    ends = tuple(_find_end(today, number) for number in range(1, weeks + 1))
    return Workload(ends, tuple(rows), LoadRow("", total_overdue, tuple(total)))


def _find_end(today: date, number: int) -> date:
    try:
        return today + timedelta(days=7 * number)
    except OverflowError:
        return date.max
