"""The formula for one document at a time, where posting lists are not at hand: the few best that an engine named.

How many documents hold a word is told by who asks; everything else of `formula` is here.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from math import log, sqrt

from kbcli.foundation.text.languages import language_code
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.index import formula
from kbcli.knowledge.index.port import Condition, Question, Statistics
from kbcli.knowledge.index.schema import LENGTHS, WORD_FIELDS, encode_length

_FIELD_WEIGHTS = {**formula.HEADING_FIELDS, "body": 1.0}

Holding = Mapping[str, Mapping[str, int]]
"""How often a document holds each term, by field."""


class WordWeight(NamedTuple):
    """A word of a question: its weight with its idf, and the idf of each piece that tells something.

    `enough` is how many of these pieces a document must hold to be found by them alone.
    """

    word: QueryWord
    rate: float
    pieces: Mapping[str, float]
    enough: float

    @property
    def doubt(self) -> float:
        """How much it counts in a body."""
        return formula.DOUBT if self.word.is_function else 1.0

    @property
    def reward(self) -> float:
        """How much more it counts in a heading."""
        return formula.HEADING_IDENTIFIER if self.word.is_identifier else formula.HEADING


def find_idf(count: int, held: int) -> float:
    """How telling something is that so many documents hold, of so many."""
    return log(1 + (max(count - held, 0) + 0.5) / (held + 0.5))


def list_words(question: Question) -> list[QueryWord]:
    """The words, each once; what stands there n times counts sqrt(n) times."""
    return [
        word._replace(weight=word.weight * sqrt(count)) for word, count in Counter(question.words).items()
    ]


def choose_pieces(word: QueryWord, statistics: Statistics) -> dict[str, float]:
    """The pieces of a word that some documents hold, but not too many, and how telling each is."""
    if not word.grams:
        return {}
    highest = max(formula.COMMON_GRAM * statistics.doc_count, formula.FEWEST_COMMON_GRAMS)
    counts = {gram: statistics.document_frequency("grams", gram) for gram in dict.fromkeys(word.grams)}
    return {
        gram: find_idf(statistics.doc_count, counts[gram])
        for gram in word.grams
        if 0 < counts[gram] <= highest
    }


def count_enough(pieces: Collection[str]) -> float:
    """How many of a word's pieces a document must hold to be found by them alone; it may be more than there are."""
    return max(2, formula.ENOUGH_GRAMS * len(pieces))


class DocumentScorer:
    """Scores documents for one question. `held` is how many documents hold each of `list_words`, in any field of words."""

    def __init__(self, question: Question, statistics: Statistics, held: Mapping[QueryWord, int]) -> None:
        self._averages = {field: statistics.average_length(field) for field in formula.LENGTH_NORM}
        self._code = language_code(question.lang)
        own = statistics.document_frequency("lang", self._code) if self._code else 0
        self._has_own = bool(own)
        total = statistics.doc_count
        functions = min(formula.OWN * own, total) if own else total
        self._words = []
        for word in list_words(question):
            rate = (
                word.weight
                * find_idf(functions if word.is_function else total, held[word])
                * (formula.K1 + 1)
            )
            pieces = choose_pieces(word, statistics)
            self._words.append(WordWeight(word, rate, pieces, count_enough(pieces)))
        self._required = sum(weight.word.required for weight in self._words)

    def score(self, document: Holding, lengths: Mapping[str, int]) -> float | None:
        """The score of a document with so many terms in each field; None where it does not match."""
        score, held, matches = 0.0, 0, False
        for weight in self._words:
            shares, pieces, holds = self._share(weight, document, lengths)
            score += sum(shares.values()) + pieces
            matches = matches or holds
            held += holds and weight.word.required
        return score * self._find_factor(held, document) if matches else None

    def explain(self, document: Holding, lengths: Mapping[str, int]) -> list[tuple[QueryWord, str, float]]:
        """What each word in each field adds to the score, factors included, largest first."""
        shared = [(weight.word, *self._share(weight, document, lengths)) for weight in self._words]
        factor = self._find_factor(sum(holds and word.required for word, _, _, holds in shared), document)
        found = [
            (word, field, factor * share) for word, shares, _, _ in shared for field, share in shares.items()
        ]
        found += [(word, "grams", factor * pieces) for word, _, pieces, _ in shared if pieces]
        return sorted(found, key=lambda item: (-item[2], item[0].text, item[1]))

    def _share(
        self, weight: WordWeight, document: Holding, lengths: Mapping[str, int]
    ) -> tuple[dict[str, float], float, bool]:
        """What a word adds by field, what its pieces add, and whether the document holds it, or enough of them."""
        word, frequencies = weight.word, {}
        for field, own in _FIELD_WEIGHTS.items():
            held = document.get(field)
            if not held:
                continue
            frequency = sum(times * held.get(term, 0) for term, times in word.terms)
            if frequency:
                norm = self._norm(field, lengths)
                norm = min(1.0, norm) if word.is_identifier and field != "body" else norm
                frequencies[field] = own * frequency / norm
        together = sum(frequencies.values())
        heading = together - frequencies.get("body", 0.0)
        shares = {
            field: weight.rate
            * frequency
            * (
                weight.doubt / (formula.K1 + together)
                + (weight.reward / (formula.K1 + heading) if field != "body" else 0.0)
            )
            for field, frequency in frequencies.items()
        }
        pieces, enough = self._score_pieces(weight, document, lengths)
        return shares, pieces, bool(frequencies) or enough

    def _score_pieces(
        self, weight: WordWeight, document: Holding, lengths: Mapping[str, int]
    ) -> tuple[float, bool]:
        held = document.get("grams", {})
        found = {gram: held[gram] for gram in weight.pieces if gram in held}
        if not found:
            return 0.0, False
        divider = formula.K1 * self._norm("grams", lengths)
        sum_ = sum(weight.pieces[gram] * count / (count + divider) for gram, count in found.items())
        factor = formula.GRAM / sqrt(len(weight.word.grams)) * weight.word.weight * (formula.K1 + 1)
        return factor * sum_, len(found) >= weight.enough

    def _norm(self, field: str, lengths: Mapping[str, int]) -> float:
        b = formula.LENGTH_NORM[field]
        return 1 - b + b * LENGTHS[encode_length(lengths.get(field, 0))] / self._averages[field]

    def _find_factor(self, held: int, document: Holding) -> float:
        factor = 1.0
        if self._required > 1:
            factor -= formula.MISSING * (1 - (held / self._required) ** formula.POWER)
        if self._has_own and self._code not in document.get("lang", {}):
            factor *= formula.FOREIGN
        return factor


def holds_word(document: Holding, word: QueryWord) -> bool:
    """Whether a document holds a word in a field of words."""
    return any(term in document.get(field, ()) for field in WORD_FIELDS for term, _ in word.terms)


def meets(document: Holding, question: Question) -> bool:
    """Whether a document meets the conditions of a question."""

    def meets_one(condition: Condition) -> bool:
        return any(
            all(any(term in document.get(field, ()) for field, term in terms) for terms in alternative)
            for alternative in condition
        )

    return all(map(meets_one, question.all_of)) and not any(map(meets_one, question.none_of))


def count_terms(terms: Mapping[str, Sequence[str]]) -> dict[str, dict[str, int]]:
    """How often each term stands in each field."""
    return {field: dict(Counter(found)) for field, found in terms.items()}
