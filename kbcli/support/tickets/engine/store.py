"""Tickets on an engine, as a search sees them: candidates come from there, whether they are like the question is told here."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice

from kbcli.foundation.opensearch.access import EngineError
from kbcli.foundation.opensearch.client import Engine, is_whole, join_path, read_hits
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.foundation.typed import Any
from kbcli.knowledge.index.opensearch.documents import clip_term
from kbcli.knowledge.index.port import Health
from kbcli.support.tickets.archive import ArchivedTicket
from kbcli.support.tickets.engine.documents import VERSION, read_ticket
from kbcli.support.tickets.engine.state import TicketsState, load_state
from kbcli.support.tickets.index import ANSWERED, BEST_OF
from kbcli.support.tickets.port import TicketFilter
from kbcli.support.tickets.ticket import Company

_FIELDS = {"body": "question", "answer": "answer"}
_MOST_CLAUSES = 900
"""Of the 1,024 that an engine takes unless told otherwise."""

_MOST_NAMED = 20

Clause = dict[str, Any]


class EngineTickets:
    """A TicketStore over the tickets kept under a name, in one state. For one question; any method may raise EngineError."""

    def __init__(self, engine: Engine, state: TicketsState) -> None:
        self._engine, self._index, self._langs = engine, state.current, state.langs
        self._tickets = state.tickets
        self._expected: set[str] = set()
        self._counts: dict[tuple[str, str], int] = {}
        self._documents = 0
        self.is_whole = True

    def health(self) -> Health:
        """Whether all parts of it can be reached now."""
        state = "down"
        with suppress(EngineError):
            answer = self._engine.ask("POST", join_path(self._index.name, "_count"))
            state = "whole" if is_whole(answer) else "partial"
        return Health(state, None, self._index.version, self._tickets)

    @property
    def doc_count(self) -> int:
        """See Frequencies."""
        self._count_expected()
        return self._documents

    def document_frequency(self, field: str, term: str) -> int:
        """See Frequencies. Those of all terms that were to be expected are asked for together."""
        name = _FIELDS.get(field)
        if name is None:
            return 0
        if (name, term) not in self._counts:
            self._expected.add(term)
            self._count_expected()
        return self._counts[name, term]

    def expect(self, words: Iterable[QueryWord]) -> None:
        """See TicketStore."""
        self._expected |= {
            term for word in words for term, _ in word.terms if ("answer", term) not in self._counts
        }

    def _count_expected(self) -> None:
        """Ask each shard how many of its documents hold the terms: by a text of all of them, which is in no index."""
        if not self._expected and self._counts:
            return
        terms = sorted(self._expected)
        self._expected.clear()
        text = " ".join(terms)
        document = {"question": text, "answer": text}
        wanted = {"term_statistics": True, "positions": False, "offsets": False, "payloads": False}
        asked = [{"routing": route, "doc": document, **wanted} for route in self._index.routes]
        kept = ("field_statistics.doc_count", "terms.*.doc_freq")
        path = ",".join(f"docs.term_vectors.*.{one}" for one in kept) + ",docs.error.type"
        path = join_path(self._index.name, "_mtermvectors", filter_path=path)
        answer = self._engine.ask("POST", path, {"docs": asked})
        counts = dict.fromkeys(((field, term) for field in _FIELDS.values() for term in terms), 0)
        documents = 0
        try:
            for found in answer["docs"] if asked else ():
                self.is_whole = self.is_whole and "error" not in found
                fields = found.get("term_vectors", {})
                documents += max(
                    (
                        fields[name]["field_statistics"]["doc_count"]
                        for name in _FIELDS.values()
                        if name in fields
                    ),
                    default=0,
                )
                for name in _FIELDS.values():
                    for term, held in fields.get(name, {}).get("terms", {}).items():
                        if (name, term) in counts:
                            counts[name, term] += int(held.get("doc_freq", 0))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise EngineError("its answer is not what an OpenSearch says") from None
        self._documents = max(documents, self._documents)
        self._counts |= counts

    def list_langs(self) -> list[str]:
        """See TicketStore."""
        return list(self._langs)

    def search(
        self, words: Sequence[QueryWord], chosen: TicketFilter, limit: int
    ) -> list[tuple[float, ArchivedTicket]]:
        """See TicketStore: as tantivy finds and scores them, but for a factor."""
        self.expect(words)
        counted: dict[QueryWord, int] = {}
        for word in words:
            counted[word] = counted.get(word, 0) + 1
        parts = [
            found
            for word, count in counted.items()
            if (found := self._find_word(word, word.weight * count**0.5))
        ]
        if not parts:
            return []
        clause = {
            "bool": {"should": list(_take(parts)), "minimum_should_match": 1, "filter": list(_meet(chosen))}
        }
        hits = self._ask(clause, limit)
        try:
            scores = [float(hit["_score"]) for hit in hits]
        except (KeyError, TypeError, ValueError):
            raise EngineError("its answer is not what an OpenSearch says") from None
        return list(zip(scores, self._read(hits), strict=True))

    def _find_word(self, word: QueryWord, boost: float) -> Clause | None:
        """What finds a word: the best of its alternatives in what was asked and in what was answered, which tells as much."""
        found = [
            {"term": {name: {"value": term, "boost": max(round(boost * weight, 6), 1e-6)}}}
            for field, name in (("body", "question"), ("answer", "answer"))
            for term, weight in word.terms
            if self.document_frequency(field, term)
        ]
        if len(found) < 2:
            return found[0] if found else None
        return {"dis_max": {"queries": found, "tie_breaker": BEST_OF}}

    def find(self, named: str) -> list[ArchivedTicket]:
        """See TicketStore."""
        return list(self._read(self._ask({"term": {"name" if ":" in named else "ref": named}}, _MOST_NAMED)))

    def find_merged(self, named: str) -> str:
        """See TicketStore: it is not kept there."""
        del named
        return ""

    def find_company(self, ticket: ArchivedTicket) -> Company | None:
        """See TicketStore: companies stay in the archive."""
        del ticket
        return None

    def _ask(self, clause: Clause, limit: int) -> Sequence[dict[str, Any]]:
        # All that is kept of a ticket, as it lies there: to choose among it costs the engine more than to send it.
        body = {"query": clause, "size": limit, "track_total_hits": 1}
        # How rare a term is in all shards together: else small ones rank by chance.
        kind = "dfs_query_then_fetch" if len(self._index.routes) > 1 else "query_then_fetch"
        path = join_path(self._index.name, "_search", search_type=kind)
        answer = self._engine.ask("POST", path, body)
        self.is_whole = self.is_whole and is_whole(answer)
        return read_hits(answer, in_part=True)[0]

    def _read(self, hits: Sequence[dict[str, Any]]) -> Iterator[ArchivedTicket]:
        sources = [hit.get("_source") for hit in hits]
        follows = [source.get("follows", "") if isinstance(source, dict) else "" for source in sources]
        wanted = sorted({str(ident) for ident in follows if ident})
        names: dict[str, str] = {}
        if wanted:
            clause = {"ids": {"values": wanted}}
            for hit in self._ask(clause, len(wanted)):
                name = read_ticket(hit.get("_source")).name
                names[str(hit.get("_id"))] = name.partition(":")[2]
        return (
            read_ticket(source, names.get(str(ident), ""))
            for source, ident in zip(sources, follows, strict=True)
        )


def _take(parts: Sequence[Clause]) -> Iterator[Clause]:
    """As many as an engine takes."""
    left = _MOST_CLAUSES
    for part in islice(parts, left):
        left -= len(part["dis_max"]["queries"]) if "dis_max" in part else 1
        if left < 0:
            return
        yield part


def _meet(chosen: TicketFilter) -> Iterator[Clause]:
    for field in ("product", "tag", "lang"):
        if values := getattr(chosen, field):
            yield {"terms": {field: [clip_term(value.casefold()) for value in values]}}
    if chosen.is_answered:
        yield {"term": {"tag": f"\0{ANSWERED}"}}
    if chosen.since is not None:
        yield {"range": {"opened": {"gte": chosen.since.toordinal()}}}


def open_engine_tickets(engine: Engine, name: str) -> EngineTickets | None:
    """The tickets kept under a name, None where there are none. Raises EngineError where they cannot be used."""
    state = load_state(engine, name)
    if not state.current.name:
        return None
    if state.current.version != VERSION:
        raise EngineError("its tickets were pushed by another version of kb (kb tickets push)")
    return EngineTickets(engine, state)
