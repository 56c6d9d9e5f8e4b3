"""What one query word adds to the score of each document that holds it, and what scores are multiplied by.

All documents of a word are worked out at a time, by the formula of `index.formula`.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence, Set as AbstractSet
from itertools import chain
from math import log, sqrt

from kbcli.foundation.text.languages import language_code
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.index.formula import (
    COMMON_GRAM,
    DOUBT,
    ENOUGH_GRAMS,
    FEWEST_COMMON_GRAMS,
    FOREIGN,
    GRAM,
    HEADING,
    HEADING_FIELDS,
    HEADING_IDENTIFIER,
    K1,
    LENGTH_NORM,
    MISSING,
    OWN,
    POWER,
)
from kbcli.knowledge.index.schema import LENGTHS

if TYPE_CHECKING:
    from kbcli.knowledge.index.whoosh.disk import DiskReader

_BISECT_COST = 20
"""How many steps through a list cost as much as looking one number up in it."""

Lists = tuple[Sequence[int], ...]
"""Lists of document numbers, ascending."""

Holders = tuple[Lists, set[int]]
"""Who holds a word: documents in any of the lists, or in the set."""


class Part(NamedTuple):
    """What a word or piece adds: `factor` times the share of each document, in one order, each once."""

    numbers: Collection[int]
    shares: Iterable[float]
    factor: float


class Weighed(NamedTuple):
    """A word looked up: the documents that hold it, before their scores are worked out.

    `numbers` and `frequencies` are those of the body, `headings` the weighted frequencies in the
    heading fields by document. A document in one of `holders`, ascending lists, holds the word.
    A share is 1 at most for the body, and `bonus` more for the heading. `ascends` says
    whether the numbers do.
    """

    numbers: Sequence[int]
    frequencies: Sequence[float]
    headings: dict[int, float]
    holders: Lists
    factor: float
    bonus: float
    ascends: bool


class Scorer:
    """Scores words against one state of the index, all documents of a word at a time."""

    def __init__(self, reader: "DiskReader", query_lang: str = "") -> None:
        self._reader = reader
        code = language_code(query_lang)
        own = reader.document_frequency("lang", code) if code else 0
        self._own_count = min(OWN * own, reader.doc_count) if own else reader.doc_count
        self._norms: dict[str, tuple[Sequence[int], list[float]]] = {}

    def norms(self, field: str, word: QueryWord | None = None) -> tuple[Sequence[int], list[float]]:
        """The length codes by document, and what frequencies of a field are divided by, by length code.

        Of `word`, if it is an identifier, long headings do not make less.
        """
        if field not in self._norms:
            average, b = self._reader.average_length(field), LENGTH_NORM[field]
            by_code = [1 - b + b * length / average for length in LENGTHS]
            self._norms[field] = self._reader.lengths(field), by_code
        if word is not None and word.is_identifier and field in HEADING_FIELDS:
            codes, norms = self._norms[field]
            return codes, [min(1.0, norm) for norm in norms]
        return self._norms[field]

    def idf(self, frequency: int, *, is_function: bool = False) -> float:
        """How telling something is that so many documents hold."""
        count = self._own_count if is_function else self._reader.doc_count
        return log(1 + (max(count - frequency, 0) + 0.5) / (frequency + 0.5))

    def weigh_word(self, word: QueryWord) -> Weighed:
        """Look up a word, without its pieces."""
        headings, holders = self._weigh_headings(word)
        numbers, frequencies, lists = self._merge_terms(word, "body")
        count = len(numbers)
        if headings:
            count += len(headings) - len(find_held(headings.keys(), lists))
        doubt = DOUBT if word.is_function else 1.0
        factor = word.weight * self.idf(count, is_function=word.is_function) * (K1 + 1) * doubt
        bonus = HEADING_IDENTIFIER if word.is_identifier else HEADING / doubt
        return Weighed(
            numbers, frequencies, headings, holders + lists, factor, bonus, ascends=len(lists) == 1
        )

    def share_all(self, weighed: Weighed) -> Part:
        """What a word adds to every document that holds it."""
        codes, norms = self.norms("body")
        dividers = [K1 * norm for norm in norms]
        shares = [
            count / (count + dividers[codes[number]])
            for number, count in zip(weighed.numbers, weighed.frequencies, strict=True)
        ]
        if not weighed.headings:
            return Part(weighed.numbers, shares, weighed.factor)
        known = dict(zip(weighed.numbers, shares, strict=True))
        for number, heading in weighed.headings.items():
            share = known.get(number, 0.0)
            both = K1 * share / (1 - share) + heading
            known[number] = both / (K1 + both) + weighed.bonus * heading / (K1 + heading)
        return Part(known.keys(), known.values(), weighed.factor)

    def share_headings(self, weighed: Weighed) -> Part:
        """What a word adds for its headings alone, as if it were in no body."""
        shares = [(1 + weighed.bonus) * heading / (K1 + heading) for heading in weighed.headings.values()]
        return Part(weighed.headings.keys(), shares, weighed.factor)

    def score_body(self, weighed: Weighed, number: int) -> float:
        """What the body of one document adds to what its heading does. The numbers must ascend."""
        place = bisect_left(weighed.numbers, number)
        if place == len(weighed.numbers) or weighed.numbers[place] != number:
            return 0.0
        codes, norms = self.norms("body")
        heading = weighed.headings.get(number, 0.0)
        both = weighed.frequencies[place] / norms[codes[number]] + heading
        return weighed.factor * (both / (K1 + both) - heading / (K1 + heading))

    def weigh_fields(self, word: QueryWord, number: int) -> dict[str, float]:
        """The word's weighted frequency in each field of one document that holds it there."""
        found: dict[str, float] = {}
        for field, weight in {**HEADING_FIELDS, "body": 1.0}.items():
            codes, norms = self.norms(field, word)
            for term, alternative in word.terms:
                numbers, frequencies = self._reader.postings(field, term)
                place = bisect_left(numbers, number)
                if place < len(numbers) and numbers[place] == number:
                    frequency = alternative * weight * frequencies[place] / norms[codes[number]]
                    found[field] = found.get(field, 0.0) + frequency
        return found

    def score_grams(self, word: QueryWord) -> Iterator[Part]:
        """What each piece of a word adds."""
        if not word.grams:
            return
        reader = self._reader
        highest = max(COMMON_GRAM * reader.doc_count, FEWEST_COMMON_GRAMS)
        found = [gram for gram in word.grams if 0 < reader.document_frequency("grams", gram) <= highest]
        codes, norms = self.norms("grams")
        dividers = [K1 * norm for norm in norms]
        weight = GRAM / sqrt(len(word.grams)) * word.weight * (K1 + 1)
        for gram in found:
            numbers, frequencies = reader.postings("grams", gram)
            shares = [
                count / (count + dividers[codes[number]])
                for number, count in zip(numbers, frequencies, strict=True)
            ]
            yield Part(numbers, shares, weight * self.idf(len(shares)))

    def _weigh_headings(self, word: QueryWord) -> tuple[dict[int, float], Lists]:
        """The word's weighted frequency over the heading fields, by document."""
        headings: dict[int, float] = {}
        holders: Lists = ()
        for field, weight in HEADING_FIELDS.items():
            numbers, frequencies, lists = self._merge_terms(word, field)
            if not len(numbers):
                continue
            holders += lists
            codes, norms = self.norms(field, word)
            factors = [weight / norm for norm in norms]
            values = [
                count * factors[codes[number]] for number, count in zip(numbers, frequencies, strict=True)
            ]
            for number, value in zip(numbers, values, strict=True):
                headings[number] = headings.get(number, 0.0) + value
        return headings, holders

    def _merge_terms(self, word: QueryWord, field: str) -> tuple[Sequence[int], Sequence[float], Lists]:
        """Documents and frequencies of all alternatives of a word as one, and the list of each alternative."""
        found = [(self._reader.postings(field, term), weight) for term, weight in word.terms]
        found = [item for item in found if len(item[0][0])]
        if len(found) <= 1:
            if not found:
                return (), (), ()
            (numbers, frequencies), weight = found[0]
            return (
                numbers,
                frequencies if weight == 1 else [weight * count for count in frequencies],
                (numbers,),
            )
        merged: dict[int, float] = {}
        for (numbers, frequencies), weight in found:
            for number, count in zip(numbers, frequencies, strict=True):
                merged[number] = merged.get(number, 0.0) + weight * count
        return list(merged), list(merged.values()), tuple(numbers for (numbers, _), _ in found)


def add_parts(parts: Sequence[Part], totals: dict[int, float] | None = None) -> dict[int, float]:
    """The sum of parts, by document; added to `totals` when given."""
    ordered = sorted(parts, key=lambda part: len(part.numbers), reverse=True)
    if not totals:
        if not ordered:
            return {}
        first = ordered.pop(0)
        factor = first.factor
        totals = dict(zip(first.numbers, [factor * share for share in first.shares], strict=True))
    known = totals.get
    for part in ordered:
        factor = part.factor
        for number, share in zip(part.numbers, part.shares, strict=True):
            totals[number] = known(number, 0.0) + factor * share
    return totals


def find_held(numbers: AbstractSet[int], holders: Sequence[Sequence[int]]) -> set[int]:
    """Those of the numbers that are in any of the lists, which ascend."""
    found: set[int] = set()
    for holder in holders:
        if len(numbers) * _BISECT_COST > len(holder):
            found.update(
                numbers & set(holder) if len(holder) < len(numbers) else set(numbers).intersection(holder)
            )
        else:
            found.update(number for number in numbers if _holds(holder, number))
    return found


def _holds(numbers: Sequence[int], number: int) -> bool:
    place = bisect_left(numbers, number)
    return place < len(numbers) and numbers[place] == number


def find_gram_holders(parts: Sequence[Part]) -> set[int]:
    """Documents that hold enough of the pieces of one word to be found by them alone."""
    if not parts:
        return set()
    counts: dict[int, int] = {}
    for number in chain.from_iterable(part.numbers for part in parts):
        counts[number] = counts.get(number, 0) + 1
    least = max(2, ENOUGH_GRAMS * len(parts))
    return {number for number, count in counts.items() if count >= least}


class Coverage:
    """Multiplies scores by 1 - m * (1 - (held / required) ** p), and by FOREIGN; never by more than 1.

    `m` and `p` are MISSING and POWER; `held` is how many of the required words a document holds.
    """

    def __init__(
        self, reader: "DiskReader", words: Sequence[QueryWord], holders: Sequence[Holders], query_lang: str
    ) -> None:
        self._required = [who for word, who in zip(words, holders, strict=True) if word.required]
        count = len(self._required)
        self._factors = [
            1 - MISSING * (1 - (held / count) ** POWER) for held in range(count + 1) if count > 1
        ]
        self._listed, self._are_own = _list_by_language(reader, language_code(query_lang))

    def multiply(self, scores: dict[int, float]) -> dict[int, float]:
        """The scores of some documents, multiplied."""
        if self._factors:
            held = dict.fromkeys(scores, 0)
            for lists, others in self._required:
                for number in find_held(held.keys(), lists) | (held.keys() & others):
                    held[number] += 1
            scores = {number: score * self._factors[held[number]] for number, score in scores.items()}
        if self._listed:
            found = find_held(scores.keys(), self._listed)
            if self._are_own:
                found = scores.keys() - found
            scores = {
                number: FOREIGN * score if number in found else score for number, score in scores.items()
            }
        return scores


def _list_by_language(reader: "DiskReader", code: str) -> tuple[list[Sequence[int]], bool]:
    """Lists of the documents in a language, or of all in others, and which; the shorter ones.

    No lists where no document is in the language: it then tells no two apart.
    """
    # Every document has the bare code of its language as a term, and a longer tag beside it.
    counts = {term: count for term, count in reader.terms("lang") if "-" not in term}
    own = counts.pop(code, 0) if code else 0
    if not own:
        return [], True
    if own * 2 < reader.doc_count:
        return [reader.postings("lang", code)[0]], True
    return [reader.postings("lang", term)[0] for term in counts], False
