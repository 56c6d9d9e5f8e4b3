"""Tickets status: what the archive holds, from when, by which rules, and how it is."""

import os
from datetime import date
from pathlib import Path

from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base
from kbcli.operations.tickets import Retention, find_tickets, open_tickets
from kbcli.support.tickets.importing import find_damaged_files
from kbcli.support.tickets.index import name_index
from kbcli.support.tickets.redaction import RULES_VERSION


class TicketsStatus(NamedTuple):
    """What is held: tickets by source, language and rules, with the days they were opened between.

    `erased` have their counts only; `overdue` have outlived their time, and the next import erases them; `unindexed`
    are not found by a search yet. `damaged` is why something cannot be trusted, "" when all was looked at and is whole.
    `origin` is what names the folder, "" where nothing does; `size` is in bytes.
    """

    folder: str
    origin: str
    tickets: int
    erased: int
    companies: int
    sources: dict[str, int]
    langs: dict[str, int]
    rules: dict[str, int]
    rules_now: str
    first: date | None
    last: date | None
    retention: Retention
    overdue: int
    unindexed: int
    damaged: str
    size: int


def describe_tickets(kb: Base) -> TicketsStatus:
    """What the archive holds; each of its bytes is looked at. Raises KbError where there is none."""
    found = find_tickets(kb)
    with open_tickets(kb) as archive:
        first, last = archive.find_days()
        since = found.retention.first_day
        return TicketsStatus(
            folder=str(found.place.folder),
            origin=found.place.origin,
            tickets=archive.count_tickets(),
            erased=archive.count_erased(),
            companies=archive.count_companies(),
            sources=archive.count_by("source"),
            langs=archive.count_by("lang"),
            rules=archive.count_by("rules"),
            rules_now=RULES_VERSION,
            first=first,
            last=last,
            retention=found.retention,
            overdue=len(archive.list_overdue(since)) if since else 0,
            unindexed=archive.count_tickets(after=archive.indexed),
            damaged=archive.find_damage() or _find_index_damage(archive.meta, found.place.folder),
            size=sum(
                os.path.getsize(os.path.join(top, name))
                for top, _, names in os.walk(found.place.folder)
                for name in names
            ),
        )


def _find_index_damage(meta: dict[str, object], folder: os.PathLike[str]) -> str:

    if not int(str(meta.get("index", 0))):
        return ""
    path = name_index(Path(folder), int(str(meta["index"])))
    if not path.is_dir():
        return "the index is missing; kb tickets import makes it anew"
    damaged = find_damaged_files(Path(folder), meta)
    return f"the index is damaged ({', '.join(damaged)}); kb tickets import makes it anew" if damaged else ""
