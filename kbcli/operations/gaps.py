"""Gaps: what was asked and no card answers."""

from datetime import date

from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base
from kbcli.support.links.lines import NONE, read_lines


class Gap(NamedTuple):
    """A question without a card: in how many tickets, first and last when, and which."""

    asked: str
    first: date
    last: date
    tickets: tuple[str, ...]


class Gaps(NamedTuple):
    """The gaps, most wanted first, then the latest; and sentences on lines that cannot be read."""

    rows: tuple[Gap, ...]
    notes: tuple[str, ...] = ()


def list_gaps(kb: Base) -> Gaps:
    """What was asked and not found (`kb link TICKET --none …`), the same words in the same order being one gap."""
    config = kb.config
    lines, bad = read_lines(config.root, config.boundary)
    closed = {line.asked.casefold() for line in lines if line.outcome == "closed"}
    asked: dict[str, list[tuple[date, str, str]]] = {}
    for line in lines:
        if line.outcome == NONE and line.asked.casefold() not in closed:
            asked.setdefault(line.asked.casefold(), []).append((line.on, line.ticket, line.asked))
    rows = [
        Gap(found[-1][2], found[0][0], found[-1][0], tuple(dict.fromkeys(ticket for _, ticket, _ in found)))
        for found in asked.values()
    ]
    rows.sort(key=lambda gap: (-len(gap.tickets), -gap.last.toordinal(), gap.asked))
    return Gaps(tuple(rows), tuple(f"{one.path}:{one.line} cannot be read: {one.why}" for one in bad))
