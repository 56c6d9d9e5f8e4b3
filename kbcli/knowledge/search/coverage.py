"""What scores are multiplied by: for words of the query that a document lacks, for another language."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from kbcli.foundation.text.languages import language_code
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.knowledge.search.scoring import find_held

if TYPE_CHECKING:
    from kbcli.knowledge.index.reader import IndexReader

MISSING, POWER = 0.05, 2
MISSING_KEYWORD, POWER_KEYWORD = 0.95, 4
"""How much of its score a document would lose that has none of the required words, and how soon it
loses that: for a question or text, and for keywords (one of two missing: 89 %, one of four: 65 %)."""

MOST_KEYWORDS = 4
"""So many required words and no function word are keywords, of which people expect all."""

FOREIGN = 0.85
"""What the score of a document in another language than the query's is multiplied by."""


class Holders(NamedTuple):
    """Who holds a word: documents in any of the lists, which ascend, or in the set."""

    lists: tuple[Sequence[int], ...]
    others: set[int]


class Coverage:
    """Multiplies scores by 1 - m * (1 - (held / required) ** p), and by FOREIGN; never by more than 1.

    `m` and `p` are MISSING_KEYWORD and POWER_KEYWORD for a few keywords, MISSING and POWER for
    all else; `held` is how many of the required words a document holds.
    """

    def __init__(
        self, reader: "IndexReader", words: Sequence[QueryWord], holders: Sequence[Holders], query_lang: str
    ) -> None:
        self._required = [who for word, who in zip(words, holders, strict=True) if word.required]
        count = len(self._required)
        missing, power = (MISSING_KEYWORD, POWER_KEYWORD) if are_keywords(words) else (MISSING, POWER)
        self._factors = [
            1 - missing * (1 - (held / count) ** power) for held in range(count + 1) if count > 1
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


def _list_by_language(reader: "IndexReader", code: str) -> tuple[list[Sequence[int]], bool]:
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


def are_keywords(words: Sequence[QueryWord]) -> bool:
    """Whether a query is a few keywords rather than a question or a text."""
    return sum(word.required for word in words) <= MOST_KEYWORDS and not any(
        word.is_function for word in words
    )
