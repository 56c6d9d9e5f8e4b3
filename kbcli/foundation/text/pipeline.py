"""Text to index terms, a query to words with alternatives, and where those words stand in a text.

A word is indexed under its stem, and under pieces of it in scripts without spaces, for glued words
and for words with particles.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import chain, pairwise
from unicodedata import category

from kbcli.foundation.text.languages import (
    CUT_IN_FRONT,
    SCRIPT_OF,
    STEMMERS,
    fold_accents,
    function_words,
    guess_language,
    language_code,
    normalise_arabic,
    normalise_devanagari,
    normalise_word,
    word_language,
)
from kbcli.foundation.text.signs import find_typed_signs, is_sign, place_signs
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
from kbcli.foundation.typed import Any, NamedTuple

_MOST_STEMS = 50_000


@cache
def _stemmer(code: str) -> Any:
    """The stemming function of a language, or one that leaves words alone."""
    if code not in STEMMERS:
        return str
    import Stemmer

    # Its own memory of 10,000 words is not needed beside the one below, and is slow to make room in.
    return Stemmer.Stemmer(STEMMERS[code], 0).stemWord


class StemMemo(dict[str, tuple[str, ...]]):
    """Word as written → its index terms, at least one and most two, in one script and language, worked out once.

    A Latin word with accents is indexed as its stem without accents and, where it differs,
    as the stem of the word typed without accents (`perché` → perc, perch).
    """

    def __init__(self, script: str, lang: str) -> None:
        self._script = script
        self._lang = word_language(script, lang)
        self._stem = _stemmer(self._lang)

    def __missing__(self, text: str) -> tuple[str, ...]:
        if len(self) >= _MOST_STEMS:
            self.clear()
        self[text] = terms = self._find_terms(normalise_word(text))
        return terms

    def list_stems(self, words: Sequence[str]) -> list[str]:
        """The first index term of each of some words, which are not remembered: many in ASCII take a third of the time."""
        if self._script != "latin" or self._stem is str or not all(map(str.isascii, words)):
            return [self._find_terms(normalise_word(word))[0] for word in words]
        stems: list[str] = self._stem.__self__.stemWords(words)
        return stems

    def _find_terms(self, word: str) -> tuple[str, ...]:
        stem = self._stem
        if self._script == "devanagari":
            return (normalise_devanagari(stem(word)) or word,)
        if self._script == "arabic":
            word = normalise_arabic(word, self._lang)
        elif self._script == "greek":
            word = fold_accents(word)
        if self._script != "latin" or word.isascii():
            return (stem(word) or word,)
        plain = fold_accents(word)
        first, second = fold_accents(stem(word)) or plain, stem(plain) or plain
        return (first,) if first == second else (first, second)


stem_memo = lru_cache(maxsize=64)(StemMemo)
"""The terms of words of a script that stand in a text of a language."""


_GLUING = "af da de et fi hu is nb nl nn no sv"
_INDIAN = "bn gu hi kn ml mr ne or pa ta te"
GRAM_LANGUAGES = frozenset(f"{_GLUING} {_INDIAN}".split())
"""Languages that glue words together (Germanic but English, Finnic, Hungarian) or spell one in several ways
(those of India): their words are also found by pieces."""

_LONGEST_EOJEOL = 24
_MOST_WHOLES = 50
"""Words that are joined in one chunk: with more, each being found by all others would take time by the square."""
GRAM_SIZE = 4
_SHORTEST = 5

_PARTICLE_LIST = """
은 는 이 가 을 를 의 에 와 과 도 만 로 으로 에서 에게 에는 에도 까지 부터 처럼 보다 이나 나 이란 란 이라는 라는
이라고 라고 으로는 로는 으로도 로도 에서는 에서의 에서도 에게서 한테 께서 하고 이며 며 이고 고 인 이다 입니다 들 들은
들이 들을 들의 들에게 과의 와의 으로의 로의 으로써 로써 으로서 로서 조차 마저 밖에 뿐 뿐만 마다
"""
PARTICLES = tuple(sorted(_PARTICLE_LIST.split(), key=len, reverse=True))
"""Korean case particles, the copula and the plural, longest first."""


def split_grams(text: str, size: int) -> list[str]:
    """Every stretch of `size` characters, or the text itself when it is shorter."""
    if len(text) <= size:
        return [text] if text else []
    return [text[start : start + size] for start in range(len(text) - size + 1)]


def han_terms(text: str) -> list[str]:
    """Characters and pairs of them, for Chinese and Japanese."""
    text = normalise_word(text)
    return [*text, *split_grams(text, 2)] if len(text) > 1 else [text]


def hangul_terms(text: str) -> list[str]:
    """Pairs of syllables, single syllables, and the word without its particle."""
    text = normalise_word(text)
    return [*han_terms(text), *hangul_stem(text)]


def hangul_stem(text: str) -> list[str]:
    """A Korean word, normalised, without its particle, when it is longer than a pair; else none.

    At least two syllables stay.
    """
    fitting = (len(one) for one in PARTICLES if text.endswith(one) and len(text) - len(one) >= 2)
    stem = text[: len(text) - next(fitting, 0)]
    return [stem] if 2 < len(stem) <= _LONGEST_EOJEOL else []


def unspaced_terms(text: str) -> list[str]:
    """Letters, pairs and triples of characters, for Thai, Lao, Khmer and Burmese."""
    text = normalise_word(text)
    letters = [sign for sign in text if category(sign)[0] == "L"]
    return [*letters, *(text[at : at + size] for size in (2, 3) for at in range(len(text) - size + 1))]


# By script without spaces, what splits its words into pieces.
_SPLIT = {"han": han_terms, "hangul": hangul_terms, "unspaced": unspaced_terms}


@lru_cache(maxsize=200_000)
def _word_grams(term: str) -> tuple[str, ...]:
    if len(term) < _SHORTEST or not term.replace("\u094d", "").isidentifier() or not term.isprintable():
        return ()
    return tuple(split_grams(term, GRAM_SIZE))


def gram_terms(terms: Iterable[str], lang: str) -> list[str]:
    """The pieces of four characters of the index terms of a text, with repetitions; none in most languages."""
    code = language_code(lang)
    if code not in GRAM_LANGUAGES:
        return []
    latin = SCRIPT_OF.get(code, "latin") == "latin"
    return [gram for term in terms if term.isascii() == latin for gram in _word_grams(term)]


__all__ = ["QueryWord", "analyse_query", "analyse_text", "find_matches", "guess_language", "word_terms"]

FRAGMENT_WEIGHT = 0.3
"""How much a number or single letter counts that is part of a compound: the 3 of `2.1.3`."""

IDENTIFIER_WEIGHT = 1.5
"""How much an identifier counts: people type few words beside an error code, and mean it."""

_IDLE_SIGNS = ",:'\"=/\\~^$%&-_"
# Signs that mean nothing at the ends of a chunk. The others are those of `.NET`, `C++` and `C#`.
_IDLE_AT_END = _IDLE_SIGNS + "."

# Chunks remembered per language: those of some 3,000 documents, 25 MB. With room for 10,000 it took as long.
_MOST_CHUNKS = 100_000


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
    is_identifier: bool = False


def word_terms(word: Word, lang: str) -> Sequence[str]:
    """The index terms of one word of a text in a language."""
    if word.kind in _SPLIT:
        return _SPLIT[word.kind](word.text)
    if word.kind in ("number", "literal", "sign"):
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
            if len(self) >= _MOST_CHUNKS:
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


_memo = lru_cache(maxsize=32)(_Memo)


def analyse_text(text: str, lang: str) -> list[str]:
    """The index terms of a text in a language (BCP 47 tag), in order, with repetitions; without words of ASCII signs."""
    return list(chain.from_iterable(map(_memo(lang).__getitem__, CHUNK.findall(text))))


def analyse_query(text: str, langs: Sequence[str]) -> list[QueryWord]:
    """What the user typed, word by word, each in the languages that its script allows.

    `langs` are those of the cards, the default first. Never fails; a text without words gives [].
    """
    analyser = _QueryAnalyser(
        tuple(langs) or ("en",),
        guess_language(text, langs, langs[0] if langs else "en"),
        shouts=text.isupper(),
    )
    known: dict[str, list[QueryWord]] = {}
    words: list[QueryWord] = []
    for chunk in CHUNK.findall(text):
        if chunk not in known:
            compounds = read_compounds(chunk)
            known[chunk] = [word for compound in compounds for word in analyser.read_compound(*compound)]
        words += known[chunk]
    return [*words, *_read_typed_signs(text, are_alone=not words)]


def _read_typed_signs(text: str, *, are_alone: bool) -> Iterator[QueryWord]:
    """The query words of ASCII signs: beside others a single sign is mostly punctuation."""
    for signs in find_typed_signs(text):
        weight = 1.0 if are_alone or len(signs[0]) > 1 else FRAGMENT_WEIGHT
        yield QueryWord(signs[0], tuple((sign, 1.0) for sign in signs), weight, required=False)


class _QueryAnalyser:
    """Reads a query in one light: the languages of the cards, its own, and that one's function words.

    Of one that `shouts`, capitals make no name.
    """

    def __init__(self, langs: tuple[str, ...], lang: str, *, shouts: bool) -> None:
        self._langs = langs
        self._lang = lang
        self._function_words = function_words(language_code(lang))
        self._shouts = shouts

    def read_compound(self, parts: Sequence[Word], forms: Sequence[Word]) -> Iterator[QueryWord]:
        """The query words of a compound: its parts, then what it is as a whole."""
        wholes = [(word, _alternatives(word, self._langs)) for word in forms]
        # Each part is found by what it stands in, but of a whole list written without spaces.
        near = wholes if len(wholes) <= _MOST_WHOLES else ()
        joined = tuple(dict.fromkeys(term for _, terms in near for term in terms))
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
            required = all_weak and len(word.text) == longest and word.kind != "sign"
            # Forms of it that stand in it themselves and have a dot: the 2.3.1 of `v2.3.1`.
            inner = [form for form in joined if "." in form and form in word.text] if required else []
            found = dict.fromkeys([*terms, *inner])
            names = self._is_identifier(word)
            weighted = tuple((term, 1.0) for term in found)
            yield QueryWord(word.text, weighted, _weigh(names), required, is_identifier=names)

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
        names = self._is_identifier(part)
        text = part.text[:LONGEST]
        yield QueryWord(text, weighted, _weigh(names), not asks, () if asks else grams, asks, names)

    def _is_identifier(self, word: Word) -> bool:
        """Whether a word names one thing: a number, a code, version or path, or a NAME in capitals."""
        if word.kind == "latin":
            return len(word.text) > 1 and word.text.isupper() and not self._shouts
        return word.kind == "literal" or (word.kind == "number" and len(word.text) > 1)


def _weigh(names: bool) -> float:
    return IDENTIFIER_WEIGHT if names else 1.0


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
    signs = filter(is_sign, wanted)
    found.update((start, end, wanted[sign]) for start, end, sign in place_signs(text, signs))
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
    places = [] if size is None else _place_signs(word.text, text)
    if size is None or not places:
        for term in word_terms(word, lang):
            if term in wanted:
                yield word.start, word.end, wanted[term]
        return
    for length in range(1, size + 1):
        for start in range(len(text) - length + 1):
            if (index := wanted.get(text[start : start + length])) is not None:
                yield word.start + places[start], word.start + places[start + length], index


def _place_signs(written: str, normalised: str) -> Sequence[int]:
    """Where each character of a normalised word stands in it as written, and its end; [] when that is not told."""
    if len(written) == len(normalised):
        return range(len(written) + 1)
    places: list[int] = []
    bases = [at for at, sign in enumerate(written) if not at or category(sign)[0] not in "MC"]
    for start, stop in pairwise([*bases, len(written)]):
        places += [start] * len(normalise_word(written[start:stop]))
    return [*places, len(written)] if len(places) == len(normalised) else []
