"""Text to index terms, a query to words with alternatives, and where those words stand in a text."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

from kbcli.index.analysis.grams import han_terms, hangul_terms, split_grams, strip_particle, unspaced_terms
from kbcli.index.analysis.languages import word_language
from kbcli.index.analysis.normalisation import normalise_word
from kbcli.index.analysis.stems import stem_word
from kbcli.index.analysis.words import CHUNK, LONGEST, Compound, Word, read_compounds

_MEMO_SIZE = 400_000
"""Chunks remembered per language: those of some 10,000 documents, 50 MB."""


class QueryWord(NamedTuple):
    """One thing the user typed and its alternatives as index terms, each with a weight.

    `weight` is how much the word counts beside the others. A word that is not `required` adds
    to the score, but a card without it can still hold "all words".
    """

    text: str
    terms: tuple[tuple[str, float], ...]
    weight: float = 1.0
    required: bool = True


def word_terms(word: Word, lang: str) -> list[str]:
    """The index terms of one word of a text in a language."""
    if word.kind == "han":
        return han_terms(word.text)
    if word.kind == "hangul":
        return hangul_terms(word.text)
    if word.kind == "unspaced":
        return unspaced_terms(word.text)
    if word.kind in ("number", "literal"):
        return [normalise_word(word.text)[:LONGEST]]
    return stem_word(word.text[:LONGEST], word.kind, lang)


class _Memo(dict[str, tuple[str, ...]]):
    """Chunk → its index terms in one language, worked out once."""

    def __init__(self, lang: str) -> None:
        self._lang = lang

    def __missing__(self, chunk: str) -> tuple[str, ...]:
        lang = self._lang
        terms: list[str] = []
        for compound in read_compounds(chunk):
            for word in compound.parts:
                terms += word_terms(word, lang)
            for word in compound.wholes:
                terms += word_terms(word, lang)
        found = tuple(terms)
        if len(chunk) <= LONGEST:
            if len(self) >= _MEMO_SIZE:
                self.clear()
            self[chunk] = found
        return found


@cache
def _memo(lang: str) -> _Memo:
    return _Memo(lang)


def analyse_text(text: str, lang: str) -> list[str]:
    """The index terms of a text in a language (BCP 47 tag), in order, with repetitions."""
    return list(chain.from_iterable(map(_memo(lang).__getitem__, CHUNK.findall(text))))


def analyse_query(text: str, langs: Sequence[str]) -> list[QueryWord]:
    """What the user typed, word by word, each in the languages that its script allows."""
    words: list[QueryWord] = []
    for chunk in CHUNK.finditer(text):
        for compound in read_compounds(chunk[0]):
            words += _query_compound(compound, langs)
    return words


def _query_compound(compound: Compound, langs: Sequence[str]) -> Iterator[QueryWord]:
    wholes = [(word, _alternatives(word, langs)) for word in compound.wholes]
    joined = tuple(dict.fromkeys(term for _, terms in wholes for term in terms))
    for part in compound.parts:
        yield from _query_part(part, langs, joined)
    for word, terms in wholes:
        yield QueryWord(word.text, tuple((term, 1.0) for term in terms), required=not compound.parts)


def _query_part(part: Word, langs: Sequence[str], joined: tuple[str, ...]) -> Iterator[QueryWord]:
    if part.kind in ("han", "hangul"):
        text = normalise_word(part.text)
        for gram in split_grams(text, 2):
            yield QueryWord(gram, ((gram, 1.0),))
        if part.kind == "hangul" and len(stem := strip_particle(text)) > 2:
            yield QueryWord(stem, ((stem, 1.0),), required=False)
    elif part.kind == "unspaced":
        for gram in unspaced_terms(part.text):
            yield QueryWord(gram, ((gram, 1.0),))
    else:
        terms = dict.fromkeys([*_alternatives(part, langs), *joined])
        yield QueryWord(part.text, tuple((term, 1.0) for term in terms))


def _alternatives(word: Word, langs: Sequence[str]) -> list[str]:
    """The distinct index terms of a word over the languages that its script allows."""
    codes = dict.fromkeys(word_language(word.kind, lang) for lang in langs or ("",))
    return list(dict.fromkeys(term for code in codes for term in word_terms(word, code)))


def guess_language(text: str, langs: Sequence[str], default: str) -> str:
    """Which of the languages a text is in."""
    return default


def find_matches(text: str, words: Sequence[QueryWord], lang: str) -> list[tuple[int, int, int]]:
    """(start, end, word index) of each occurrence of a query word in the text, in order."""
    wanted: dict[str, int] = {}
    for index, word in enumerate(words):
        for term, _ in word.terms:
            wanted.setdefault(term, index)
    found: set[tuple[int, int, int]] = set()
    for chunk in CHUNK.finditer(text):
        if wanted.keys().isdisjoint(_memo(lang)[chunk[0]]):
            continue
        for compound in read_compounds(chunk[0], chunk.start()):
            for word in chain(compound.parts, compound.wholes):
                found.update(_matches(word, wanted, lang))
    return sorted(found)


def _matches(word: Word, wanted: dict[str, int], lang: str) -> Iterator[tuple[int, int, int]]:
    size = {"han": 2, "hangul": 2, "unspaced": 3}.get(word.kind)
    text = normalise_word(word.text)
    if size is None or len(text) != len(word.text):
        for term in word_terms(word, lang):
            if term in wanted:
                yield word.start, word.end, wanted[term]
        return
    for length in range(1, size + 1):
        for start in range(len(text) - length + 1):
            if text[start : start + length] in wanted:
                yield word.start + start, word.start + start + length, wanted[text[start : start + length]]
