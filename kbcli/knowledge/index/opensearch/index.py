"""The index as search sees it: candidates from the engine, ranked here by the formula, beside cards that changed since."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from heapq import merge, nlargest
from itertools import chain, groupby
from operator import itemgetter

from kbcli.foundation.opensearch.access import EngineError
from kbcli.foundation.opensearch.client import Engine, is_whole, join_path, read_hits
from kbcli.foundation.opensearch.records import name_state_index
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.foundation.typed import TYPE_CHECKING, Any, NamedTuple
from kbcli.knowledge.index.documents import IndexDocument
from kbcli.knowledge.index.opensearch.asking import View, hold_all, hold_word, rank_words
from kbcli.knowledge.index.opensearch.documents import StoredDocument, Wanted, clip_term, read_document
from kbcli.knowledge.index.opensearch.state import State
from kbcli.knowledge.index.opensearch.vocabulary import Files, Numbers, Terms, join_parts, open_part
from kbcli.knowledge.index.port import Candidate, Candidates, Health, Question, one_of
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.index.schema import FIELDS, FILE_FIELD, FILTER_FIELDS, NAME_FIELDS
from kbcli.knowledge.index.weighing import DocumentScorer, count_terms, holds_word, list_words, meets

if TYPE_CHECKING:
    from typing import TypeVar

    from kbcli.knowledge.index.opensearch.generation import EngineGeneration

    _L = TypeVar("_L", Terms, Numbers, Files)

_FEWEST, _MOST = 75, 2_000
"""How many the engine names of which kb takes the best, and at most."""

_PAGE = 5_000
_MOST_EXAMPLES = 200
_CONTRADICTION = "what it says it found is not what it sent"

_FIRST_OWN = 1 << 40
"""The number of the first document that is not the engine's: they come after all others."""

FILES = "files"
"""What the table of files is called among the vocabularies."""

ReadRecord = Callable[[str, bytes], CardRecord]
"""The record of the card at a path, whose file has a digest. Raises EngineError where it has another."""

KeepPart = Callable[[str, Callable[[], bytes]], bytes]
"""The part of a vocabulary that is called so, got by the second where it is not known."""


class Change(NamedTuple):
    """What is not as the engine has it: files that it is not to be asked for, and the cards that are there now."""

    hidden: tuple[str, ...] = ()
    documents: tuple[IndexDocument, ...] = ()


NO_CHANGE = Change()


def get_part(name: str, get: Callable[[], bytes]) -> bytes:
    """A part of a vocabulary, asked for each time."""
    del name
    return get()


class EngineIndex:
    """A Backend over the cards kept under a name, in one state, beside what changed since. Safe in threads.

    `schema` is stamped on what is written from here. Any method may raise EngineError: what was to be answered must then be asked of another index.
    """

    def __init__(
        self,
        engine: Engine,
        name: str,
        state: State,
        read_record: ReadRecord,
        *,
        schema: str = "",
        change: Change = NO_CHANGE,
        keep_part: KeepPart = get_part,
    ) -> None:
        self.engine, self.name, self.state, self.schema = engine, name, state, schema
        self.read_record, self._keep_part = read_record, keep_part
        self.view = View(state.generation, state.dropped, change.hidden)
        self._own = {_FIRST_OWN + place: found for place, found in enumerate(change.documents)}
        self._own_terms = {number: count_terms(found.terms) for number, found in self._own.items()}
        self._lines: dict[str, Terms | Numbers | Files] = {}
        self._hidden = frozenset(change.hidden)
        gone = sum(self._knows_file(path) for path in change.hidden)
        self.doc_count = max(state.documents - gone, 0) + len(self._own)

    @property
    def identity(self) -> str:
        """See DiskReader."""
        own = (found.record.path + found.digest.hex() for found in self._own.values())
        return " ".join((self.state.index_name, str(self.state.generation), *self.view.hidden, *own))

    def health(self) -> Health:
        """See Backend: whether all documents of the state can be reached now."""
        state = "down"
        with suppress(EngineError):
            path = join_path(self.state.index_name, "_count")
            answer = self.engine.ask("POST", path, {"query": self.view.clause})
            reached = is_whole(answer) and answer.get("count") == self.doc_count - len(self._own)
            state = "whole" if reached else "partial"
        return Health(state, self.state.commit, self.state.schema, self.doc_count)

    def candidates(self, question: Question, limit: int = 200) -> Candidates:
        """See Backend; of words the best 2,000 at most."""
        own = [number for number, held in self._own_terms.items() if meets(held, question)]
        if not question.words:
            return self._list(question, own, limit)
        size = min(max(_FEWEST, limit), _MOST) if limit else 0
        wanted = Wanted(question)
        hits, total, held = self._ask_words(question, wanted, size)
        scorer = DocumentScorer(question, self, held)
        documents = _gather((wanted.read(hit.get("_source")) for hit in hits), min(size, total))
        found = FoundDocuments(self, documents, {question: scorer})
        scores = {number: scorer.score(item.terms, item.lengths) for number, item in documents.items()}
        scores |= {number: scorer.score(self._own_terms[number], self._measure(number)) for number in own}
        matching = [(score, -number) for number, score in scores.items() if score is not None]
        total += sum(scores[number] is not None for number in own)
        best = nlargest(limit, matching)
        return Candidates([Candidate(found, -number, score) for score, number in best], total, self)

    def _ask_words(
        self, question: Question, wanted: Wanted, size: int
    ) -> "tuple[Sequence[dict[str, Any]], int, dict[QueryWord, int]]":
        """The first `size` documents for the words of a question, how many match, and how many hold each word."""
        words = list_words(question)
        filters = {str(place): hold_word(word) for place, word in enumerate(words)}
        ranked = [rank_words(question, self, dict(self.state.holders))]
        held_there = {"filter": self.view.clause, "aggs": {"held": {"filters": {"filters": filters}}}}
        answer = self._search(
            {
                "query": {"bool": {"must": ranked, "filter": [hold_all(question, self.view)]}},
                "size": size,
                "sort": ["_score", {"order": "asc"}],
                "track_total_hits": True,
                "_source": wanted.fields,
                "aggs": {"all": {"global": {}, "aggs": {"live": held_there}}},
            }
        )
        hits, total = read_hits(answer)
        try:
            buckets = answer["aggregations"]["all"]["live"]["held"]["buckets"]
            counts = [int(buckets[str(place)]["doc_count"]) for place in range(len(words))]
        except (KeyError, TypeError, ValueError):
            raise EngineError("its answer is not what an OpenSearch says") from None
        own = self._own_terms.values()
        held = {
            word: max(count, 0) + sum(holds_word(terms, word) for terms in own)
            for word, count in zip(words, counts, strict=True)
        }
        return hits, total, held

    def make_scorer(self, question: Question) -> DocumentScorer:
        """What scores single documents for a question."""
        return DocumentScorer(question, self, self._ask_words(question, Wanted(question), 0)[2])

    def _list(self, question: Question, own: Sequence[int], limit: int) -> Candidates:
        """Documents in the order of the index."""
        if (named := self._find_named(question)) is not None:
            found = FoundDocuments(self, named, {})
            numbers = [*sorted(named), *own]
            return Candidates(
                [Candidate(found, number, 0.0) for number in numbers[:limit]], len(numbers), self
            )
        documents: dict[int, StoredDocument] = {}
        total, after = 0, None
        body = {
            "query": hold_all(question, self.view),
            "sort": [{"order": "asc"}],
            "track_total_hits": True,
            "_source": [FILE_FIELD, "digest", "order"],
        }
        while True:
            size = min(limit - len(documents), _PAGE)
            hits, total = read_hits(
                self._search(body | {"size": size} | ({"search_after": [after]} if after is not None else {}))
            )
            page = _gather(map(_read_hit, hits), min(size, total - len(documents)))
            if page.keys() & documents.keys():
                raise EngineError(_CONTRADICTION)
            documents |= page
            if len(documents) >= min(limit, total):
                break
            after = max(page)
        found = FoundDocuments(self, documents, {})
        numbers = [*sorted(documents), *own][:limit]
        return Candidates([Candidate(found, number, 0.0) for number in numbers], total + len(own), self)

    def _find_named(self, question: Question) -> dict[int, StoredDocument] | None:
        """The documents, if names alone tell which: these are known here. None where the engine must be asked."""
        if len(question.all_of) != 1 or question.none_of:
            return None
        pairs = [pair for alternative in question.all_of[0] for terms in alternative for pair in terms]
        if any(len(one) != 1 for one in question.all_of[0]) or any(
            field not in NAME_FIELDS for field, _ in pairs
        ):
            return None
        numbers = {
            number
            for field, term in pairs
            for number in self.load_numbers(field).list_numbers(clip_term(term))
        }
        files = {number: self.load_files().find(number) for number in numbers}
        return {
            number: StoredDocument(*file, number, {}, {})
            for number, file in files.items()
            if file is not None and file[0] not in self._hidden
        }

    def load_document(self, number: int) -> StoredDocument:
        """One document with all its terms, by its number. Raises EngineError."""
        clause = {"bool": {"filter": [self.view.clause, {"term": {"order": number}}]}}
        hits, _ = read_hits(self._search({"query": clause, "size": 1}))
        if not hits:
            raise EngineError("a document of its index is gone")
        return _read_hit(hits[0])

    def own_document(self, number: int) -> IndexDocument | None:
        """The document of that number, if it is one that changed since."""
        return self._own.get(number)

    def hold_own(self, number: int) -> tuple[Mapping[str, Mapping[str, int]], Mapping[str, int]]:
        """Terms and lengths of a document that changed since."""
        return self._own_terms[number], self._measure(number)

    def _measure(self, number: int) -> Mapping[str, int]:
        return {field: len(terms) for field, terms in self._own[number].terms.items()}

    def _search(self, body: dict[str, Any]) -> dict[str, Any]:
        return self.engine.ask("POST", join_path(self.state.index_name, "_search"), body)

    def begin(self, commit: str | None, *, full: bool = False) -> "EngineGeneration":
        """See Backend. Raises EngineError where another is at work on it."""
        from kbcli.knowledge.index.opensearch.generation import EngineGeneration

        return EngineGeneration(self, commit, full=full)

    def at_state(self, state: State) -> "EngineIndex":
        """The index in another state, without what changed since."""
        return EngineIndex(
            self.engine, self.name, state, self.read_record, schema=self.schema, keep_part=self._keep_part
        )

    # --- The vocabulary: the engine's, and that of what changed since.

    def load_terms(self, field: str) -> Terms:
        """The engine's terms of a field. Raises EngineError."""
        return self._load(Numbers if field in (*NAME_FIELDS, FILE_FIELD) else Terms, field)

    def load_numbers(self, field: str) -> Numbers:
        """The same of a field that names documents."""
        return self._load(Numbers, field)

    def load_files(self) -> Files:
        """The engine's table of files. Raises EngineError."""
        return self._load(Files, FILES)

    def _load(self, kind: "type[_L]", field: str) -> "_L":
        found = self._lines.get(field)
        if not isinstance(found, kind):
            names = self.state.terms.get(field, ())
            found = kind(join_parts(names, lambda name: self._keep_part(name, lambda: self._get_part(name))))
            self._lines[field] = found
        return found

    def _get_part(self, name: str) -> bytes:
        answer = self.engine.ask("GET", join_path(name_state_index(self.name), "_doc", name))
        source = answer.get("_source")
        return open_part(name, source.get("lines") if isinstance(source, dict) else None)

    def _count_own(self, field: str, term: str) -> int:
        return sum(term in held.get(field, ()) for held in self._own_terms.values())

    def _knows_file(self, path: str) -> bool:
        return self.load_terms(FILE_FIELD).count(path) > 0

    def document_frequency(self, field: str, term: str) -> int:
        """See Statistics."""
        known = self.load_terms(field).count(clip_term(term) if field in FILTER_FIELDS else term)
        return known + self._count_own(field, term)

    def average_length(self, field: str) -> float:
        """See Statistics."""
        own = sum(len(found.terms.get(field, ())) for found in self._own.values())
        count = self.state.documents + len(self._own)
        return max((self.state.sums.get(field, 0) + own) / (count or 1), 1.0)

    def terms(self, field: str, prefix: str = "") -> Iterator[tuple[str, int]]:
        """See Vocabulary."""
        known = self.load_terms(field).iterate(prefix)
        own = sorted(
            (term, 1)
            for term in chain.from_iterable(held.get(field, ()) for held in self._own_terms.values())
            if term.startswith(prefix)
        )
        if not own:
            yield from known
            return
        for term, group in groupby(merge(known, own, key=itemgetter(0)), key=itemgetter(0)):
            yield term, sum(count for _, count in group)

    def count_known(self, field: str, terms: Collection[str]) -> dict[str, int]:
        """See Vocabulary."""
        found = self.load_terms(field).count_known(terms)
        if self._own:
            counts = ((term, found.get(term, 0) + self._count_own(field, term)) for term in terms)
            found = {term: count for term, count in counts if count}
        return found

    def find_examples(self, field: str, term: str, limit: int) -> list[CardRecord]:
        """See Vocabulary; of a term that more than 200 documents hold, of those that the engine takes for the best."""
        question = Question(all_of=(one_of((field, term)),))
        body = {"query": hold_all(question, self.view), "size": _MOST_EXAMPLES, "sort": [{"order": "asc"}]}
        if field in FIELDS:
            body["query"] = {"bool": {"must": [{"term": {field: term}}], "filter": [self.view.clause]}}
            body["sort"] = ["_score", {"order": "asc"}]
        documents = {item.order: item for item in map(_read_hit, read_hits(self._search(body))[0])}
        held = {number: item.terms.get(field, {}).get(term, 0) for number, item in documents.items()}
        held |= {
            number: terms[field][term]
            for number, terms in self._own_terms.items()
            if term in terms.get(field, ())
        }
        found = FoundDocuments(self, documents, {})
        best = sorted(held, key=lambda number: (-held[number], number))
        return [found.record(number) for number in best[:limit]]


class FoundDocuments:
    """The Documents of one answer."""

    def __init__(
        self,
        index: EngineIndex,
        documents: Mapping[int, StoredDocument],
        scorers: dict[Question, DocumentScorer],
    ) -> None:
        self._index = index
        self._documents = documents
        self._scorers = scorers
        # Terms were counted for these only.
        self._counted = frozenset(scorers)

    def record(self, number: int) -> CardRecord:
        """See Candidate: by the card's own file, whatever the engine says of it. Raises EngineError."""
        own = self._index.own_document(number)
        if own is not None:
            return own.record
        found = self._documents[number]
        return self._index.read_record(found.path, found.digest)

    def digest(self, number: int) -> bytes:
        """See Candidate."""
        own = self._index.own_document(number)
        return self._documents[number].digest if own is None else own.digest

    def explain(self, question: Question, number: int) -> list[tuple[QueryWord, str, float]]:
        """See Candidate."""
        if question not in self._scorers:
            self._scorers[question] = self._index.make_scorer(question)
        if self._index.own_document(number) is not None:
            return self._scorers[question].explain(*self._index.hold_own(number))
        found = self._documents[number]
        if question not in self._counted:
            found = self._index.load_document(number)
        return self._scorers[question].explain(found.terms, found.lengths)


def _gather(found: Iterable[StoredDocument], count: int) -> dict[int, StoredDocument]:
    """Documents by number. Raises EngineError where these are not as many as there must be, each once."""
    documents = {document.order: document for document in found}
    if len(documents) != max(count, 0):
        raise EngineError(_CONTRADICTION)
    return documents


def _read_hit(hit: dict[str, Any]) -> StoredDocument:
    return read_document(hit.get("_source"))
