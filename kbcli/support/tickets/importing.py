"""The import run: tickets of an export are redacted by forks, written by one process, and then indexed.

Every chunk is written as a whole, so that what stops a run (Ctrl-C, a full disk, kill -9) leaves a valid archive, and
the next run goes on: what is there already is passed over before anything is done with it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

from kbcli.errors import KbError
from kbcli.foundation.groups import chunk_items
from kbcli.foundation.processes import work_ahead
from kbcli.foundation.text.languages import SCRIPT_OF, function_words, guess_language, language_code
from kbcli.foundation.typed import NamedTuple
from kbcli.support.tickets.forgetting import apply_erasures
from kbcli.support.tickets.index import (
    IndexWriter,
    TicketIndex,
    feed_index,
    name_index,
    remove_index,
    share_files,
    sum_files,
)
from kbcli.support.tickets.pack import Gone, Pack, PackedCompany
from kbcli.support.tickets.recording import Record, Recorder, hash_key, list_people, make_record
from kbcli.support.tickets.redaction import RULES_VERSION, redact_ticket
from kbcli.support.tickets.ticket import BrokenRecord, Company, LeftOut, Ticket

CHUNK = 200
_COMMIT_EVERY = 50_000
_TOLD_BY = 1000
"""Characters by which the language of a ticket is told, where its export does not say."""

LANGUAGES = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "sv",
    "da",
    "no",
    "fi",
    "ru",
    "ar",
    "hi",
    "ja",
    "zh",
    "ko",
    "th",
)
_NAMED = 20

Progress = Callable[[int, int], None]
Read = Iterable[Ticket | Company | LeftOut | BrokenRecord]


class Imported(NamedTuple):
    """What became of an export: how many tickets, by word, and the first records that could not be read.

    The words are `added`, `changed`, `unchanged`, `older` (a newer state is known), `gone` (spam, deleted or merged
    upstream), `erased` (kept out by an erasure), `expired` (older than what is kept), `companies`, `broken`; `left_out`
    counts records that are no tickets, by why.
    """

    counts: dict[str, int]
    left_out: dict[str, int]
    broken: tuple[BrokenRecord, ...] = ()
    is_interrupted: bool = False


class Intake(NamedTuple):
    """How tickets are taken in: the language where nothing tells it, and the first day that is kept (None: any)."""

    lang: str
    first_day: date | None = None


Item = Record | Gone | PackedCompany


def _prepare(key: bytes, lang: str, items: list[Ticket | Company]) -> list[Item]:
    """What a fork makes of a chunk: tickets redacted, as they are written; those that are gone only by name."""
    return [_prepare_one(key, lang, item) for item in items]


def _prepare_one(key: bytes, lang: str, item: Ticket | Company) -> Item:
    if isinstance(item, Company):
        renewal = item.renewal.isoformat() if item.renewal else None
        made = hash_key(key, "company", f"{item.source}:{item.ref}")
        return PackedCompany(made, item.name, item.tier, renewal)
    if is_dropped(item):
        into = f"{item.source}:{item.merged_into}" if item.merged_into else ""
        return Gone(item.name, item.updated, into)
    return _prepare_ticket(key, lang, item)


def _prepare_ticket(key: bytes, lang: str, ticket: Ticket) -> Record:
    redacted = redact_ticket(ticket)
    told = f"{redacted.subject}\n{redacted.messages[0].text if redacted.messages else ''}"[:_TOLD_BY]
    return make_record(
        key, redacted, RULES_VERSION, tell_language(told, ticket.lang, lang), list_people(ticket)
    )


def tell_language(text: str, said: str, usual: str) -> str:
    """The language of a text: as its words tell, else as its export says, else the usual one.

    Forms say in which language they are shown: of 1,627 questions of a public forum 152 are in another. Where kb knows no
    function words of the language that is said, it stays.
    """
    if said and not function_words(language_code(said)):
        return said
    default = said or usual
    known = (lang for lang in LANGUAGES if not said or function_words(lang) or lang in SCRIPT_OF)
    others = (lang for lang in known if lang != language_code(default))
    return guess_language(text, (default, *others), default)


def is_dropped(ticket: Ticket) -> bool:
    """Whether the archive has no place for a ticket: spam, deleted or merged upstream."""
    return ticket.is_gone or bool(ticket.merged_into)


class _Run:
    """One import: what is counted, and the chunks that are still to be written."""

    def __init__(self, recorder: Recorder, intake: Intake) -> None:
        self._recorder = recorder
        self._intake = intake
        self.counts: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.broken: list[BrokenRecord] = []

    def chunks(self, read: Read) -> Iterator[list[Ticket | Company]]:
        """What there is to be written, in the order of the export."""
        chunk: list[Ticket | Company] = []
        for item in read:
            if isinstance(item, BrokenRecord):
                self.counts["broken"] += 1
                self.broken += [item] if len(self.broken) < _NAMED else []
            elif isinstance(item, LeftOut):
                self.left_out[item.why] += 1
            elif isinstance(item, Company) or self._is_wanted(item):
                chunk.append(item)
                if len(chunk) == CHUNK:
                    yield chunk
                    chunk = []
        if chunk:
            yield chunk

    def _is_wanted(self, ticket: Ticket) -> bool:
        first = self._intake.first_day
        if first is not None and ticket.opened is not None and ticket.opened < first:
            self.counts["expired"] += 1
        elif self._recorder.is_current(ticket, RULES_VERSION):
            self.counts["unchanged"] += 1
        else:
            return True
        return False

    def write(self, chunk: Iterable[Item]) -> None:
        """Write a chunk as a whole."""
        counts: Counter[str] = Counter()
        with self._recorder.transaction():
            for item in chunk:
                counts[self._write_one(item)] += 1
        self.counts += counts

    def _write_one(self, item: Item) -> str:
        if isinstance(item, PackedCompany):
            self._recorder.put_company(*item)
            return "companies"
        if isinstance(item, Gone):
            self._recorder.drop(*item)
            return "gone"
        first = self._intake.first_day
        if first is not None and (item.values[1] or "9") < first.isoformat():
            return "expired"
        return "erased" if self._recorder.is_erased(item) else self._recorder.put(item)


def import_pack(recorder: Recorder, pack: Pack, intake: Intake) -> Imported:
    """Take in what a colleague's archive holds, its erasures first; not the index. Raises RefusedError as `adopt_key` and for damage."""
    run = _Run(recorder, intake)
    recorder.adopt_key(pack.key)
    apply_erasures(recorder, pack.erasures)
    is_interrupted = False
    try:
        for chunk in chunk_items(pack.items, CHUNK):
            run.write(chunk)
    except KeyboardInterrupt:
        is_interrupted = True
    return Imported(dict(run.counts), {}, (), is_interrupted)


def import_tickets(recorder: Recorder, read: Read, intake: Intake) -> Imported:
    """Write the tickets of an export into the archive; not the index. Ctrl-C ends it between two chunks.

    Raises KbError where the disk is full or the archive damaged: what was written before stays.
    """
    run = _Run(recorder, intake)
    is_interrupted = False
    try:
        for made in work_ahead(partial(_prepare, recorder.key, intake.lang), run.chunks(read)):
            run.write(made)
    except KeyboardInterrupt:
        is_interrupted = True
    return Imported(dict(run.counts), dict(run.left_out), tuple(run.broken), is_interrupted)


def expire_tickets(recorder: Recorder, first_day: date) -> int:
    """Erase what was said in tickets older than a day; how many. Their counts stay.

    Those whose own day is not known are kept out by name: a later import could not tell how old they are.
    """
    overdue = recorder.list_overdue(first_day)
    if overdue:
        with recorder.transaction():
            recorder.erase([row for row, _, _ in overdue])
            undated = [name for _, name, is_dated in overdue if not is_dated]
            recorder.keep_out([hash_key(recorder.key, "ticket", name) for name in undated], first_day)
    return len(overdue)


def update_index(recorder: Recorder, progress: Progress) -> bool:
    """Bring the index in step with the archive, making it anew where words must be gone from it or it is damaged; whether it was made anew."""
    folder, number = recorder.folder, int(recorder.meta["index"])
    anew = bool(recorder.meta.get("is_stale")) or not number or not _is_sound(recorder)
    if anew:
        number += 1
    path = name_index(folder, number)
    if anew:
        remove_index(path)
    writer = IndexWriter(path)
    total = recorder.count_tickets(writer.last_row)
    writer.delete(recorder.replaced)
    done = since = 0
    for count in feed_index(writer, chunk_items(recorder.list_rows(writer.last_row), CHUNK)):
        done, since = done + count, since + count
        progress(done, total)
        if since > _COMMIT_EVERY:
            writer.commit()
            since = 0
    writer.finish()
    share_files(folder, path)
    _note_index(recorder, number, path, is_new=anew)
    for other in folder.glob("index-*"):
        if other != path:
            remove_index(other)
    return anew


def _note_index(recorder: Recorder, number: int, path: Path, *, is_new: bool) -> None:
    with recorder.transaction():
        recorder.set_meta("index", number)
        recorder.set_meta("is_stale", 0)
        if is_new:
            recorder.set_meta("has_old_words", 0)
        recorder.set_meta("indexed", int(recorder.ask("select coalesce(max(row), 0) from ticket")[0][0]))
        recorder.set_meta("langs", json.dumps([*recorder.count_by("lang")]))
        recorder.set_meta("sums", json.dumps(sum_files(path)))
    recorder.replaced.clear()


def find_damaged_files(folder: Path, meta: dict[str, object]) -> list[str]:
    """The files of the index that are not as they were written; tantivy never writes to one again, but for its lists."""
    path = name_index(folder, int(str(meta.get("index", 0))))
    known = json.loads(str(meta.get("sums") or "{}"))
    present = sum_files(path) if path.is_dir() else {}
    changing = ("meta.json", ".managed.json")
    return [
        name for name, total in present.items() if name not in changing and known.get(name, total) != total
    ]


def _is_sound(recorder: Recorder) -> bool:
    try:
        TicketIndex(name_index(recorder.folder, int(recorder.meta["index"]))).close()
    except KbError:
        return False
    return not find_damaged_files(recorder.folder, recorder.meta)
