"""The next state of an index on an engine while it is made: one writer at a time, and nobody sees it before it is whole.

Documents of the next generation count for nobody before the state says so; those that they replace stay for who reads
by the state of before, and go when the state after the next is begun. An index built anew has a name of its own. What is put
is on the engine at once, so that a writer which was stopped goes on where it was.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import accumulate

from kbcli.foundation.opensearch.access import EngineError
from kbcli.foundation.opensearch.client import encode_json, join_path, read_hits
from kbcli.foundation.opensearch.records import (
    BEAT_SECONDS,
    OF_STATES,
    BusyError,
    create_index,
    delete_index,
    make_claim,
    name_state_index,
    refuse_at_work,
)
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.knowledge.index.documents import IndexDocument
from kbcli.knowledge.index.opensearch.documents import (
    clip_term,
    make_settings,
    name_document,
    pack_document,
    read_document,
)
from kbcli.knowledge.index.opensearch.index import FILES, EngineIndex
from kbcli.knowledge.index.opensearch.state import State, load_state, save_state
from kbcli.knowledge.index.opensearch.vocabulary import (
    name_part,
    pack_counts,
    pack_files,
    pack_numbers,
    press_part,
    split_parts,
)
from kbcli.knowledge.index.schema import FIELDS, FILE_FIELD, FILTER_FIELDS, NAME_FIELDS

_CALL_SECONDS = 60.0
_BATCH_BYTES, _BATCH = 4_000_000, 500
READER_SECONDS = 5.0
"""For how long somebody may still read by the state of before."""

_MOST_TOLD = 2_000
"""Files that changed in the commits that the state tells of."""

OLD_SECONDS = 60.0
"""For how long an index that is out of use stays."""


class _Packed(NamedTuple):
    name: str
    source: dict[str, Any]
    line: bytes
    document: IndexDocument


class EngineGeneration:
    """See the port. Raises BusyError where another writes, EngineError where the engine does not take what it is given."""

    def __init__(self, before: EngineIndex, commit: str | None, *, full: bool) -> None:
        self._before, self._engine, self._name = before, before.engine.wait(_CALL_SECONDS), before.name
        self._commit = commit
        self._full = full or not before.state.index_name
        self._replaced: dict[str, None] = {}
        self._changed: set[str] = set()
        counted = (field for field in (*FIELDS, *FILTER_FIELDS) if field not in NAME_FIELDS)
        self._counts = {field: Counter[str]() for field in counted}
        self._numbers: dict[str, dict[str, Counter[int]]] = {
            field: {} for field in (*NAME_FIELDS, FILE_FIELD)
        }
        self._files: dict[int, tuple[str, bytes] | None] = {}
        self._sums, self._holders = Counter[str](), Counter[str]()
        self._documents = 0
        self._state = self._take_turn()
        self._number = self._state.generation + 1
        self._order = 0 if self._full else self._state.next_order
        self._index = self._prepare()

    # --- The turn: who writes says so in the state, and again every while.

    def _take_turn(self) -> State:
        state = load_state(self._engine, self._name)
        refuse_at_work(state.writing, "another push is at work on this index")
        if state.place is None:
            create_index(self._engine, name_state_index(self._name), OF_STATES)
        return self._say_at_work(state)

    def _say_at_work(self, state: State) -> State:
        self._beaten = time.monotonic()
        try:
            return self._save(state._replace(writing=make_claim()))
        except EngineError as error:
            if error.is_conflict:
                raise BusyError("another push took its turn on this index", "Wait for it.") from None
            raise

    def _save(self, state: State) -> State:
        return save_state(self._engine, self._name, state)

    # --- Room for what comes.

    def _prepare(self) -> str:
        state, now = self._state, time.time()
        for item in state.old:
            moment, _, name = item.partition(" ")
            if now - float(moment) > OLD_SECONDS:
                self._delete(name)
        if self._full:
            index = f"{self._name}-cards-{self._number}"
            create_index(self._engine, index, make_settings())
            return index
        # Who reads by the state of before this one may need what this one dropped.
        time.sleep(max(0.0, min(READER_SECONDS, state.at + READER_SECONDS - now)))
        self._engine.ask("POST", join_path(state.index_name, "_refresh"))
        unseen = [{"range": {"since": {"gte": self._number}}}, {"ids": {"values": list(state.dropped)}}]
        clause = {"query": {"bool": {"should": unseen, "minimum_should_match": 1}}}
        self._engine.ask(
            "POST",
            join_path(state.index_name, "_delete_by_query", conflicts="proceed", refresh="true"),
            clause,
        )
        return state.index_name

    def _delete(self, name: str) -> None:
        part = f"{name_state_index(self._name)}/_doc/{name}"
        delete_index(self._engine, part if name.startswith("terms-") else name)

    # --- What the next state has.

    def put(self, documents: Iterable[IndexDocument]) -> None:
        """See Generation."""
        for batch in self._make_batches(documents):
            if not self._full:
                self.drop([packed.document.record.path for packed in batch])
            lines: list[object] = []
            for packed in self._choose_missing(batch):
                lines += [{"index": {"_index": self._index, "_id": packed.name}}, packed.line]
            self._engine.write_bulk(lines)
            for packed in batch:
                document = packed.document
                self._files[packed.source["order"]] = document.record.path, document.digest
                self._count(packed.source["order"], document.record.path, document.terms, 1)
            if time.monotonic() - self._beaten > BEAT_SECONDS:
                self._state = self._say_at_work(self._state)

    def _make_batches(self, documents: Iterable[IndexDocument]) -> Iterator[list[_Packed]]:
        batch: list[_Packed] = []
        size = 0
        for document in documents:
            source = pack_document(document, self._number, self._order)
            self._order += 1
            name = name_document(document.record.path, self._number)
            batch.append(_Packed(name, source, encode_json(source), document))
            size += len(batch[-1].line)
            if len(batch) == _BATCH or size > _BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _choose_missing(self, batch: Sequence[_Packed]) -> list[_Packed]:
        """Those that are not there as they are: a writer that was stopped may have put them."""
        answer = self._engine.ask(
            "POST", join_path(self._index, "_mget"), {"ids": [packed.name for packed in batch]}
        )
        known = answer.get("docs")
        sources = (
            {str(item.get("_id")): item.get("_source") for item in known} if isinstance(known, list) else {}
        )
        return [packed for packed in batch if sources.get(packed.name) != packed.source]

    def drop(self, paths: Iterable[str]) -> None:
        """See Generation."""
        left = list(paths)
        self._changed.update(left)
        for start in range(0, len(left), _BATCH):
            files = {"terms": {FILE_FIELD: left[start : start + _BATCH]}}
            clause = {"bool": {"filter": [self._before.view.clause, files]}}
            answer = self._engine.ask(
                "POST", join_path(self._index, "_search"), {"query": clause, "size": _BATCH}
            )
            for hit in read_hits(answer)[0]:
                name = str(hit.get("_id"))
                if name not in self._replaced:
                    stored = read_document(hit.get("_source"))
                    self._replaced[name] = None
                    terms = {
                        field: [t for t, n in held.items() for _ in range(n)]
                        for field, held in stored.terms.items()
                    }
                    self._files[stored.order] = None
                    self._count(stored.order, stored.path, terms, -1)

    def _count(self, number: int, path: str, terms: Mapping[str, Sequence[str]], sign: int) -> None:
        self._documents += sign
        for field, found in {**terms, FILE_FIELD: [path]}.items():
            for term in set(map(clip_term, found)) if field in FILTER_FIELDS else set(found):
                if field in self._numbers:
                    self._numbers[field].setdefault(term, Counter())[number] += sign
                else:
                    self._counts[field][term] += sign
            if field in FIELDS:
                self._sums[field] += sign * len(found)
                self._holders[field] += sign

    def give_up(self) -> None:
        """Let somebody else write, after a failure; what was put stays, and is seen by nobody."""
        with suppress(EngineError):
            self._save(self._state._replace(writing={}))

    # --- The end: all is there, and the state says so.

    def finish(self, expected: str | None) -> EngineIndex | None:
        """See Generation. Raises EngineError where not all that was put is there."""
        before = self._state
        if before.generation != self._before.state.generation or before.commit != expected:
            self._save(before._replace(writing={}))
            return None
        self._engine.ask("POST", join_path(self._index, "_refresh"))
        documents = self._documents + (0 if self._full else before.documents)
        self._check_count(documents)
        terms = self._save_terms()
        gone = {name for names in before.terms.values() for name in names}
        gone -= {name for names in terms.values() for name in names}
        if self._full and before.index_name:
            gone.add(before.index_name)
        now = int(time.time())
        old = [item for item in before.old if now - float(item.partition(" ")[0]) <= OLD_SECONDS]
        after = before._replace(
            index_name=self._index,
            generation=self._number,
            commit=self._commit,
            schema=self._before.schema,
            documents=documents,
            next_order=self._order,
            holders=self._add(before.holders, self._holders),
            sums=self._add(before.sums, self._sums),
            terms=terms,
            dropped=() if self._full else tuple(self._replaced),
            old=(*old, *(f"{now} {name}" for name in sorted(gone))),
            at=now,
            history=self._tell_history(before),
            writing={},
        )
        try:
            after = self._save(after)
        except EngineError as error:
            if error.is_conflict:
                return None
            raise
        self._point_alias(before.index_name)
        return self._before.at_state(after)

    def _tell_history(self, before: State) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The commits before, as far as they are worth telling: who is at one of them needs not fetch this one."""
        if self._full or not before.commit:
            return ()
        history = ((before.commit, tuple(sorted(self._changed))), *before.history)
        told = accumulate(len(paths) for _, paths in history)
        return tuple(item for item, count in zip(history, told, strict=True) if count <= _MOST_TOLD)

    def _check_count(self, documents: int) -> None:
        """Leave out what a writer that was stopped has put beside. Raises EngineError where documents are missing."""
        view = self._before.view._replace(generation=self._number, dropped=tuple(self._replaced))
        for _ in range(2):
            answer = self._engine.ask("POST", join_path(self._index, "_count"), {"query": view.clause})
            if answer.get("count") == documents:
                return
            if self._full:
                known = list(self._numbers[FILE_FIELD])
                clause = {"query": {"bool": {"must_not": [{"terms": {FILE_FIELD: known}}]}}}
                self._engine.ask(
                    "POST",
                    join_path(self._index, "_delete_by_query", conflicts="proceed", refresh="true"),
                    clause,
                )
        raise EngineError(f"of {documents} documents {answer.get('count')} are there")

    def _save_terms(self) -> dict[str, tuple[str, ...]]:
        """Write the vocabulary of the next state; gives the names of its parts by field."""
        return {field: self._save_lines(lines) for field, lines in self._pack_terms()}

    def _pack_terms(self) -> Iterator[tuple[str, bytes]]:
        before = self._before
        for field, changes in self._counts.items():
            counts = Counter({} if self._full else dict(before.load_terms(field).iterate()))
            counts.update(changes)
            yield field, pack_counts(counts)
        for field, changed in self._numbers.items():
            named = (
                {}
                if self._full
                else {term: set(found) for term, found in before.load_numbers(field).iterate_numbers()}
            )
            for term, numbers in changed.items():
                for number, sign in numbers.items():
                    held = named.setdefault(term, set())
                    held.discard(number) if sign < 0 else held.add(number)
            yield field, pack_numbers(named)
        files = {} if self._full else dict(before.load_files().iterate_files())
        for number, file in self._files.items():
            if file is None:
                files.pop(number, None)
            else:
                files[number] = file
        yield FILES, pack_files(files)

    def _save_lines(self, lines: bytes) -> tuple[str, ...]:
        """Write the parts of some lines that are not there yet; gives their names."""
        parts = {name_part(part): part for part in split_parts(lines)}
        for name, part in parts.items():
            if name not in self._known_parts:
                self._engine.ask(
                    "PUT", join_path(name_state_index(self._name), "_doc", name), {"lines": press_part(part)}
                )
        return tuple(parts)

    @property
    def _known_parts(self) -> set[str]:
        return {name for names in self._state.terms.values() for name in names}

    def _add(self, before: Mapping[str, int], changes: Mapping[str, int]) -> dict[str, int]:
        known = {} if self._full else before
        return {field: known.get(field, 0) + changes.get(field, 0) for field in FIELDS}

    def _point_alias(self, before: str) -> None:
        """Let the name itself be that of the index, for those who look from outside."""
        actions = [{"add": {"index": self._index, "alias": self._name}}]
        if before and before != self._index:
            actions.insert(0, {"remove": {"index": before, "alias": self._name}})
        self._engine.ask("POST", "/_aliases", {"actions": actions})
