"""The record of earlier tickets: one SQLite file, redacted before it was written, and what is read from it.

A ticket that changed has a new row, so rows only grow: whatever follows the record knows by them what it has not
seen. One that was erased keeps its row with the counts, and nothing that was said or by whom. Each row is sealed,
so that damage is told and never shown.
"""

import json
import os
import sqlite3
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import takewhile
from pathlib import Path
from urllib.parse import quote

from kbcli.errors import KbError
from kbcli.foundation.typed import TYPE_CHECKING, Any, NamedTuple
from kbcli.support.tickets.ticket import CLOSED, CUSTOMER, US, Company, Message, Ticket

if TYPE_CHECKING:
    from typing import Self

FILE = "archive.sqlite"
FORMAT = 1
ARCHIVE_KEY_BYTES = 32
KEY_BYTES = 12
"""The length of what stands for a customer, a company or a ticket."""
NOBODY = bytes(KEY_BYTES)
"""What stands between the keys of two people."""
COLUMNS = (
    "name",
    "opened",
    "updated",
    "status",
    "product",
    "topic",
    "lang",
    "tags",
    "subject",
    "replies",
    "reopens",
    "is_outbound",
    "first_contact",
    "rules",
    "people",
    "company",
    "body",
)
KEPT_WHEN_ERASED = frozenset(
    (
        "opened",
        "status",
        "product",
        "topic",
        "lang",
        "replies",
        "reopens",
        "is_outbound",
        "first_contact",
        "rules",
    )
)
KEPT_IF_COMMON = ("product", "topic", "lang")
"""What help desks let people type: kept of an erased ticket only where five others have the same."""

SCHEMA = f"""
create table meta(name text primary key, value) without rowid;
create table ticket(row integer primary key autoincrement, {", ".join(COLUMNS)}, seal integer not null);
create unique index ticket_name on ticket(name);
create index ticket_opened on ticket(opened);
create table gone(name text primary key, updated text not null, merged_into text not null) without rowid;
create table company(key blob primary key, name text not null, tier text not null, renewal text) without rowid;
create table erasure(key blob primary key, day text not null) without rowid;
"""
SEALED_TABLES = ("meta", "gone", "company", "erasure")
"""Those of which no row has a check sum: each has one as a whole, in `meta`, that is taken away while somebody writes."""
SEALS = "seals"
_ZLIB_LEVEL = 6
_REMEDIES = {
    "SQLITE_FULL": ("the disk is full", "Make room and run it again: what was written before stays."),
    "SQLITE_READONLY_ROLLBACK": (
        "what writes to it was stopped half-way",
        "Whoever may write to it puts it right: kb tickets import",
    ),
}
"""What SQLite says in words that help nobody, by its names of errors."""


class ArchivedTicket(NamedTuple):
    """A ticket as the archive has it, redacted. `row` is the newest row of this ticket, `name` such as `zendesk:35436`.

    Of one that was erased `name`, subject and texts are empty, and the counts stay. `first_contact` says whether one
    public reply of ours was all it took; None where that is not known, or not yet. `company` is a key of `Archive.companies`,
    `customer` stands for who asked, b"" where that is not known.
    """

    row: int
    name: str
    opened: date | None
    status: str
    product: str
    topic: str
    lang: str
    tags: tuple[str, ...]
    subject: str
    replies: int | None
    reopens: int | None
    is_outbound: bool
    first_contact: bool | None
    company: bytes
    customer: bytes = b""
    messages: tuple[Message, ...] = ()
    solution: int | None = None
    articles: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    follows: str = ""
    url: str = ""

    @property
    def question(self) -> str:
        """What the customer wrote before our first public reply."""
        return "\n\n".join(
            message.text for message in self.messages[: self._find_first_reply()] if message.by == CUSTOMER
        )

    @property
    def answer(self) -> str:
        """What was marked as the solution, else the longest of our public replies; "" where there is none."""
        if self.solution is not None and self.solution < len(self.messages):
            return self.messages[self.solution].text
        ours = (message.text for message in self.messages if message.by == US and message.is_public)
        return max(ours, key=len, default="")

    def _find_first_reply(self) -> int:
        for place, message in enumerate(self.messages):
            if message.by == US and message.is_public and place:
                return place
        return len(self.messages)


def judge_first_contact(ticket: Ticket) -> bool | None:
    """Whether a closed ticket took one public reply of ours, with nothing from the customer after it and no reopening."""
    if ticket.status != CLOSED or ticket.is_outbound:
        return None
    public = [message.by for message in ticket.messages if message.is_public]
    replies = ticket.replies
    if ticket.has_texts:
        replies = public.count(US) if replies is None else replies
    elif replies is None or ticket.reopens is None:
        return None
    came_back = US in public and CUSTOMER in public[public.index(US) :]
    return replies == 1 and not ticket.reopens and not came_back


def pack_body(ticket: Ticket) -> bytes:
    """The texts of a ticket, and what hangs on them, compressed."""
    told = {
        "messages": [[message.by, message.text, message.is_public] for message in ticket.messages],
        "solution": ticket.solution,
        "articles": ticket.articles,
        "attachments": ticket.attachments,
        "follows": ticket.follows,
        "url": ticket.url,
    }
    kept = {name: value for name, value in told.items() if value not in ((), "", None)}
    return _compress(kept)


def _compress(told: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), _ZLIB_LEVEL)


def strip_follows(body: bytes, is_erased: Callable[[str], bool]) -> bytes:
    """The texts of a ticket without the ref of the one it follows up, if that `is_erased`."""
    told = json.loads(zlib.decompress(body))
    if "follows" not in told or not is_erased(told.pop("follows")):
        return body
    return _compress(told)


def seal_row(values: Sequence[object]) -> int:
    """The check sum of a row's columns, the body last."""
    head = "\0".join(map(str, values[:-1])).encode("utf-8", "surrogatepass")
    body = values[-1]
    return zlib.crc32(body if isinstance(body, bytes) else b"", zlib.crc32(head))


def seal_table(rows: Iterable[Sequence[object]]) -> int:
    """The check sum of a table, but for what it says of check sums itself."""
    return zlib.crc32(
        "\0".join(sorted(repr(row) for row in rows if row[0] != SEALS)).encode("utf-8", "replace")
    )


@contextmanager
def name_damage(folder: Path) -> Iterator[None]:
    """Raises KbError for what SQLite says of a file it cannot read or write."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if str(error).startswith("no such"):
            raise _damaged(folder, str(error)) from error
        why, hint = _REMEDIES.get(getattr(error, "sqlite_errorname", ""), (str(error), ""))
        raise KbError(f"the ticket archive in {folder} cannot be used: {why}", hint) from error
    except sqlite3.DatabaseError as error:
        raise _damaged(folder, str(error)) from error


def _damaged(folder: Path, why: str) -> KbError:
    return KbError(
        f"the ticket archive in {folder} is damaged: {why}",
        "Move the folder away, and import the exports (or the pack) again.",
    )


def _unreadable(folder: Path) -> KbError:
    return KbError(
        f"you may not read the ticket archive in {folder}",
        "Ask its owner to let your group in (chgrp GROUP and chmod 750 on the folder, then kb tickets import), or for a pack.",
    )


def check_meta(folder: Path, meta: dict[str, Any]) -> None:
    """Raises KbError for what an archive says of itself where no kb wrote that, or another version."""
    try:
        known = {"format": int(meta["format"]), "key": len(bytes(meta["key"]))}
        numbers = [int(meta.get(name, 0)) for name in ("index", "indexed", "is_stale", "has_old_words")]
        langs, sums, seals = (json.loads(str(meta.get(name) or "null")) for name in ("langs", "sums", SEALS))
        days = json.loads(str(meta.get("days") or "null"))
        kinds = (isinstance(langs or [], list), *(isinstance(one or {}, dict) for one in (sums, seals, days)))
        texts = all(isinstance(one, str) for one in (*(langs or ()), *(days or ())))
        is_sound = all(kinds) and texts and min(numbers) >= 0 and all(map(int, (days or {}).values()))
        is_sound = is_sound and (not seals or {*seals} == {*SEALED_TABLES})
        is_sound = is_sound and (not seals or seals["meta"] == seal_table(meta.items()))
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(folder, f"what it says of itself cannot be read ({error})") from error
    if known["format"] != FORMAT:
        raise KbError(
            f"the ticket archive in {folder} was made by another version of kb", "Install the newest kb."
        )
    if known["key"] != ARCHIVE_KEY_BYTES or not is_sound:
        raise _damaged(folder, "what it says of itself is not what kb writes")


class Archive:
    """The tickets in a folder, for reading; close it, or use it as a context. Raises KbError where it cannot be read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not os.access(folder / FILE, os.R_OK):
            raise _unreadable(folder)
        with name_damage(folder):
            path = quote(os.path.abspath(folder / FILE))
            # Who may write undoes what a killed import had begun; from a folder that is another's it is only read.
            mode = "rw" if os.access(folder, os.W_OK) and os.access(folder / FILE, os.W_OK) else "ro"
            self._base = sqlite3.connect(
                f"file:{path}?mode={mode}", uri=True, isolation_level=None, timeout=20
            )
        with self._closed_if_refused():
            self._base.execute("pragma trusted_schema=off")
            self._base.execute("pragma query_only=on")
            is_begun = self._base.execute("select 1 from sqlite_master").fetchone()
            self.meta: dict[str, Any] = (
                dict(self._base.execute("select name, value from meta")) if is_begun else {}
            )
            if is_begun:
                check_meta(folder, self.meta)

    @contextmanager
    def _closed_if_refused(self) -> Iterator[None]:
        try:
            with name_damage(self.folder):
                yield
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def list_tickets(
        self, since: date | None = None, until: date | None = None, *, texts: bool = True
    ) -> Iterator[ArchivedTicket]:
        """Tickets opened from `since` to `until`, both included, by day; of all days also those whose day is not known.

        Without `texts` the messages and what hangs on them are left out, which is ten times as fast.
        """
        bounds = [("opened >= ?", since), ("opened <= ?", until)]
        chosen = [(condition, day.isoformat()) for condition, day in bounds if day is not None]
        where = f"where {' and '.join(condition for condition, _ in chosen)}" if chosen else ""
        yield from self._select(f"{where} order by opened, row", [day for _, day in chosen], texts=texts)

    def find_tickets(self, names: Iterable[str]) -> dict[str, ArchivedTicket]:
        """The tickets of these names that the archive has, by name."""
        found = (self._select("where name = ?", [name]) for name in names)
        return {ticket.name: ticket for tickets in found for ticket in tickets}

    def read_rows(self, rows: Iterable[int]) -> dict[int, ArchivedTicket]:
        """The tickets in these rows, by row; rows that are no more are left out."""
        found = (self._select("where row = ?", [row]) for row in rows)
        return {ticket.row: ticket for tickets in found for ticket in tickets}

    def list_rows(self, after: int) -> Iterator[ArchivedTicket]:
        """The tickets in rows greater than one, in their order, without those that were erased."""
        yield from self._select("where row > ? and name is not null order by row", [after])

    def list_sources(self) -> list[str]:
        """The sources that tickets came from: what stands before the colon of their names."""
        found, last = [], ""
        while rows := self.ask("select name from ticket where name > ? order by name limit 1", [last]):
            found.append(str(rows[0][0]).partition(":")[0])
            last = f"{found[-1]};"  # what follows a colon
        return found

    def count_tickets(self, after: int = 0) -> int:
        """How many tickets there are in rows greater than one, without those that were erased."""
        return self._count("ticket where row > ? and name is not null", after)

    def count_erased(self) -> int:
        """How many tickets have their counts only."""
        return self._count("ticket where name is null")

    def count_companies(self) -> int:
        """How many companies something is known of."""
        return self._count("company")

    def count_by(self, column: str) -> dict[str, int]:
        """How many tickets there are by `source`, or by another of COLUMNS, most first."""
        name = "substr(name, 1, instr(name, ':') - 1)" if column == "source" else column
        return dict(
            self.ask(
                f"select {name}, count(*) from ticket where name is not null group by 1 order by 2 desc, 1"
            )
        )

    def find_days(self) -> tuple[date | None, date | None]:
        """The days that the first and the last ticket were opened, None where none is known."""
        days = self.ask("select min(opened), max(opened) from ticket where name is not null")[0]
        try:
            first, last = (date.fromisoformat(day) if day else None for day in days)
        except (ValueError, TypeError) as error:
            raise _damaged(self.folder, "a day is none") from error
        return first, last

    def list_overdue(self, first_day: date) -> list[tuple[int, str, bool]]:
        """The tickets opened before a day: row, name, and whether that day is known.

        Where that is not known, the day of the newest change stands for it, and where neither is, that of the import
        which wrote the row.
        """
        first = first_day.isoformat()
        before = max((row for day, row in self.import_days().items() if day < first), default=0)
        return self.ask(
            "select row, name, opened is not null from ticket where name is not null"
            " and coalesce(opened < ?1, nullif(updated, '') < ?1, row <= ?2)",
            (first, before),
        )

    @property
    def indexed(self) -> int:
        """The newest row that a search finds."""
        return int(self.meta.get("indexed", 0))

    def import_days(self) -> dict[str, int]:
        """The days of imports, as ISO 8601, with the newest row that there was after each."""
        return dict(json.loads(str(self.meta.get("days") or "{}")))

    def _count(self, question: str, *values: object) -> int:
        return int(self.ask(f"select count(*) from {question}", values)[0][0])

    def list_langs(self) -> list[str]:
        """The languages of the tickets in the index, that of most first."""
        return list(json.loads(str(self.meta.get("langs") or "[]")))

    def find_merged(self, name: str) -> str:
        """The name of the ticket that one was merged into, "" where it was not."""
        self.check_table("gone")
        rows = self.ask("select merged_into from gone where name = ?", [name])
        return str(rows[0][0]) if rows else ""

    def find_damage(self) -> str:
        """Why the record cannot be trusted, "" where every row is as it was written."""
        try:
            (found,) = self.ask("pragma integrity_check(1)")[0]
            if found != "ok":
                return f"the record is damaged: {found}"
            self.check_tables()
            for _ in self._select("", [], texts=False):
                pass
        except KbError as error:
            return f"{error.message}. {error.hint}"
        return ""

    def check_tables(self) -> None:
        """Raise KbError where any of SEALED_TABLES is not as it was written."""
        for name in SEALED_TABLES:
            self.check_table(name)

    def check_table(self, name: str) -> None:
        """Raise KbError where one of SEALED_TABLES is not as it was written."""
        self.ask("begin")  # both as of one moment: somebody may be writing
        try:
            seals = dict(self.ask("select name, value from meta where name = ?", [SEALS])).get(SEALS)
            is_sound = not seals or json.loads(seals)[name] == seal_table(self.ask(f"select * from {name}"))
        finally:
            self.ask("commit")
        if not is_sound:
            raise _damaged(self.folder, f"what it knows of {name} is not as it was written")

    def companies(self) -> dict[bytes, Company]:
        """What is known of companies, by the key that their tickets have."""
        self.check_table("company")
        with name_damage(self.folder):
            rows = self._base.execute("select key, name, tier, renewal from company").fetchall()
        return {
            key: Company("", "", name, tier, date.fromisoformat(renewal) if renewal else None)
            for key, name, tier, renewal in rows
        }

    def ask(self, question: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of any other question in SQL."""
        with name_damage(self.folder):
            return self._base.execute(question, values).fetchall()

    @property
    def key(self) -> bytes:
        """The key of the sums that stand for customers."""
        return bytes(self.meta["key"])

    def list_values(self) -> Iterator[list[Any]]:
        """The columns of each ticket that was not erased, as they are written."""
        for _, columns in self.list_written(0):
            yield columns

    def list_written(self, after: int) -> Iterator[tuple[int, list[Any]]]:
        """The rows greater than one that were not erased, in their order, with their columns as they are written."""
        yield from self._read("where row > ? and name is not null order by row", [after])

    def list_gone(self) -> list[tuple[str, str]]:
        """The names of tickets that are gone upstream, with the state in which they went."""
        return [(name, updated) for name, updated in self.ask("select name, updated from gone order by name")]

    def _select(self, rest: str, values: Sequence[object], *, texts: bool = True) -> Iterator[ArchivedTicket]:
        for row, columns in self._read(rest, values):
            yield read_row(row, columns, texts=texts)

    def _read(self, rest: str, values: Sequence[object]) -> Iterator[tuple[int, list[Any]]]:
        """Rows with their columns, each as it was written."""
        with name_damage(self.folder):
            for row, *columns, seal in self._base.execute(
                f"select row, {', '.join(COLUMNS)}, seal from ticket {rest}", values
            ):
                if seal_row(columns) != seal:
                    raise _damaged(self.folder, f"row {row} is not as it was written")
                yield row, columns


def _find_customer(people: bytes) -> bytes:
    """The key of who asked: the last of the first person's, after the addresses; b"" where nobody is known."""
    keys = (people[start : start + KEY_BYTES] for start in range(0, len(people), KEY_BYTES))
    return deque(takewhile(NOBODY.__ne__, keys), 1).pop() if people and people[:KEY_BYTES] != NOBODY else b""


def read_row(row: int, columns: Sequence[Any], *, texts: bool) -> ArchivedTicket:
    """The ticket that a row's columns hold. Raises ValueError, TypeError, KeyError, zlib.error for what no archive wrote."""
    found = dict(zip(COLUMNS, columns, strict=True))
    told = json.loads(zlib.decompress(found["body"])) if texts and found["body"] else {}
    return ArchivedTicket(
        row=row,
        name=found["name"] or "",
        opened=date.fromisoformat(found["opened"]) if found["opened"] else None,
        status=found["status"],
        product=found["product"],
        topic=found["topic"],
        lang=found["lang"],
        tags=tuple(filter(None, (found["tags"] or "").split("\n"))),
        subject=found["subject"] or "",
        replies=found["replies"],
        reopens=found["reopens"],
        is_outbound=bool(found["is_outbound"]),
        first_contact=None if found["first_contact"] is None else bool(found["first_contact"]),
        company=found["company"] or b"",
        customer=_find_customer(found["people"] or b""),
        messages=tuple(Message(by, text, is_public) for by, text, is_public in told.get("messages", ())),
        solution=told.get("solution"),
        articles=tuple(told.get("articles", ())),
        attachments=tuple(told.get("attachments", ())),
        follows=told.get("follows", ""),
        url=told.get("url", ""),
    )


def open_archive(folder: Path) -> Archive | None:
    """The archive in a folder, None where there is none, or none was finished. Raises KbError where it cannot be read."""
    try:
        os.stat(folder / FILE)
    except PermissionError as error:
        raise _unreadable(folder) from error
    except OSError:
        return None
    archive = Archive(folder)
    if archive.meta:
        return archive
    archive.close()
    return None
