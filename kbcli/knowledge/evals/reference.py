"""The score of every document, worked out one document at a time: slow, and plainly the formula.

It is what `rank` must agree with, and shares no code with it but the constants.
"""

from collections.abc import Sequence
from math import log, sqrt

from kbcli.foundation.text.languages import language_code
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.knowledge.index.lengths import decode_length
from kbcli.knowledge.index.reader import IndexReader
from kbcli.knowledge.search import coverage, scoring

_WEIGHTS = {**scoring.HEADING_FIELDS, "body": 1.0}


def score_brute_force(
    reader: IndexReader, words: Sequence[QueryWord], *, query_lang: str = ""
) -> dict[int, float]:
    """The score of each document that matches, by number."""
    scores = {}
    for number in range(len(reader.lengths("body"))):
        score, matches = 0.0, False
        for word in dict.fromkeys(words):
            weight = word.weight * sqrt(words.count(word))
            own = _score_word(reader, word, number, query_lang)
            by_grams, enough = _score_grams(reader, word, number)
            score += weight * (own + by_grams)
            matches = matches or own > 0 or enough
        if matches:
            scores[number] = score * _factor(reader, list(dict.fromkeys(words)), number, query_lang)
    return scores


def _frequency(reader: IndexReader, field: str, term: str, number: int) -> float:
    return next((f for n, f in zip(*reader.postings(field, term), strict=True) if n == number), 0.0)


def _relative(reader: IndexReader, field: str, frequency: float, number: int) -> float:
    b = scoring.LENGTH_NORM[field]
    length = decode_length(reader.lengths(field)[number])
    return frequency / (1 - b + b * length / reader.average_length(field))


def _saturate(frequency: float) -> float:
    return (scoring.K1 + 1) * frequency / (scoring.K1 + frequency)


def _idf(count: int, held: int) -> float:
    return log(1 + (max(count - held, 0) + 0.5) / (held + 0.5))


def _count_documents(reader: IndexReader, word: QueryWord, query_lang: str) -> int:
    """How many documents a word is rare or common among: for function words not many more than its language has."""
    own = reader.postings("lang", language_code(query_lang))[0] if word.is_function else ()
    return min(scoring.OWN * len(own), reader.doc_count) if len(own) else reader.doc_count


def _find_holders(reader: IndexReader, word: QueryWord) -> set[int]:
    return {
        number for field in _WEIGHTS for term, _ in word.terms for number in reader.postings(field, term)[0]
    }


def _score_word(reader: IndexReader, word: QueryWord, number: int, query_lang: str) -> float:
    def weigh(field: str) -> float:
        frequency = sum(weight * _frequency(reader, field, term, number) for term, weight in word.terms)
        return _WEIGHTS[field] * _relative(reader, field, frequency, number)

    heading = sum(weigh(field) for field in scoring.HEADING_FIELDS)
    doubt = scoring.DOUBT if word.is_function else 1.0
    value = doubt * _saturate(weigh("body") + heading) + scoring.HEADING * _saturate(heading)
    count = _count_documents(reader, word, query_lang)
    return _idf(count, len(_find_holders(reader, word))) * value


def _useful_grams(reader: IndexReader, word: QueryWord) -> list[str]:
    highest = max(scoring.COMMON_GRAM * reader.doc_count, 20)
    return [gram for gram in word.grams if 0 < len(reader.postings("grams", gram)[0]) <= highest]


def _score_grams(reader: IndexReader, word: QueryWord, number: int) -> tuple[float, bool]:
    """What the pieces of a word add to a document, and whether it holds enough of them."""
    score, held = 0.0, 0
    grams = _useful_grams(reader, word)
    for gram in grams:
        frequency = _frequency(reader, "grams", gram, number)
        held += frequency > 0
        idf = _idf(reader.doc_count, len(reader.postings("grams", gram)[0]))
        score += idf * _saturate(_relative(reader, "grams", frequency, number))
    enough = bool(grams) and held >= max(2, scoring.ENOUGH_GRAMS * len(grams))
    return score * scoring.GRAM / sqrt(len(word.grams) or 1), enough


def _factor(reader: IndexReader, words: Sequence[QueryWord], number: int, query_lang: str) -> float:
    factor = 1.0
    required = [word for word in words if word.required]
    if len(required) > 1:
        held = sum(number in _find_holders(reader, w) or _score_grams(reader, w, number)[1] for w in required)
        few = coverage.are_keywords(words)
        missing = coverage.MISSING_KEYWORD if few else coverage.MISSING
        power = coverage.POWER_KEYWORD if few else coverage.POWER
        factor -= missing * (1 - (held / len(required)) ** power)
    own = reader.postings("lang", language_code(query_lang))[0] if query_lang else ()
    if len(own) and number not in own:
        factor *= coverage.FOREIGN
    return factor
