"""Phrases, verified word for word on the texts of the cards: the index keeps no positions."""

from collections.abc import Iterator, Sequence

from kbcli.foundation.text.characters import fold_text, is_hangul, is_unspaced
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.knowledge.index.fields import WORD_FIELDS
from kbcli.knowledge.index.question import Condition
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.search.context import FULL_REACH, SearchContext, hold_words, keep_required


def _split_pairs(words: Sequence[QueryWord]) -> Iterator[QueryWord]:
    """Pairs of Han and Kana as single characters: a line break may part the pair in a card."""
    for word in words:
        if word.text > "\u3000" and all(map(is_unspaced, word.text)):
            yield from (QueryWord(sign, ((sign, 1.0),)) for sign in word.text)
        else:
            yield word


class PhraseFinder:
    """Finds one phrase: `condition` tells which documents may hold it, and their texts which do.

    A phrase without a word has no condition, and is in nothing.
    """

    def __init__(self, phrase: str, context: SearchContext) -> None:
        self._texts = context.texts
        self._folded = fold_text(phrase)
        words = dict.fromkeys(_split_pairs(keep_required(context.analyse(phrase))))
        self.condition: Condition = hold_words(words, WORD_FIELDS) if self._folded else ()
        self._joins = any(map(is_unspaced, self._folded))
        self._free_start = _is_free(self._folded[:1])
        self._free_end = _is_free(self._folded[-1:])

    def is_in(self, text: str) -> bool:
        """Whether a text holds the phrase, at word bounds where the script has such."""
        text, phrase = fold_text(text, join=self._joins), self._folded
        place = text.find(phrase)
        while place >= 0:
            end = place + len(phrase)
            starts = self._free_start or place == 0 or _is_bound(text[place - 1])
            if starts and (self._free_end or end == len(text) or _is_bound(text[end])):
                return True
            place = text.find(phrase, place + 1)
        return False

    def is_in_card(self, record: CardRecord) -> bool:
        """Whether the title, a tag, an alias or the body of a card holds the phrase. Reads the file."""
        return any(map(self.is_in, (record.title, *record.tags, *record.aliases))) or self.is_in(
            self._texts.read_body(record, FULL_REACH)
        )


def _is_free(sign: str) -> bool:
    return is_unspaced(sign) or is_hangul(sign)


def _is_bound(sign: str) -> bool:
    return sign == " " or is_unspaced(sign)
