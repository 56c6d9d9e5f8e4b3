"""Top-ten show: what was decided about what keeps coming, and where its remedies stand."""

from kbcli.errors import KbError
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.model import Mistake
from kbcli.knowledge.index.references import load_card
from kbcli.knowledge.trust.judging import judge_one
from kbcli.operations.base import Base
from kbcli.operations.top_ten import choose_written, read_months
from kbcli.support.ledger.top_ten import Row, load_top_ten

_SUBJECTS = 3


class ShownRow(NamedTuple):
    """A row and where its remedy stands.

    `remedy_state` is the trust state of the card that is its remedy: `missing` where there is no such card, "" where it
    is no card. `subjects` are those of three of its tickets, where they were asked for.
    """

    row: Row
    remedy_state: str = ""
    subjects: tuple[str, ...] = ()


class ShownTopTen(NamedTuple):
    """The rows of a month in the order of the file, what is wrong with them, and the file's path."""

    month: str
    path: str
    rows: tuple[ShownRow, ...]
    mistakes: tuple[Mistake, ...] = ()


def show_top_ten(kb: Base, month: str | None = None, *, subjects: bool = False) -> ShownTopTen:
    """The top ten of a month: the newest there is, unless it is named. `subjects` adds three subjects to each row, from the archive.

    Raises UsageError for what is no month, KbError where it has no top ten, or there is no archive to take subjects from.
    """
    config = kb.config
    asked = choose_written(kb, month)
    found = load_top_ten(config, asked)
    tickets = read_months(kb, [asked])[asked] if subjects else None
    rows = []
    for row in found.rows:
        places = [] if tickets is None else tickets.find_row(row)
        texts = dict.fromkeys(tickets.tickets[place].text.subject for place in places) if tickets else {}
        rows.append(ShownRow(row, _judge_remedy(kb, row), tuple(filter(None, texts))[:_SUBJECTS]))
    return ShownTopTen(asked, found.path, tuple(rows), found.mistakes)


def _judge_remedy(kb: Base, row: Row) -> str:
    if not row.card:
        return ""
    try:
        card = load_card(kb.config, row.card)
    except KbError:
        return "missing"
    return judge_one(kb.config, card, kb.today).state
