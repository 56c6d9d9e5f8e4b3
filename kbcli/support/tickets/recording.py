"""Writing into the archive: one writer at a time, every step whole or not at all, and what is erased leaves no byte.

The journal is SQLite's rollback journal, which is gone when a transaction ends, and never a write-ahead log: that
would keep what was erased, and could not be read from a folder that is read-only. `secure_delete` overwrites what is deleted.
"""

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from hashlib import blake2b
from pathlib import Path

from kbcli.errors import KbError, RefusedError
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.support.tickets.archive import (
    ARCHIVE_KEY_BYTES,
    COLUMNS,
    FILE,
    FORMAT,
    KEPT_IF_COMMON,
    KEPT_WHEN_ERASED,
    KEY_BYTES,
    NOBODY,
    SCHEMA,
    SEALED_TABLES,
    SEALS,
    Archive,
    check_meta,
    judge_first_contact,
    name_damage,
    pack_body,
    seal_row,
    seal_table,
    strip_follows,
)
from kbcli.support.tickets.place import refuse_in_git
from kbcli.support.tickets.ticket import CUSTOMER, Ticket

LOCK = "lock"
_LOCK_SECONDS = 2.0
_SOME_INDEX_FILES = ("index-1/meta.json", "index-1/a.idx", "index-9999/a.store")
"""Any number and name may be written: git must ignore them all, and these stand for them."""

_UPDATED, _FIRST_CONTACT = COLUMNS.index("updated"), COLUMNS.index("first_contact")


class Record(NamedTuple):
    """A ticket as it is written: `values` by COLUMNS; `keys` are what an erasure may name it and its people by.

    Of one that is not `is_whole` the export has counts or the question alone: what is known of it already stays.
    """

    values: tuple[Any, ...]
    keys: tuple[bytes, ...]
    is_whole: bool = True

    @property
    def name(self) -> str:
        """The ticket's name."""
        return str(self.values[0])


def hash_key(key: bytes, kind: str, text: str) -> bytes:
    """What stands for a customer (`person`), a `company` or a `ticket`: 12 bytes that only the archive's key can make."""
    made = blake2b(
        f"{kind}\0{text.strip().casefold()}".encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES, key=key
    )
    return made.digest()


def list_people(ticket: Ticket) -> tuple[tuple[str, ...], ...]:
    """What the export calls each of a ticket's customer's side, by key and addresses: who asked, then others who wrote.

    Those are on it too of whom nothing says that they are ours.
    To be asked before the ticket is redacted, as that takes its authors' names away.
    """
    people = {ticket.customer: dict.fromkeys(ticket.addresses)}
    for message in ticket.messages:
        if (message.by == CUSTOMER or not message.is_sure) and (message.author or message.address):
            known = people.setdefault(message.author or message.address, {})
            known |= dict.fromkeys(text.lower() for text in (message.address, message.author) if "@" in text)
    return tuple(
        (*known, f"{ticket.source}:{name}") if name else tuple(known) for name, known in people.items()
    )


def join_people(key: bytes, people: Iterable[Iterable[str]]) -> bytes:
    """The keys of people as a row holds them, one behind the other, with an empty one between two people."""
    return NOBODY.join(b"".join(hash_key(key, "person", name) for name in names) for names in people)


def split_people(blob: bytes | None) -> list[set[bytes]]:
    """The keys of each of the people that a row holds."""
    found: list[set[bytes]] = [set()]
    for start in range(0, len(blob or b""), KEY_BYTES):
        one = (blob or b"")[start : start + KEY_BYTES]
        if one == NOBODY:
            found.append(set())
        else:
            found[-1].add(one)
    return [keys for keys in found if keys]


def split_keys(blob: bytes | None) -> list[bytes]:
    """The keys of all the people that a row holds."""
    return [key for keys in split_people(blob) for key in keys]


def _strip_follows(values: Sequence[Any], is_erased: Callable[[str], bool]) -> bytes:
    source = str(values[0]).partition(":")[0]
    return strip_follows(values[-1], lambda ref: is_erased(f"{source}:{ref}"))


def make_record(key: bytes, ticket: Ticket, rules: str, lang: str, people: Iterable[Iterable[str]]) -> Record:
    """The row of a ticket whose texts are redacted by `rules`; `lang` is its language, `people` are as by `list_people`."""
    keys = join_people(key, people)
    company = hash_key(key, "company", f"{ticket.source}:{ticket.company}") if ticket.company else None
    first_contact = judge_first_contact(ticket)
    values = (
        ticket.name,
        ticket.opened and ticket.opened.isoformat(),
        ticket.updated,
        ticket.status,
        ticket.product,
        ticket.topic,
        lang,
        "\n".join(tag.replace("\n", " ") for tag in ticket.tags),
        ticket.subject,
        ticket.replies,
        ticket.reopens,
        int(ticket.is_outbound),
        None if first_contact is None else int(first_contact),
        rules,
        keys,
        company,
        pack_body(ticket),
    )
    named = (hash_key(key, "ticket", ticket.name), *split_keys(keys))
    return Record(values, named, ticket.has_texts and ticket.has_conversation)


class Recorder(Archive):
    """The archive in a folder, to be written to by whoever holds its lock; see `begin_recording`.

    Nothing is kept that was not in a `transaction`. Raises KbError where the file is damaged or the disk is full.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.replaced: list[int] = []
        self.meta: dict[str, Any] = {}
        with name_damage(folder):
            self._base = sqlite3.connect(folder / FILE, isolation_level=None, timeout=60)
        with self._closed_if_refused():
            self._base.execute("pragma journal_mode=delete")
            self._base.execute("pragma secure_delete=on")
            self._base.execute("pragma trusted_schema=off")
            self._base.execute("pragma cache_size=-65536")
            if not self._base.execute("select 1 from sqlite_master").fetchone():
                self._create()
            self.meta |= dict(self._base.execute("select name, value from meta"))
            self._erasures: dict[bytes, str] = dict(self._base.execute("select key, day from erasure"))
            check_meta(folder, self.meta)
            self.check_tables()

    def adopt_key(self, key: bytes) -> None:
        """Take the key of a pack over into an archive that holds nothing yet. Raises RefusedError for another one's pack."""
        if key == self.key:
            return
        if self.ask("select 1 from ticket union select 1 from erasure limit 1"):
            raise RefusedError(
                "the pack is of another archive than the one that is here",
                f"Its erasures could not be held here. Move {self.folder} away, and import the pack again.",
            )
        with self.transaction():
            self.set_meta("key", key)

    def _create(self) -> None:
        with self.transaction():
            for statement in filter(str.strip, SCHEMA.split(";")):
                self._base.execute(statement)
            first = {"format": FORMAT, "key": secrets.token_bytes(ARCHIVE_KEY_BYTES), "index": 0}
            self._base.executemany("insert into meta values(?, ?)", first.items())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is written inside is written as a whole when it ends well, and not at all otherwise."""
        with name_damage(self.folder):
            self._base.execute("begin immediate")
            try:
                if self.meta.get(SEALS):
                    self.set_meta(SEALS, "")
                yield
                self._base.execute("commit")
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("rollback")
                    self.meta = dict(self._base.execute("select name, value from meta"))
                raise

    def seal_tables(self) -> None:
        """Write the check sums of the tables anew, once nothing more is written."""
        if not self.meta.get(SEALS):
            with self.transaction():
                sums = {name: seal_table(self.ask(f"select * from {name}")) for name in SEALED_TABLES}
                self.set_meta(SEALS, json.dumps(sums))

    def set_meta(self, name: str, value: object) -> None:
        """Remember a value under a name."""
        self._base.execute("insert or replace into meta values(?, ?)", (name, value))
        self.meta[name] = value

    def _mark(self, name: str) -> None:
        if not self.meta.get(name):
            self.set_meta(name, 1)

    def is_current(self, ticket: Ticket, rules: str) -> bool:
        """Whether the archive knows this state of the ticket or a newer one, by these rules; one that is gone stays so."""
        gone = self._base.execute("select updated from gone where name = ?", (ticket.name,)).fetchone()
        if gone is not None and gone[0] >= ticket.updated:
            return True
        known = self._base.execute(
            "select updated, rules from ticket where name = ?", (ticket.name,)
        ).fetchone()
        if known is None:
            return False
        updated, by = known
        return bool(updated > ticket.updated or (updated == ticket.updated != "" and by == rules))

    def is_erased(self, record: Record) -> bool:
        """Whether an erasure keeps this ticket out: of itself, or of its customer at the time it was opened or later."""
        opened = record.values[1] or ""
        return any(opened <= self._erasures[key] for key in record.keys if key in self._erasures)

    def put(self, record: Record) -> str:
        """Write a ticket: `added`, `changed`, `unchanged` where every byte is there already, or `older`."""
        values = list(record.values)
        if self._erasures:
            values[-1] = _strip_follows(values, self._is_named_erased)
        known = self._base.execute(
            "select row, seal, updated, first_contact, body from ticket where name = ?", (record.name,)
        ).fetchone()
        if known is not None:
            if known[2] > record.values[_UPDATED]:
                return "older"
            if not record.is_whole:
                values[-1] = known[4]
                values[_FIRST_CONTACT] = (
                    values[_FIRST_CONTACT] if values[_FIRST_CONTACT] is not None else known[3]
                )
            if known[1] == seal_row(values):
                return "unchanged"
            self._base.execute("delete from ticket where row = ?", (known[0],))
            self.replaced.append(known[0])
            self._mark("has_old_words")
        places = ", ".join("?" * (len(COLUMNS) + 1))
        self._base.execute(
            f"insert into ticket({', '.join(COLUMNS)}, seal) values({places})", (*values, seal_row(values))
        )
        self._base.execute("delete from gone where name = ?", (record.name,))
        return "added" if known is None else "changed"

    def _is_named_erased(self, name: str) -> bool:
        return hash_key(self.key, "ticket", name) in self._erasures

    def drop(self, name: str, updated: str, merged_into: str) -> bool:
        """Take out a ticket that is spam, deleted or merged upstream, unless a newer state of it is known; whether it was there."""
        if self._is_named_erased(name) or self._is_named_erased(merged_into):
            return False
        gone = self._base.execute(
            "delete from ticket where name = ? and updated <= ?", (name, updated)
        ).rowcount
        if gone:
            self._mark("is_stale")
        self._base.execute("insert or replace into gone values(?, ?, ?)", (name, updated, merged_into))
        return bool(gone)

    def put_company(self, key: bytes, name: str, tier: str, renewal: str | None) -> None:
        """Write what is known of a company, unless it was erased; `renewal` is an ISO date."""
        if key not in self._erasures:
            self._base.execute(
                "insert or replace into company values(?, ?, ?, ?)", (key, name, tier, renewal)
            )

    def erase(self, rows: Sequence[int]) -> None:
        """Empty these rows of all but the counts; their tickets lose their names.

        The index is then to be made anew, also where only what it kept of former states can have been theirs.
        """
        kept = [name for name in COLUMNS if name in KEPT_WHEN_ERASED]
        common = {name: self._list_common(name) for name in KEPT_IF_COMMON} if rows else {}
        for row in rows:
            values = self._base.execute(
                f"select {', '.join(kept)} from ticket where row = ?", (row,)
            ).fetchone()
            found = dict(zip(kept, values, strict=True))
            found |= {name: "" for name, known in common.items() if found[name] not in known}
            whole = [found.get(name) for name in COLUMNS]
            emptied = ", ".join(f"{name} = ?" for name in COLUMNS)
            self._base.execute(
                f"update ticket set {emptied}, seal = ? where row = ?", (*whole, seal_row(whole), row)
            )
        if rows or self.meta.get("has_old_words"):
            self._mark("is_stale")

    def _list_common(self, column: str) -> set[str]:
        """The values of a column that tickets of six different customers have, so that they tell of none."""
        return {
            value
            for (value,) in self._base.execute(
                f"select {column} from ticket group by 1"
                f" having count(distinct coalesce(nullif(substr(people, 1, {KEY_BYTES}), x''), row)) > 5"
            )
        }

    def forget_names(self, names: Iterable[str]) -> None:
        """Forget these names where other tickets have them: what is gone upstream, was merged into or follows them up."""
        forgotten = set(names)
        for name in forgotten:
            self._base.execute("delete from gone where name = ?1 or merged_into = ?1", (name,))
        for row, values in self._read("where name is not null", []) if forgotten else ():
            body = _strip_follows(values, forgotten.__contains__)
            if body != values[-1]:
                sealed = seal_row([*values[:-1], body])
                self._base.execute("update ticket set body = ?, seal = ? where row = ?", (body, sealed, row))

    def note_day(self, day: date) -> None:
        """Note that all rows there are were written by an import on this day, or before."""
        (newest,) = self.ask("select coalesce(max(row), 0) from ticket")[0]
        days = self.import_days()
        if newest > max(days.values(), default=0):
            with self.transaction():
                self.set_meta("days", json.dumps({**days, day.isoformat(): newest}))

    def erase_companies(self, companies: Iterable[str], day: date, sources: Sequence[str]) -> int:
        """Erase what is known of these companies, by name or by the help desk's ID, and keep it out; how many there were."""
        keys: set[bytes] = set()
        for company in companies:
            ids = [company] if ":" in company else [f"{source}:{company}" for source in sources]
            keys.update(hash_key(self.key, "company", one) for one in ids)
            named = self._base.execute(
                "select key from company where lower(name) = lower(?)", (company.strip(),)
            )
            keys.update(bytes(key) for (key,) in named)
        count = sum(self._base.execute("delete from company where key = ?", (key,)).rowcount for key in keys)
        self.keep_out(keys, day)
        return count

    def list_erasures(self) -> dict[bytes, str]:
        """The keys that are kept out, with the day up to which."""
        return dict(self._erasures)

    def keep_out(self, keys: Iterable[bytes], day: date) -> None:
        """Remember that tickets with one of these keys, opened on this day or before, do not come back."""
        given = {key: max(day.isoformat(), self._erasures.get(key, "")) for key in keys}
        self._base.executemany("insert or replace into erasure values(?, ?)", given.items())
        self._erasures |= given


@contextmanager
def begin_recording(folder: Path) -> Iterator[Recorder]:
    """The archive in a folder, made where there is none, for the one who may write to it now.

    Raises RefusedError for a folder in a git work tree and for links in place of files, KbError where another process is writing or the folder cannot be used.
    """
    from filelock import FileLock, Timeout

    try:
        refuse_in_git(folder, FILE, f"{FILE}-journal", LOCK, *_SOME_INDEX_FILES)
        for path in (folder / FILE, folder / LOCK, *folder.glob("index-*")):
            if path.is_symlink():
                raise RefusedError(
                    f"{path} is a symbolic link", "Name the folder that the archive itself is in."
                )
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = FileLock(folder / LOCK, timeout=_LOCK_SECONDS)
        lock.acquire()
    except Timeout:
        raise KbError(
            "another kb is writing to the ticket archive", "Run it again when that one is done."
        ) from None
    except OSError as error:
        raise KbError(
            f"the ticket archive in {folder} cannot be written to: {error.strerror}",
            "Whoever may only read it searches; its owner imports and forgets.",
        ) from error
    try:
        recorder = Recorder(folder)
        try:
            yield recorder
            recorder.seal_tables()
        finally:
            recorder.close()
    finally:
        lock.release()
