"""Single Chinese or Japanese characters of a query, where no card knows the pairs that they form."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kbcli.foundation.text.functionwords import function_words
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.knowledge.index.fields import WORD_FIELDS

if TYPE_CHECKING:
    from kbcli.knowledge.index.reader import IndexReader

CHARACTER_WEIGHT = 0.5
"""How much a single character counts beside a pair: alone it tells less."""

_HAN = (("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\U00020000", "\U0003ffff"))


def find_characters(reader: "IndexReader", words: Sequence[QueryWord], lang: str) -> list[QueryWord]:
    """The Han characters of which no pair is known, as query words of their own.

    Who asks 钱能退吗 of a card that says 退款 shares a character with it and no pair. `words` are
    in the order of the text. Function words of the language (ISO 639-1), and characters that no body
    holds, are left out.
    """
    idle = function_words(lang)
    found: dict[QueryWord, None] = {}
    for run in _find_runs(words):
        known = [any(reader.document_frequency(field, pair) for field in WORD_FIELDS) for pair in run]
        covered = [left or right for left, right in zip([False, *known], [*known, False], strict=True)]
        for sign, is_covered in zip(run[0] + "".join(pair[1] for pair in run[1:]), covered, strict=True):
            if is_covered or sign in idle or not _is_han(sign):
                continue
            if reader.document_frequency("body", sign):
                found[QueryWord(sign, ((sign, 1.0),), CHARACTER_WEIGHT)] = None
    return list(found)


def _find_runs(words: Sequence[QueryWord]) -> Iterator[list[str]]:
    """The pairs of each stretch of the query in which one begins with the character that the last ended with."""
    run: list[str] = []
    for word in words:
        pair = word.text if len(word.text) == 2 and any(map(_is_han, word.text)) else ""
        if run and not (pair and pair[0] == run[-1][1]):
            yield run
            run = []
        if pair:
            run.append(pair)
    if run:
        yield run


def _is_han(sign: str) -> bool:
    return any(first <= sign <= last for first, last in _HAN)
