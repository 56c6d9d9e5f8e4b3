"""Questions in the engine's words: conditions exactly, ranking near enough that kb finds the best among the first."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from math import ceil

from kbcli.foundation.text.pipeline import QueryWord
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.knowledge.index import formula
from kbcli.knowledge.index.opensearch.documents import clip_term
from kbcli.knowledge.index.port import Condition, Question, Statistics, Terms
from kbcli.knowledge.index.schema import FILE_FIELD, FILTER_FIELDS, WORD_FIELDS
from kbcli.knowledge.index.weighing import choose_pieces, count_enough, find_idf, list_words

_MOST_CLAUSES = 900
"""Of the 1,024 that an engine takes unless told otherwise."""

Clause = dict[str, Any]
_NONE: Clause = {"match_none": {}}


class View(NamedTuple):
    """Which documents count: those of a generation and before, but for some IDs, and some files that changed since."""

    generation: int
    dropped: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def clause(self) -> Clause:
        """Met by the documents that count."""
        excluded: list[Clause] = []
        if self.dropped:
            excluded.append({"ids": {"values": list(self.dropped)}})
        if self.hidden:
            excluded.append({"terms": {FILE_FIELD: list(self.hidden)}})
        return {"bool": {"filter": [{"range": {"since": {"lte": self.generation}}}], "must_not": excluded}}


def hold_all(question: Question, view: View) -> Clause:
    """Met by the documents that count and meet the conditions of a question."""
    required = [_meet(condition) for condition in question.all_of]
    excluded = [_meet(condition) for condition in question.none_of]
    return {"bool": {"filter": [view.clause, *required], "must_not": excluded}}


def _meet(condition: Condition) -> Clause:
    return _meet_one([{"bool": {"filter": [_hold_any(terms) for terms in one]}} for one in condition])


def _meet_one(clauses: Sequence[Clause]) -> Clause:
    return {"bool": {"should": clauses, "minimum_should_match": 1}} if clauses else _NONE


def _hold_any(terms: Terms) -> Clause:
    by_field: dict[str, list[str]] = {}
    for field, term in terms:
        by_field.setdefault(field, []).append(clip_term(term) if field in FILTER_FIELDS else term)
    return _meet_one([{"terms": {field: found}} for field, found in by_field.items()])


def hold_word(word: QueryWord) -> Clause:
    """Met by the documents that hold a word in a field of words."""
    terms = [term for term, _ in word.terms]
    return _meet_one([{"terms": {field: terms}} for field in WORD_FIELDS] if terms else [])


def rank_words(question: Question, statistics: Statistics, holders: "dict[str, int]") -> Clause:
    """Met by the documents that match the words of a question, with scores that are near those of the formula.

    `holders` is how many documents have each field. Of a text with more words than an engine takes those are left out
    that tell least.
    """
    scored: list[tuple[float, list[Clause], list[Clause]]] = []
    for word in list_words(question):
        held = max(
            (statistics.document_frequency(field, term) for term, _ in word.terms for field in WORD_FIELDS),
            default=0,
        )
        rate = word.weight * find_idf(statistics.doc_count, held)
        scored.append((rate, list(_rank_word(word, rate, statistics, holders)), []))
        scored.append((0.5 * rate, *_rank_pieces(word, statistics)))
    scored.sort(key=lambda item: -item[0])
    found = list(_take((clause for _, clauses, _ in scored for clause in clauses), _MOST_CLAUSES))
    added = [clause for _, _, clauses in scored for clause in clauses]
    return {"bool": {"must": [_meet_one(found)], "should": added[: _MOST_CLAUSES - sum(map(_count, found))]}}


def _take(clauses: Iterable[Clause], most: int) -> Iterator[Clause]:
    for clause in islice(clauses, most):
        most -= _count(clause)
        if most < 0:
            return
        yield clause


def _count(clause: Clause) -> int:
    return len(clause["bool"]["should"]) if "bool" in clause else 1


def _rank_word(
    word: QueryWord, rate: float, statistics: Statistics, holders: "dict[str, int]"
) -> Iterator[Clause]:
    doubt = formula.DOUBT if word.is_function else 1.0
    reward = formula.HEADING_IDENTIFIER if word.is_identifier else formula.HEADING
    for field, worth in {
        "body": doubt,
        **{f: (doubt + reward) * w for f, w in formula.HEADING_FIELDS.items()},
    }.items():
        for term, times in word.terms:
            held = statistics.document_frequency(field, term)
            if held:
                # The engine multiplies by how rare the term is in this field; kb by how rare the word is in any.
                idf = find_idf(max(holders.get(field, 0), held), held)
                yield _hold_term(field, term, rate * worth * times / idf)


def _rank_pieces(word: QueryWord, statistics: Statistics) -> tuple[list[Clause], list[Clause]]:
    """What finds a document by enough pieces of a word, and what each of them adds, however it was found."""
    pieces = choose_pieces(word, statistics)
    if not pieces:
        return [], []
    boost = formula.GRAM / len(word.grams) ** 0.5 * word.weight
    added = [_hold_term("grams", gram, boost) for gram in pieces]
    enough = ceil(count_enough(pieces))
    found: Clause = {"bool": {"should": added, "minimum_should_match": enough, "boost": 0}}
    return [found] if len(pieces) >= enough else [], added


def _hold_term(field: str, term: str, boost: float) -> Clause:
    return {"term": {field: {"value": term, "boost": max(round(boost, 6), 1e-6)}}}
