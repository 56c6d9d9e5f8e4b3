"""Top-ten review: each row's words counted again in the months after: did the remedy work?"""

from math import sqrt

from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base
from kbcli.operations.top_ten import choose_month, find_first, move_month, read_months
from kbcli.support.ledger.top_ten import Row, list_months, load_top_ten

FEWER, MORE, SAME, EARLY = "fewer", "more", "no clear change", "too early"
_MOST_MONTHS = 3


class ReviewedRow(NamedTuple):
    """A row, the tickets that its words find in its month `now`, and in each month after; and what that says.

    `verdict` compares the last whole month with the first, the load of both being taken into account: `fewer` or `more`
    where the difference is larger than chance would have it one time in twenty, `too early` before a month is over.
    """

    row: Row
    now: int
    later: tuple[int, ...]
    verdict: str


class ReviewedTopTen(NamedTuple):
    """The rows of a month; `months` are the whole ones after it that were counted, `opened` the tickets of it and of them."""

    month: str
    months: tuple[str, ...]
    opened: tuple[int, ...]
    rows: tuple[ReviewedRow, ...]


def review_top_ten(kb: Base, month: str | None = None) -> ReviewedTopTen:
    """Count the words of each row of a month again, in up to three whole months after it.

    Without a month it is the newest that a whole month follows, else the newest. Raises UsageError for what is no
    month, KbError where it has no top ten, or there is no archive.
    """
    config, today = kb.config, kb.today
    written = list_months(config)
    this = f"{today:%Y-%m}"
    followed = [one for one in written if move_month(one, 2) <= this]
    asked = (followed or written or [""])[-1] if month is None else choose_month(today, month)
    asked = asked or choose_month(today, None)
    found = load_top_ten(config, asked)
    after = [move_month(asked, ahead) for ahead in range(1, _MOST_MONTHS + 1)]
    whole = [one for one in after if find_first(move_month(one, 1)) <= today]
    months = read_months(kb, [asked, *whole])
    opened = [months[one].opened for one in (asked, *whole)]
    rows = []
    for row in found.rows:
        counts = [len(months[one].find_row(row)) for one in (asked, *whole)]
        verdict = _judge(counts[0], opened[0], counts[-1], opened[-1]) if whole else EARLY
        rows.append(ReviewedRow(row, counts[0], tuple(counts[1:]), verdict))
    return ReviewedTopTen(asked, tuple(whole), tuple(opened), tuple(rows))


def _judge(before: int, before_all: int, after: int, after_all: int) -> str:
    """Whether the share of tickets changed more than chance explains: the test of two proportions, at 1.96 deviations."""
    if not before_all or not after_all:
        return SAME
    share = (before + after) / (before_all + after_all)
    spread = sqrt(share * (1 - share) * (1 / before_all + 1 / after_all))
    difference = after / after_all - before / before_all
    if abs(difference) <= 1.96 * spread:
        return SAME
    return FEWER if difference < 0 else MORE
