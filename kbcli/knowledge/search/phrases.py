"""Phrases, verified word for word on the texts of the cards: the index keeps no positions."""

from collections.abc import Iterator, Sequence
from functools import cached_property

from kbcli.config import Config
from kbcli.foundation.text.folding import fold_text, is_hangul, is_unspaced
from kbcli.foundation.text.pipeline import QueryWord, analyse_query
from kbcli.knowledge.index.fields import WORD_FIELDS
from kbcli.knowledge.index.reader import IndexReader
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.search.texts import FULL_REACH, TextReader


def _keep_required(words: Sequence[QueryWord]) -> Sequence[QueryWord]:
    """The words that count for "all words"; of function words alone, those."""
    return [word for word in words if word.required] or words


def _split_pairs(words: Sequence[QueryWord]) -> Iterator[QueryWord]:
    """Pairs of Han and Kana as single characters: a line break may part the pair in a card."""
    for word in words:
        if word.text > "\u3000" and all(map(is_unspaced, word.text)):
            yield from (QueryWord(sign, ((sign, 1.0),)) for sign in word.text)
        else:
            yield word


class PhraseFinder:
    """Finds one phrase: which documents may hold it by the index, and which do by their text."""

    def __init__(self, phrase: str, reader: IndexReader, langs: Sequence[str]) -> None:
        self.folded = fold_text(phrase)
        self._reader = reader
        self.words = tuple(dict.fromkeys(_split_pairs(_keep_required(analyse_query(phrase, langs)))))
        self._joins = any(map(is_unspaced, self.folded))
        self._free_start = _is_free(self.folded[:1])
        self._free_end = _is_free(self.folded[-1:])

    @cached_property
    def candidates(self) -> frozenset[int]:
        """Documents that hold every word of the phrase in some field."""
        return self._intersect(WORD_FIELDS)

    @cached_property
    def _alias_candidates(self) -> frozenset[int]:
        return self._intersect(("aliases",))

    def _intersect(self, fields: Sequence[str]) -> frozenset[int]:
        common: set[int] | None = None
        for word in sorted(self.words, key=lambda word: self._count(word, fields)):
            holders: set[int] = set()
            for term, _ in word.terms:
                for field in fields:
                    holders.update(self._reader.postings(field, term)[0])
            common = holders if common is None else common & holders
            if not common:
                break
        return frozenset(common or ())

    def _count(self, word: QueryWord, fields: Sequence[str]) -> int:
        return sum(self._reader.document_frequency(field, term) for term, _ in word.terms for field in fields)

    def is_in(self, text: str) -> bool:
        """Whether a text holds the phrase, at word bounds where the script has such."""
        return self._is_in_folded(fold_text(text, join=self._joins))

    def _is_in_folded(self, text: str) -> bool:
        phrase = self.folded
        place = text.find(phrase)
        while place >= 0:
            end = place + len(phrase)
            starts = self._free_start or place == 0 or _is_bound(text[place - 1])
            if starts and (self._free_end or end == len(text) or _is_bound(text[end])):
                return True
            place = text.find(phrase, place + 1)
        return False

    def is_in_title(self, record: CardRecord) -> bool:
        """Whether the title holds the phrase."""
        return self.is_in(record.title)

    def is_in_card(self, number: int, record: CardRecord, texts: TextReader, config: Config) -> bool:
        """Whether the title, a tag, the body or an alias of a card holds the phrase. Reads the file."""
        if self.is_in(record.title) or any(map(self.is_in, record.tags)):
            return True
        if self.is_in(texts.read_body(record, FULL_REACH)):
            return True
        if number not in self._alias_candidates:
            return False
        from kbcli.knowledge.cards.reader import read_card

        data = texts.read_bytes(record, record.body_offset)
        return any(map(self.is_in, read_card(data, record.path, config).aliases))


def _is_free(sign: str) -> bool:
    return is_unspaced(sign) or is_hangul(sign)


def _is_bound(sign: str) -> bool:
    return sign == " " or is_unspaced(sign)
