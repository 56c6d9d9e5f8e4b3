"""The index of earlier tickets: tantivy, fed with kb's own words, so that it is right in every language.

It can always be made again from the archive. A row is in it once; rows only grow, so what it lacks is what has a
greater one. What is deleted from it leaves its words in tantivy's dictionary: whatever must be gone for good is gone
when the index is made anew.
"""

import os
import stat
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from kbcli.errors import KbError, need_extra
from kbcli.foundation.text.languages import language_code
from kbcli.foundation.text.pipeline import QueryWord, analyse_text
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.support.tickets.archive import Archive, ArchivedTicket
from kbcli.support.tickets.port import TicketFilter
from kbcli.support.tickets.ticket import CUSTOMER

ANSWERED = "answered"
BEST_OF = 0.3
"""Of a word's alternatives the best counts, and of each other one so much."""

_HEAP_BYTES = 100_000_000
_DISK_IS_FULL = ("os error 28", "os error 122", "os error 112")
"""How tantivy says it: no space, the user's quota, Windows."""

_LONGEST = 20_000
"""Characters of a question, or of what we answered, by which a ticket is found."""


class Entry(NamedTuple):
    """A ticket as the index takes it: words separated by blanks, and what it is chosen by."""

    row: int
    opened: int
    question: str
    answer: str
    marks: tuple[tuple[str, str], ...]


def make_entry(ticket: ArchivedTicket) -> Entry:
    """What the index keeps of a ticket: the words of the subject count twice."""
    asked = "\n".join(message.text for message in ticket.messages if message.by == CUSTOMER)
    told = "\n".join(message.text for message in ticket.messages if message.by != CUSTOMER)
    subject = analyse_text(ticket.subject, ticket.lang)
    marks = [("tag", tag) for tag in ticket.tags]
    marks += [("product", ticket.product), ("lang", ticket.lang), ("lang", language_code(ticket.lang))]
    if ticket.answer:
        marks.append(("tag", f"\0{ANSWERED}"))
    return Entry(
        ticket.row,
        ticket.opened.toordinal() if ticket.opened else 0,
        " ".join((*subject, *subject, *analyse_text(asked[:_LONGEST], ticket.lang))),
        " ".join(analyse_text(told[:_LONGEST], ticket.lang)),
        tuple(dict.fromkeys((field, value.casefold()) for field, value in marks if value)),
    )


def _make_entries(tickets: Sequence[ArchivedTicket]) -> list[Entry]:
    return [make_entry(ticket) for ticket in tickets]


def name_index(folder: Path, number: int) -> Path:
    """The folder of the index of that number, which the archive names; each index that is made anew has another."""
    return folder / f"index-{number}"


def load_tantivy() -> Any:
    """The library. Raises KbError that names the extra where it is not installed."""
    with need_extra("finding earlier tickets", "tickets"):
        import tantivy
    return tantivy


def _make_schema(tantivy: Any) -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    builder.add_unsigned_field("opened", fast=True)
    for name in ("question", "answer"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in ("tag", "product", "lang"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    return builder.build()


class IndexWriter:
    """The index in a folder, made where there is none; what was put in is there once it is committed."""

    def __init__(self, folder: Path) -> None:
        self._tantivy = load_tantivy()
        self.folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)
        with _name_damage(folder):
            index = self._tantivy.Index(_make_schema(self._tantivy), path=os.fspath(folder))
            self._schema = index.schema
            self.last_row = _find_last_row(index)
            self._writer = index.writer(_HEAP_BYTES, 1)

    def put(self, entries: Iterable[Entry]) -> None:
        """Add tickets."""
        for entry in entries:
            document = self._tantivy.Document(question=entry.question, answer=entry.answer)
            # As keywords these would be signed, which ends tantivy's thread.
            document.add_unsigned("row", entry.row)
            document.add_unsigned("opened", entry.opened)
            for field, value in entry.marks:
                document.add_text(field, value)
            self._writer.add_document(document)

    def delete(self, rows: Iterable[int]) -> None:
        """Leave out rows from now on; their words may stay in the dictionary."""
        for row in rows:
            # By a term the number would be signed, and found in nothing.
            self._writer.delete_documents_by_query(self._tantivy.Query.term_query(self._schema, "row", row))

    def commit(self) -> None:
        """Make all that was put in so far what readers see. Raises KbError where the disk is full."""
        with _name_damage(self.folder):
            self._writer.commit()

    def finish(self) -> None:
        """Commit, and wait until nothing is written any more."""
        self.commit()
        with _name_damage(self.folder):
            self._writer.wait_merging_threads()


def feed_index(writer: IndexWriter, tickets: Iterable[Sequence[ArchivedTicket]]) -> Iterator[int]:
    """Put chunks of tickets into an index, analysed by forks; gives how many were in each. Not committed."""
    from kbcli.foundation.processes import work_ahead

    for entries in work_ahead(_make_entries, tickets):
        writer.put(entries)
        yield len(entries)


def share_files(folder: Path, index: Path) -> None:
    """Let those who may read the folder of an archive read its files, and nobody else: tantivy makes some for their owner alone."""
    found = folder.stat()
    others = stat.S_IMODE(found.st_mode) & 0o055
    files = (path for path in (*folder.iterdir(), *index.iterdir()) if path.is_file())
    for path, mode in ((index, 0o700 | others), *((path, 0o600 | others & 0o044) for path in files)):
        # What a colleague made stays as they made it.
        with suppress(OSError):
            if os.name == "posix" and path.stat().st_gid != found.st_gid:
                os.chown(path, -1, found.st_gid)
            path.chmod(mode)


def sum_files(folder: Path) -> dict[str, int]:
    """The check sum of each file of an index."""
    return {
        name: _sum_file(folder / name)
        for name in sorted(os.listdir(folder))
        if not name.startswith(".tantivy")
    }


def _sum_file(path: Path) -> int:
    total = 0
    with open(path, "rb") as stream:
        for block in iter(partial(stream.read, 1 << 20), b""):
            total = zlib.crc32(block, total)
    return total


def remove_index(folder: Path) -> None:
    """Delete an index with all its files, if it is there."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


class TicketIndex:
    """An index, open for searching: `doc_count` and `document_frequency` are the statistics of `knowledge.index.port`."""

    def __init__(self, folder: Path) -> None:
        self._tantivy = load_tantivy()
        self._links = ""
        try:
            with _name_damage(folder):
                self._index = self._tantivy.Index.open(self._find_lockable(folder))
                self._searcher = self._index.searcher()
                self.doc_count: int = self._searcher.num_docs
        except BaseException:
            self.close()
            raise
        self._folder = folder
        self._schema = self._index.schema

    def _find_lockable(self, folder: Path) -> str:
        """The folder, or one of links to its files for as long as this is open: tantivy locks what it reads, also in a folder of another's."""
        if os.access(folder, os.W_OK):
            return os.fspath(folder)
        from tempfile import mkdtemp

        self._links = mkdtemp(prefix="kb-")
        for name in os.listdir(folder):
            if not name.startswith(".tantivy"):
                os.symlink(os.path.abspath(folder / name), os.path.join(self._links, name))
        return self._links

    def close(self) -> None:
        """Let go of the files."""
        if self._links:
            remove_index(Path(self._links))

    def document_frequency(self, field: str, term: str) -> int:
        """How many tickets were asked with a term (`body`), or answered (`answer`); headings are part of the question."""
        name = {"body": "question", "answer": "answer"}.get(field)
        return 0 if name is None else self._count_holders(name, term)

    def _count_holders(self, name: str, term: str) -> int:
        with _name_damage(self._folder):
            return int(self._searcher.doc_freq(name, term))

    def search(self, words: Sequence[QueryWord], chosen: TicketFilter, limit: int) -> list[tuple[float, int]]:
        """Scores and rows of the tickets that hold any of the words and pass the filter, best first."""
        query = self._make_query(words, chosen)
        with _name_damage(self._folder):
            hits = self._searcher.search(query, limit, count=False).hits
            rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return [(score, int(row)) for (score, _), row in zip(hits, rows, strict=True)]

    def _make_query(self, words: Sequence[QueryWord], chosen: TicketFilter) -> Any:
        query, occur = self._tantivy.Query, self._tantivy.Occur
        counted: dict[QueryWord, int] = {}
        for word in words:
            counted[word] = counted.get(word, 0) + 1
        parts = [
            (occur.Should, query.boost_query(found, word.weight * count**0.5))
            for word, count in counted.items()
            if (found := self._find_word(word)) is not None
        ]
        conditions = [(occur.Must, one) for one in self._make_conditions(chosen)]
        if not conditions:
            return query.boolean_query(parts)
        return query.boolean_query([(occur.Must, query.boolean_query(parts)), *conditions])

    def _find_word(self, word: QueryWord) -> Any:
        """What finds a word: the best of its alternatives in what was asked and in what was answered, which tells as much."""
        query = self._tantivy.Query
        found = []
        for field in ("question", "answer"):
            for term, weight in word.terms:
                if self._count_holders(field, term):
                    one = query.term_query(self._schema, field, term, "freq")
                    found.append(one if weight == 1 else query.boost_query(one, weight))
        if len(found) < 2:
            return found[0] if found else None
        return query.disjunction_max_query(found, BEST_OF)

    def _make_conditions(self, chosen: TicketFilter) -> Iterator[Any]:
        query = self._tantivy.Query
        for field in ("product", "tag", "lang"):
            if values := getattr(chosen, field):
                terms = [value.casefold() for value in values]
                yield query.const_score_query(query.term_set_query(self._schema, field, terms), 0.0)
        if chosen.is_answered:
            yield query.const_score_query(
                query.term_query(self._schema, "tag", f"\0{ANSWERED}", "basic"), 0.0
            )
        if chosen.since is not None:
            kind, since = self._tantivy.FieldType.Unsigned, chosen.since.toordinal()
            yield query.const_score_query(query.range_query(self._schema, "opened", kind, since, None), 0.0)


def open_index(archive: Archive) -> TicketIndex:
    """The index of an archive. Raises KbError where there is none."""
    number = int(str(archive.meta.get("index", 0)))
    if not number:
        raise KbError("the ticket archive has no index yet", "Make it: kb tickets import")
    return TicketIndex(name_index(archive.folder, number))


def _find_last_row(index: Any) -> int:
    """The greatest row of an index, 0 where it is empty."""
    searcher = index.searcher()
    import tantivy

    hits = searcher.search(tantivy.Query.all_query(), 1, count=False, order_by_field="row").hits
    return int(hits[0][0]) if hits else 0


class _name_damage:  # noqa: N801  a context in lower case, as those of contextlib
    """Raises KbError for whatever tantivy says of an index that it cannot read; its panics are no Exception."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        if kind is None or kind in (KeyboardInterrupt, MemoryError) or isinstance(error, KbError):
            return
        if any(sign in str(error) for sign in _DISK_IS_FULL):
            raise KbError(
                f"the index of earlier tickets in {self._folder} cannot be written: the disk is full",
                "Make room, then: kb tickets import. The tickets themselves are whole.",
            ) from error
        raise KbError(
            f"the index of earlier tickets in {self._folder} cannot be read: {error}",
            "Make it anew: kb tickets import",
        ) from error
