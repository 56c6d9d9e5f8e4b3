"""Text to index terms, a query to words with alternatives, and where those words stand in a text."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain

from kbcli.foundation.text.forms import (
    gram_terms,
    han_terms,
    hangul_stem,
    hangul_terms,
    split_grams,
    stem_memo,
    unspaced_terms,
)
from kbcli.foundation.text.languages import (
    CUT_IN_FRONT,
    function_words,
    guess_language,
    language_code,
    word_language,
)
from kbcli.foundation.text.normalisation import normalise_word
from kbcli.foundation.text.words import (
    CHUNK,
    LONGEST,
    Word,
    is_foreign,
    outline_compounds,
    read_compounds,
    read_segment,
    split_plainly,
)
from kbcli.foundation.typed import NamedTuple

__all__ = ["QueryWord", "analyse_query", "analyse_text", "find_matches", "guess_language", "word_terms"]

FRAGMENT_WEIGHT = 0.3
"""How much a number or single letter counts that is part of a compound: the 3 of `2.1.3`."""

_IDLE_SIGNS = ",:'\"=/\\~^$%&-_"
_IDLE_AT_END = _IDLE_SIGNS + "."
"""Signs that mean nothing at the ends of a chunk. The others are those of `.NET`, `C++` and `C#`."""

_MEMO_SIZE = 400_000
"""Chunks remembered per language: those of some 10,000 documents, 50 MB."""


class QueryWord(NamedTuple):
    """One thing the user typed and its alternatives as index terms, each with a weight.

    `weight` is how much the word counts beside the others. A word that is not `required` (a function
    word, a compound as a whole beside its parts) adds to the score, but a card without it can
    still hold "all words". `grams` are pieces of the word, looked up in the field of that name.
    `is_function` marks words that ask and connect.
    """

    text: str
    terms: tuple[tuple[str, float], ...]
    weight: float = 1.0
    required: bool = True
    grams: tuple[str, ...] = ()
    is_function: bool = False


def word_terms(word: Word, lang: str) -> Sequence[str]:
    """The index terms of one word of a text in a language."""
    if word.kind == "han":
        return han_terms(word.text)
    if word.kind == "hangul":
        return hangul_terms(word.text)
    if word.kind == "unspaced":
        return unspaced_terms(word.text)
    if word.kind in ("number", "literal"):
        return [normalise_word(word.text)[:LONGEST]]
    return stem_memo(word.kind, lang)[word.text[:LONGEST]]


class _Memo(dict[str, tuple[str, ...]]):
    """Chunk, or segment of one → its index terms in one language, worked out once."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._stems = stem_memo("latin", lang)

    def __missing__(self, chunk: str) -> tuple[str, ...]:
        bare = chunk.strip(_IDLE_SIGNS).rstrip(_IDLE_AT_END)
        return self._keep(chunk, self[bare] if bare != chunk else self._find_terms(chunk))

    def _keep(self, text: str, terms: tuple[str, ...]) -> tuple[str, ...]:
        if len(text) <= LONGEST:
            if len(self) >= _MEMO_SIZE:
                self.clear()
            self[text] = terms
        return terms

    def _find_terms(self, chunk: str) -> tuple[str, ...]:
        if chunk.isascii() and chunk.isalnum():
            # By far the most are plain words: the same as below, four times as fast.
            if chunk.isalpha() and (chunk[1:].islower() or chunk.isupper()):
                return self._stems[chunk[:LONGEST]]
            if chunk.isdecimal():
                return (chunk[:LONGEST],)
            return self._find_segment_terms(chunk)
        terms: list[str] = []
        for segments, literals in outline_compounds(chunk):
            for segment, _ in segments:
                terms += self.get(segment) or self._keep(segment, self._find_segment_terms(segment))
            for word in literals:
                terms += word_terms(word, self._lang)
        return tuple(terms)

    def _find_segment_terms(self, segment: str) -> tuple[str, ...]:
        if pieces := split_plainly(segment):
            # What joins letters and digits alone: the same as below, three times as fast.
            if len(pieces) > 1:
                pieces.append("".join(pieces))
            return tuple(
                chain.from_iterable(
                    self._stems[piece] if piece.isalpha() else (piece.lower(),) for piece in pieces
                )
            )
        parts, wholes = read_segment(segment)
        return tuple(term for word in chain(parts, wholes) for term in word_terms(word, self._lang))


@lru_cache(maxsize=32)
def _memo(lang: str) -> _Memo:
    return _Memo(lang)


def analyse_text(text: str, lang: str) -> list[str]:
    """The index terms of a text in a language (BCP 47 tag), in order, with repetitions."""
    return list(chain.from_iterable(map(_memo(lang).__getitem__, CHUNK.findall(text))))


def analyse_query(text: str, langs: Sequence[str]) -> list[QueryWord]:
    """What the user typed, word by word, each in the languages that its script allows.

    `langs` are those of the cards, the default first. Never fails; a text without words gives [].
    """
    analyser = _QueryAnalyser(
        tuple(langs) or ("en",), guess_language(text, langs, langs[0] if langs else "en")
    )
    known: dict[str, list[QueryWord]] = {}
    words: list[QueryWord] = []
    for chunk in CHUNK.findall(text):
        if chunk not in known:
            compounds = read_compounds(chunk)
            known[chunk] = [word for compound in compounds for word in analyser.read_compound(*compound)]
        words += known[chunk]
    return words


class _QueryAnalyser:
    """Reads a query in one light: the languages of the cards, its own, and that one's function words."""

    def __init__(self, langs: tuple[str, ...], lang: str) -> None:
        self._langs = langs
        self._lang = lang
        self._function_words = function_words(language_code(lang))

    def read_compound(self, parts: Sequence[Word], forms: Sequence[Word]) -> Iterator[QueryWord]:
        """The query words of a compound: its parts, then what it is as a whole."""
        wholes = [(word, _alternatives(word, self._langs)) for word in forms]
        joined = tuple(dict.fromkeys(term for _, terms in wholes for term in terms))
        strong = [not wholes or (part.kind != "number" and len(part.text) > 1) for part in parts]
        for part, is_strong in zip(parts, strong, strict=True):
            if is_strong:
                yield from self._read_part(part, joined)
            else:
                fragment = tuple((term, 1.0) for term in _alternatives(part, self._langs))
                yield QueryWord(part.text, fragment, FRAGMENT_WEIGHT, required=False)
        all_weak = not any(strong)
        longest = max((len(word.text) for word, _ in wholes), default=0)
        for word, terms in wholes:
            required = all_weak and len(word.text) == longest
            # Forms of it that stand in it themselves and have a dot: the 2.3.1 of `v2.3.1`.
            inner = [form for form in joined if "." in form and form in word.text] if required else []
            found = dict.fromkeys([*terms, *inner])
            yield QueryWord(word.text, tuple((term, 1.0) for term in found), required=required)

    def _read_part(self, part: Word, joined: tuple[str, ...]) -> Iterator[QueryWord]:
        known = self._function_words
        if part.kind in ("han", "hangul", "unspaced"):
            text = normalise_word(part.text)
            for gram in split_grams(text, 3 if part.kind == "unspaced" else 2):
                asks = gram in known or text in known
                yield QueryWord(gram, ((gram, 1.0),), required=not asks, is_function=asks)
            for stem in hangul_stem(text) if part.kind == "hangul" else ():
                yield QueryWord(stem, ((stem, 1.0),), required=False)
            return
        terms = _alternatives(part, self._langs)
        grams = tuple(dict.fromkeys(gram_terms(terms[:1], self._lang)))
        asks = normalise_word(part.text) in known
        weighted = tuple((term, 1.0) for term in dict.fromkeys([*terms, *joined]))
        text = part.text[:LONGEST]
        yield QueryWord(text, weighted, required=not asks, grams=() if asks else grams, is_function=asks)


def _alternatives(word: Word, langs: Sequence[str]) -> list[str]:
    """The distinct index terms of a word over the languages that its script allows.

    A German umlaut is also looked for as it is spelled without, and the other way round, for names
    in cards of other languages; German stemming takes care of it in German ones.
    """
    codes = _word_languages(word.kind, tuple(langs) or ("",))
    terms = dict.fromkeys(term for code in codes for term in word_terms(word, code))
    if word.kind == "latin":
        for spelling in _respell_umlauts(word.text):
            terms |= dict.fromkeys(
                term for code in codes for term in word_terms(word._replace(text=spelling), code)
            )
    return list(terms)


@lru_cache(maxsize=64)
def _word_languages(kind: str, langs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word_language(kind, lang) for lang in langs))


def _respell_umlauts(text: str) -> Iterator[str]:
    word = text.casefold()
    if not word.isascii():
        spelled = word.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
        if spelled != word:
            yield spelled
    elif "ae" in word or "oe" in word or "ue" in word:
        yield word.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def find_matches(text: str, words: Sequence[QueryWord], lang: str) -> list[tuple[int, int, int]]:
    """(start, end, word index) of each occurrence of a query word in the text, in order."""
    wanted: dict[str, int] = {}
    for index, asked in enumerate(words):
        for term, _ in asked.terms:
            wanted.setdefault(term, index)
    found: set[tuple[int, int, int]] = set()
    is_ascii = all(map(str.isascii, wanted))
    letters = frozenset(term[0] for term in wanted)
    is_sieved = language_code(lang) not in CUT_IN_FRONT
    memo = _memo(lang)
    for chunk in CHUNK.finditer(text):
        written = chunk[0]
        bare = written.rstrip(_IDLE_AT_END)
        if is_sieved and bare.isascii() and bare.isalpha() and (bare[1:] or "a").islower():
            # By far the most are plain words: one that begins with another letter has another stem.
            if bare[0].lower() not in letters:
                continue
        elif is_ascii and is_foreign(written):
            continue
        if wanted.keys().isdisjoint(memo[written]):
            continue
        for compound in read_compounds(written, chunk.start()):
            for word in chain(*compound):
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
            if (index := wanted.get(text[start : start + length])) is not None:
                yield word.start + start, word.start + start + length, index
