"""Bringing the tickets on an engine in step with an archive: one writer at a time, and one that was stopped goes on.

An archive knows up to which of its rows an index has it; where it does not know an index, each row is compared with what
is there. Erasures come first, in both directions, so that an older archive brings nothing back.
"""

import json
import secrets
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import partial

from kbcli.errors import RefusedError
from kbcli.foundation.groups import chunk_items
from kbcli.foundation.opensearch.access import EngineError
from kbcli.foundation.opensearch.client import Engine, join_path, read_hits
from kbcli.foundation.opensearch.records import (
    BEAT_SECONDS,
    LEASE_SECONDS,
    OF_STATES,
    BusyError,
    create_index,
    delete_index,
    make_claim,
    name_state_index,
    refuse_at_work,
    take,
)
from kbcli.foundation.processes import work_ahead
from kbcli.foundation.typed import TYPE_CHECKING, Any, NamedTuple
from kbcli.support.tickets.engine.documents import (
    VERSION,
    WITH_COPIES,
    PackedTicket,
    make_settings,
    name_ticket,
    pack_row,
)
from kbcli.support.tickets.engine.erasing import (
    delete_erased,
    delete_matching,
    expunge_deleted,
)
from kbcli.support.tickets.engine.state import (
    Erasures,
    TicketsIndex,
    TicketsState,
    load_erasures,
    load_state,
    save_erasures,
    save_state,
)
from kbcli.support.tickets.forgetting import apply_erasures
from kbcli.support.tickets.importing import Progress
from kbcli.support.tickets.recording import Recorder, hash_key
from kbcli.support.tickets.redaction import RULES_VERSION

SHARDS, MOST_SHARDS = 1, 64
"""How many parts an index has unless told otherwise, and at most: each search asks all of them, and each part works as for itself."""

_SEGMENT_BYTES = 5_000_000_000
"""What engines make by themselves at most: larger ones they would leave as they are, and an erasure writes all of one anew."""

if TYPE_CHECKING:
    from concurrent.futures import Future
    from typing import Self

_CALL_SECONDS = 60.0
_CHUNK = 100
_BATCH_BYTES, _BATCH, _AT_ONCE = 4_000_000, 1_000, 2
_GONE = 1_000
_PATIENCE_SECONDS, _PAUSE_SECONDS = 60.0, 0.5
"""How long a write is tried again, as where a node is gone, and after which pause first."""

READER_SECONDS = 3.0
"""For how long somebody may still search an index that is out of use."""

_WAIT_SECONDS, _IN_VAIN = 30.0, 408
"""For how long parts of an index are waited for, and their copies; and the status of an answer that says it was in vain."""

_MARK = "pushed"


class Pushed(NamedTuple):
    """What a push did: tickets there now, written, and deleted; `is_full`, whether into an index made anew.

    `unclean` is why what was erased may still be in files there, "" where it is not.
    """

    tickets: int
    written: int
    deleted: int
    is_full: bool
    unclean: str = ""
    is_interrupted: bool = False


class Options(NamedTuple):
    """How to push: all into an index made anew, with how many parts, the first day that is kept (None: any)."""

    is_full: bool = False
    shards: int = 0
    first_day: date | None = None


class _Mark(NamedTuple):
    """How far an index has an archive: up to which row, after how many pushes, with which tickets gone."""

    row: int = 0
    pushes: int = 0
    gone: int = 0


def has_tickets(engine: Engine, name: str) -> bool:
    """Whether an engine keeps tickets under a name. Raises EngineError."""
    state = load_state(engine, name)
    return bool(state.current.name or state.building.name)


class Push:
    """One writer's turn on the tickets that an engine keeps under a name; use it as a context.

    Raises BusyError where another writes, RefusedError where they are another archive's or a newer kb's, EngineError.
    """

    def __init__(self, recorder: Recorder, engine: Engine, name: str) -> None:
        self._recorder, self._engine, self._name = recorder, engine, name
        self._archive = hash_key(recorder.key, "archive", "").hex()
        self._written = self._deleted = 0
        self._made = ""

    def __enter__(self) -> "Self":
        state = self._load_state()
        if state.archive not in ("", self._archive):
            raise RefusedError(
                "the tickets on the engine are of another archive than the one that is here",
                "Erasures could not be held. Import a pack of that archive here: kb tickets pack.",
            )
        if state.rules > int(RULES_VERSION):
            raise RefusedError(
                "the tickets on the engine were redacted by a newer kb", "Install the newest kb."
            )
        refuse_at_work(state.writing, "another push of tickets is at work")
        if state.place is None:
            with self._engine.allow(_CALL_SECONDS):
                create_index(self._engine, name_state_index(self._name), OF_STATES)
        self._state = state
        self._save(archive=self._archive, writing=make_claim())
        return self

    def __exit__(self, *_: object) -> None:
        # Whoever comes next need not wait for the lease; where the engine is gone, or another has the turn, this is not said.
        with suppress(BusyError, EngineError):
            self._save(writing={})

    def _load_state(self) -> TicketsState:
        with self._engine.allow(_CALL_SECONDS):
            return load_state(self._engine, self._name)

    def _save(self, **changes: Any) -> None:
        self._beaten = time.monotonic()
        try:
            with self._engine.allow(_CALL_SECONDS):
                self._state = save_state(self._engine, self._name, self._state._replace(**changes))
        except EngineError as error:
            if error.is_conflict:
                raise BusyError("another push of tickets took its turn", "Wait for it.") from None
            raise

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        with self._engine.allow(_CALL_SECONDS):
            return self._engine.ask(method, path, body)

    # --- Erasures: what was erased anywhere is erased everywhere.

    def hold_erasures(self) -> int:
        """Erase here what was erased by others, and there what was erased here; how many there. Their words may still be in files there."""
        with self._engine.allow(_CALL_SECONDS):
            held = load_erasures(self._engine, self._name)
        apply_erasures(self._recorder, held.days)
        known = self._recorder.list_erasures()
        new = {key: day for key, day in known.items() if held.days.get(key, "") < day}
        if not new:
            return 0
        self._save(is_unclean=True)
        deleted = sum(delete_erased(self._engine, index, new) for index in self._list_indexes())
        with self._engine.allow(_CALL_SECONDS):
            save_erasures(self._engine, self._name, Erasures({**held.days, **known}, held.place))
        return deleted

    def clean(self) -> str:
        """Write all anew there that holds what was erased; why that is not done, "" where it is."""
        if not self._state.is_unclean:
            return ""
        try:
            for index in self._list_indexes():
                copies = self._state.copies if index == self._state.current.name else 0
                expunge_deleted(self._engine, index, copies)
        except EngineError as error:
            return error.reason
        self._save(is_unclean=False)
        return ""

    def _list_indexes(self) -> list[str]:
        return [index.name for index in (self._state.current, self._state.building) if index.name]

    # --- Tickets.

    def push(self, options: Options, progress: Progress) -> Pushed:
        """Bring the tickets there in step with the archive. Ctrl-C ends it between two batches, and the next push goes on."""
        self._deleted += self.hold_erasures()
        target = self._choose_target(options)
        is_full = target != self._state.current
        mark = self._read_mark(target)
        try:
            self._put_rows(target, mark, progress)
            gone = self._drop_gone(target, mark)
        except KeyboardInterrupt:
            return Pushed(self._state.tickets, self._written, self._deleted, is_full, is_interrupted=True)
        self._finish(target, options.first_day)
        row = int(self._recorder.ask("select coalesce(max(row), 0) from ticket")[0][0])
        self._write_mark(target, _Mark(row, self._state.pushes, gone))
        return Pushed(self._state.tickets, self._written, self._deleted, is_full, self.clean())

    def _choose_target(self, options: Options) -> TicketsIndex:
        """The index to write to: the one that is searched, else one that is made in its place, by whoever began with it."""
        current, building = self._state.current, self._state.building
        if current.name and current.version == VERSION and not options.is_full and not building.name:
            return current
        wanted = options.shards or (len(current.routes) or SHARDS)
        is_alike = building.version == VERSION and options.shards in (0, len(building.routes))
        if building.routes and is_alike and self._wait_for(building.name, "yellow"):
            return building
        number = self._state.number + 1
        name = f"{self._name}-tickets-{number}"
        # Said before it is made, so that nothing is ever left over of which no state tells.
        fresh = TicketsIndex(name, secrets.token_hex(8), VERSION)
        self._save(number=number, building=fresh)
        if building.name:
            self._remove(building.name)
        with self._engine.allow(_CALL_SECONDS):
            create_index(self._engine, name, make_settings(wanted))
        self._made = name
        self._save(building=fresh._replace(routes=self._find_routes(name, wanted)))
        return self._state.building

    def _wait_for(self, index: str, status: str) -> bool:
        """Wait a while until all parts of an index are there (`yellow`), and their copies too (`green`); whether they are."""
        path = join_path("_cluster", "health", index, wait_for_status=status, timeout=f"{_WAIT_SECONDS:.0f}s")
        try:
            return self._ask("GET", path).get("timed_out") is False
        except EngineError as error:
            if error.status == _IN_VAIN:
                return False
            raise

    def _merge(self, target: TicketsIndex) -> None:
        """Have few segments: a search looks up each word in each of them. Once, before there are copies; what comes later is small.

        What takes longer than others wait for this push the engine ends alone.
        """
        self._save(writing=make_claim())
        with suppress(EngineError, KeyError, TypeError), self._engine.allow(LEASE_SECONDS / 2):
            told = self._engine.ask("GET", join_path(target.name, "_stats", "store"))
            size = take(int, told["_all"]["primaries"]["store"]["size_in_bytes"])
            most = 1 + size // (_SEGMENT_BYTES * len(target.routes))
            path = join_path(target.name, "_forcemerge", max_num_segments=most, flush="true")
            self._engine.ask("POST", path)
            self._engine.ask("POST", join_path(target.name, "_refresh"))

    def _add_copies(self, index: str) -> None:
        """Have copies of an index that was built without: files are copied, where each ticket was to be indexed twice."""
        self._ask("POST", join_path(index, "_flush"))
        self._ask("PUT", join_path(index, "_settings"), WITH_COPIES)
        self._wait_for(index, "green")

    def _find_routes(self, index: str, shards: int) -> tuple[str, ...]:
        """Values of routing that lead to each shard."""
        found: dict[int, str] = {}
        for value in range(1_000 * shards):
            answer = self._ask("GET", join_path(index, "_search_shards", routing=value))
            try:
                found.setdefault(take(int, answer["shards"][0][0]["shard"]), str(value))
            except (KeyError, TypeError, IndexError):
                raise EngineError("its answer is not what an OpenSearch says") from None
            if len(found) == shards:
                break
        return tuple(found[shard] for shard in sorted(found))

    def _put_rows(self, target: TicketsIndex, mark: _Mark, progress: Progress) -> None:
        """Write what is newer than the mark and not there as it is; the mark moves along."""
        total, done = self._recorder.count_tickets(mark.row), 0
        erased = frozenset(self._recorder.list_erasures())
        make = partial(_pack_rows, self._recorder.key, erased)
        batches = _join(work_ahead(make, chunk_items(self._recorder.list_written(mark.row), _CHUNK)))
        for batch, written in _do_meanwhile(partial(self._put, target.name), batches):
            self._written += written
            done += len(batch)
            mark = mark._replace(row=batch[-1].row)
            self._write_mark(target, mark)
            if time.monotonic() - self._beaten > BEAT_SECONDS:
                self._save(writing=make_claim())
            progress(done, total)

    def _put(self, index: str, batch: Sequence[PackedTicket]) -> int:
        """Write those of a batch that are not there as they are; how many."""
        # In an index that this push made there is nothing yet.
        known = {} if index == self._made else self._look_up(index, [packed.ident for packed in batch])
        lines: list[object] = []
        for packed in batch:
            seal, updated = known.get(packed.ident, (None, ""))
            if seal != packed.seal and updated <= packed.updated:
                lines += [{"index": {"_index": index, "_id": packed.ident}}, packed.source]
        self._write(lines)
        return len(lines) // 2

    def _look_up(self, index: str, idents: Sequence[str]) -> dict[str, tuple[int, str]]:
        """The seals and newest changes of documents that are there."""
        answer = _try_again(
            lambda: self._ask(
                "POST", join_path(index, "_mget", _source="seal,updated"), {"ids": list(idents)}
            )
        )
        found: dict[str, tuple[int, str]] = {}
        try:
            for item in answer["docs"]:
                if "error" in item:
                    raise EngineError("a part of the archive did not answer")
                if item["found"]:
                    source = item["_source"]
                    found[item["_id"]] = take(int, source["seal"]), take(str, source["updated"])
        except (KeyError, TypeError):
            raise EngineError("its answer is not what an OpenSearch says") from None
        return found

    def _write(self, lines: Sequence[object]) -> None:
        def write() -> None:
            with self._engine.allow(_CALL_SECONDS):
                self._engine.write_bulk(lines)

        _try_again(write)

    def _drop_gone(self, target: TicketsIndex, mark: _Mark) -> int:
        """Delete tickets that are gone upstream, where that changed; gives the sum of what is gone."""
        gone = self._recorder.list_gone()
        total = zlib.crc32(repr(gone).encode("utf-8", "surrogatepass")) if gone else 0
        if total == mark.gone:
            return total
        for part in chunk_items(gone, _GONE):
            idents = {name_ticket(self._recorder.key, name): updated for name, updated in part}
            known = self._look_up(target.name, list(idents))
            lines = [
                {"delete": {"_index": target.name, "_id": ident}}
                for ident, (_, updated) in known.items()
                if updated <= idents[ident]
            ]
            self._write(lines)
            self._deleted += len(lines)
        return total

    def _finish(self, target: TicketsIndex, first_day: date | None) -> None:
        """Let readers see what was written, and the index itself if it is another than theirs."""
        self._ask("POST", join_path(target.name, "_refresh"))
        if target == self._state.building:
            self._merge(target)
            self._add_copies(target.name)
        expired = delete_matching(self._engine, target.name, _tell_expired(first_day)) if first_day else 0
        self._deleted += expired
        # A part of an index that was just made may be a moment late.
        tickets, langs = _try_again(lambda: self._count(target.name))
        before = self._state.current
        self._save(
            current=target,
            building=TicketsIndex(),
            tickets=tickets,
            langs=langs,
            rules=max(self._state.rules, int(RULES_VERSION)),
            pushes=self._state.pushes + 1,
            copies=max(self._state.copies if target == before else 0, self._count_copies(target.name)),
            is_unclean=self._state.is_unclean or expired > 0,
        )
        if before.name and before != target:
            time.sleep(READER_SECONDS)
            self._remove(before.name)

    def _count(self, index: str) -> tuple[int, tuple[str, ...]]:
        by = {"terms": {"field": "language", "size": 100, "order": [{"_count": "desc"}, {"_key": "asc"}]}}
        body = {"size": 0, "track_total_hits": True, "aggs": {"langs": by}}
        answer = self._ask("POST", join_path(index, "_search"), body)
        _, total = read_hits(answer)
        try:
            langs = tuple(take(str, one["key"]) for one in answer["aggregations"]["langs"]["buckets"])
        except (KeyError, TypeError):
            raise EngineError("its answer is not what an OpenSearch says") from None
        return total, langs

    def _count_copies(self, index: str) -> int:
        """How many copies there are, or are about to be."""
        answer = self._ask("GET", join_path("_cluster", "health", index))
        try:
            return sum(
                take(int, answer[f"{kind}_shards"]) for kind in ("active", "initializing", "unassigned")
            )
        except (KeyError, TypeError):
            raise EngineError("its answer is not what an OpenSearch says") from None

    def _remove(self, index: str) -> None:
        with self._engine.allow(_CALL_SECONDS):
            delete_index(self._engine, index)

    # --- How far an index has this archive.

    def _read_mark(self, target: TicketsIndex) -> _Mark:
        """What the archive knows of an index; nothing where that was put back to an older state meanwhile."""
        try:
            mark = _Mark(*map(int, self._read_marks()[target.identity]))
        except (KeyError, TypeError, ValueError):
            return _Mark()
        return mark if mark.pushes <= self._state.pushes else _Mark()

    def _read_marks(self) -> dict[str, Any]:
        return dict(json.loads(str(self._recorder.meta.get(_MARK) or "{}")))

    def _write_mark(self, target: TicketsIndex, mark: _Mark) -> None:
        kept = {index.identity for index in (self._state.current, self._state.building)}
        marks = {identity: one for identity, one in self._read_marks().items() if identity in kept}
        with self._recorder.transaction():
            self._recorder.set_meta(_MARK, json.dumps(marks | {target.identity: mark}))


def _pack_rows(
    key: bytes, erased: frozenset[bytes], rows: Sequence[tuple[int, list[Any]]]
) -> list[PackedTicket]:
    return [pack_row(key, erased, row, columns) for row, columns in rows]


def _join(chunks: Iterable[Sequence[PackedTicket]]) -> Iterator[list[PackedTicket]]:
    """Chunks in batches of a size that an engine takes at once."""
    batch: list[PackedTicket] = []
    size = 0
    for packed in (one for chunk in chunks for one in chunk):
        batch.append(packed)
        size += len(packed.source)
        if len(batch) == _BATCH or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _do_meanwhile(
    work: "Callable[[Sequence[PackedTicket]], int]", batches: "Iterable[Sequence[PackedTicket]]"
) -> "Iterator[tuple[Sequence[PackedTicket], int]]":
    """What is done with each batch, in order, while the next ones are made."""
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(_AT_ONCE)
    waiting: list[tuple[Sequence[PackedTicket], Future[int]]] = []
    try:
        for batch in batches:
            waiting.append((batch, pool.submit(work, batch)))
            if len(waiting) > _AT_ONCE:
                first, done = waiting.pop(0)
                yield first, done.result()
        for batch, done in waiting:
            yield batch, done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _tell_expired(first_day: date) -> Mapping[str, Any]:
    """Met by what was opened before a day, or last changed before it where the day is not known."""
    undated = [{"term": {"opened": 0}}, {"range": {"updated": {"gt": "", "lt": first_day.isoformat()}}}]
    dated = {"range": {"opened": {"gt": 0, "lt": first_day.toordinal()}}}
    return {"bool": {"should": [dated, {"bool": {"filter": undated}}], "minimum_should_match": 1}}


def _try_again(work: "Callable[[], Any]") -> Any:
    """Do it, again and again for a minute where the engine does not answer or is too busy. Raises EngineError."""
    until, pause = time.monotonic() + _PATIENCE_SECONDS, _PAUSE_SECONDS
    while True:
        try:
            return work()
        except EngineError as error:
            if error.status in (400, 401, 403, 404) or time.monotonic() + pause > until:
                raise
        time.sleep(pause)
        pause = min(2 * pause, 10.0)
