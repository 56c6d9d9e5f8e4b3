"""An index in memory, as plain as one can be: the second backend of the port, and the oracle of the ranking.

Every document is scored by the formula of `index.formula`, one at a time. It shares no code with the
index of kb but the constants, and the lengths that a byte can tell.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from math import log, sqrt

from kbcli.foundation.text.languages import language_code
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.knowledge.index import formula
from kbcli.knowledge.index.documents import IndexDocument
from kbcli.knowledge.index.port import Candidate, Candidates, Condition, Health, Question
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.index.schema import FIELDS, LENGTHS, WORD_FIELDS, encode_length
from kbcli.knowledge.index.whoosh.disk import DiskReader

WEIGHTS = {**formula.HEADING_FIELDS, "body": 1.0}


class MemoryIndex:
    """A Backend over documents that were just analysed, numbered in the order given."""

    def __init__(self, documents: Iterable[IndexDocument] = (), commit: str | None = None) -> None:
        self.documents = list(documents)
        self.counts = [
            {field: Counter(terms) for field, terms in item.terms.items()} for item in self.documents
        ]
        self.doc_count = len(self.documents)
        self.commit = commit
        self._frequencies: dict[tuple[str, str], int] = {}
        self._averages: dict[str, float] = {}
        self.rates: dict[tuple[QueryWord, str], float] = {}

    @property
    def identity(self) -> str:
        """See Backend."""
        return repr([(item.record, item.digest) for item in self.documents])

    def health(self) -> Health:
        """See Backend."""
        return Health("whole", self.commit, "memory", self.doc_count)

    def candidates(self, question: Question, limit: int = 200) -> Candidates:
        """See Backend."""
        scores = {number: 0.0 for number in range(self.doc_count) if self._meets(number, question)}
        if question.words:
            every = score_all(self, question.words, question.lang)
            scores = {number: every[number] for number in scores if number in every}
        best = sorted(scores, key=lambda number: (-scores[number], number))
        return Candidates(
            [Candidate(self, number, scores[number]) for number in best[:limit]], len(best), self
        )

    def _meets(self, number: int, question: Question) -> bool:
        def meets(condition: Condition) -> bool:
            return any(
                all(any(self.frequency(number, *pair) for pair in terms) for terms in alternative)
                for alternative in condition
            )

        return all(map(meets, question.all_of)) and not any(map(meets, question.none_of))

    def explain(self, question: Question, number: int) -> list[tuple[QueryWord, str, float]]:
        """See Candidate: what fields add together is shared out by how often they hold the word."""
        words = [
            word._replace(weight=word.weight * sqrt(count)) for word, count in Counter(question.words).items()
        ]
        factor = _find_factor(self, words, number, question.lang)
        found = []
        for word in words:
            values = {field: _weigh(self, word, field, number) for field in WEIGHTS}
            together, heading = sum(values.values()), sum(values.values()) - values["body"]
            rate = word.weight * _rate(self, word, question.lang) * (formula.K1 + 1)
            doubt = formula.DOUBT if word.is_function else 1.0
            for field, value in values.items():
                share = doubt * value / (formula.K1 + together)
                if field != "body":
                    share += _reward(word) * value / (formula.K1 + heading)
                if value:
                    found.append((word, field, factor * rate * share))
            if pieces := word.weight * _score_grams(self, word, number)[0]:
                found.append((word, "grams", factor * pieces))
        return sorted(found, key=lambda item: (-item[2], item[0].text, item[1]))

    def begin(self, commit: str | None, *, full: bool = False) -> "MemoryGeneration":
        """See Backend."""
        return MemoryGeneration(self, commit, full=full)

    def frequency(self, number: int, field: str, term: str) -> int:
        """How often one document holds a term in a field."""
        return self.counts[number].get(field, {}).get(term, 0)

    def postings(self, field: str, term: str) -> tuple[Sequence[int], Sequence[int]]:
        """Ascending document numbers that hold the term in the field, and how often each does."""
        numbers = [number for number in range(self.doc_count) if self.frequency(number, field, term)]
        return numbers, [self.frequency(number, field, term) for number in numbers]

    def document_frequency(self, field: str, term: str) -> int:
        """See Statistics."""
        if (field, term) not in self._frequencies:
            self._frequencies[field, term] = len(self.postings(field, term)[0])
        return self._frequencies[field, term]

    def lengths(self, field: str) -> Sequence[int]:
        """The length code of a field by document."""
        return [
            encode_length(len(item.terms.get(field, ()))) if field in FIELDS else 0 for item in self.documents
        ]

    def average_length(self, field: str) -> float:
        """See Statistics."""
        if field not in self._averages:
            total = sum(len(item.terms.get(field, ())) for item in self.documents)
            self._averages[field] = max(total / (self.doc_count or 1), 1.0)
        return self._averages[field]

    def terms(self, field: str, prefix: str = "") -> Iterator[tuple[str, int]]:
        """See Vocabulary."""
        found = Counter(term for counts in self.counts for term in counts.get(field, ()))
        return iter(sorted((term, count) for term, count in found.items() if term.startswith(prefix)))

    def count_known(self, field: str, terms: Collection[str]) -> dict[str, int]:
        """See Vocabulary."""
        return {term: count for term in terms if (count := self.document_frequency(field, term))}

    def find_examples(self, field: str, term: str, limit: int) -> list[CardRecord]:
        """See Vocabulary."""
        numbers, counts = self.postings(field, term)
        best = sorted(zip(counts, numbers, strict=True), key=lambda pair: (-pair[0], pair[1]))
        return [self.record(number) for _, number in best[:limit]]

    def record(self, number: int) -> CardRecord:
        """See Candidate."""
        return self.documents[number].record

    def digest(self, number: int) -> bytes:
        """See Candidate."""
        return self.documents[number].digest


class MemoryGeneration:
    """See the port."""

    def __init__(self, before: MemoryIndex, commit: str | None, *, full: bool) -> None:
        self._before = before
        self._commit = commit
        self._documents = {} if full else {item.record.path: item for item in before.documents}

    def put(self, documents: Iterable[IndexDocument]) -> None:
        """See Generation."""
        added = {item.record.path: item for item in documents}
        self.drop(added)
        self._documents |= added

    def drop(self, paths: Iterable[str]) -> None:
        """See Generation."""
        for path in paths:
            self._documents.pop(path, None)

    def finish(self, expected: str | None) -> MemoryIndex | None:
        """See Generation."""
        if expected != self._before.commit:
            return None
        return MemoryIndex(self._documents.values(), self._commit)


def score_all(index: MemoryIndex, words: Sequence[QueryWord], lang: str = "") -> dict[int, float]:
    """The score of each document that matches, by number."""
    scores = {}
    for number in range(index.doc_count):
        score, matches = 0.0, False
        for word, count in Counter(words).items():
            own = _score_word(index, word, number, lang)
            by_grams, enough = _score_grams(index, word, number)
            score += word.weight * sqrt(count) * (own + by_grams)
            matches = matches or own > 0 or enough
        if matches:
            scores[number] = score * _find_factor(index, list(dict.fromkeys(words)), number, lang)
    return scores


def _norm(index: MemoryIndex, field: str, number: int) -> float:
    b = formula.LENGTH_NORM[field]
    length = LENGTHS[encode_length(len(index.documents[number].terms.get(field, ())))]
    return 1 - b + b * length / index.average_length(field)


def _weigh(index: MemoryIndex, word: QueryWord, field: str, number: int) -> float:
    frequency = sum(weight * index.frequency(number, field, term) for term, weight in word.terms)
    norm = _norm(index, field, number)
    return WEIGHTS[field] * frequency / (min(1, norm) if word.is_identifier and field != "body" else norm)


def _saturate(frequency: float) -> float:
    return (formula.K1 + 1) * frequency / (formula.K1 + frequency)


def _idf(count: int, held: int) -> float:
    return log(1 + (max(count - held, 0) + 0.5) / (held + 0.5))


def _holds(index: MemoryIndex, word: QueryWord, number: int) -> bool:
    return any(index.frequency(number, field, term) for field in WORD_FIELDS for term, _ in word.terms)


def _rate(index: MemoryIndex, word: QueryWord, lang: str) -> float:
    """The idf of a word; function words are rare or common among not many more than their language has."""
    if (word, lang) not in index.rates:
        own = index.document_frequency("lang", language_code(lang)) if word.is_function and lang else 0
        count = min(formula.OWN * own, index.doc_count) if own else index.doc_count
        held = sum(_holds(index, word, number) for number in range(index.doc_count))
        index.rates[word, lang] = _idf(count, held)
    return index.rates[word, lang]


def _score_word(index: MemoryIndex, word: QueryWord, number: int, lang: str) -> float:
    if not _holds(index, word, number):
        return 0.0
    heading = sum(_weigh(index, word, field, number) for field in formula.HEADING_FIELDS)
    doubt = formula.DOUBT if word.is_function else 1.0
    both = _saturate(_weigh(index, word, "body", number) + heading)
    return _rate(index, word, lang) * (doubt * both + _reward(word) * _saturate(heading))


def _reward(word: QueryWord) -> float:
    return formula.HEADING_IDENTIFIER if word.is_identifier else formula.HEADING


def _score_grams(index: MemoryIndex, word: QueryWord, number: int) -> tuple[float, bool]:
    """What the pieces of a word add to a document, and whether it holds enough of them."""
    highest = max(formula.COMMON_GRAM * index.doc_count, formula.FEWEST_COMMON_GRAMS)
    useful = [gram for gram in word.grams if 0 < index.document_frequency("grams", gram) <= highest]
    score, held = 0.0, 0
    for gram in useful:
        frequency = index.frequency(number, "grams", gram)
        held += frequency > 0
        idf = _idf(index.doc_count, index.document_frequency("grams", gram))
        score += idf * _saturate(frequency / _norm(index, "grams", number))
    enough = bool(useful) and held >= max(2, formula.ENOUGH_GRAMS * len(useful))
    return score * formula.GRAM / sqrt(len(word.grams) or 1), enough


def _find_factor(index: MemoryIndex, words: Sequence[QueryWord], number: int, lang: str) -> float:
    factor = 1.0
    required = [word for word in words if word.required]
    if len(required) > 1:
        held = sum(_holds(index, w, number) or _score_grams(index, w, number)[1] for w in required)
        factor -= formula.MISSING * (1 - (held / len(required)) ** formula.POWER)
    code = language_code(lang)
    if code and index.document_frequency("lang", code) and not index.frequency(number, "lang", code):
        factor *= formula.FOREIGN
    return factor


def build_index(documents: Iterable[IndexDocument]) -> DiskReader:
    """The same documents in kb's own index, held in memory."""
    generation = DiskReader(()).begin(None)
    generation.put(documents)
    index = generation.finish(None)
    assert index is not None
    return index
