"""The forms under which a word is indexed: its stem, and pieces of it.

Pieces are for scripts without spaces, for glued words, for words with particles.
"""

from collections.abc import Iterable
from functools import cache, lru_cache

from kbcli.foundation.text.languages import SCRIPT_OF, STEMMERS, language_code, word_language
from kbcli.foundation.text.normalisation import fold_accents, normalise_devanagari, normalise_word
from kbcli.foundation.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

_MEMO_SIZE = 200_000


@cache
def _stemmer(code: str) -> "Any":
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
        self._stem = _stemmer(word_language(script, lang))

    def __missing__(self, text: str) -> tuple[str, ...]:
        if len(self) >= _MEMO_SIZE:
            self.clear()
        self[text] = terms = self._find_terms(normalise_word(text))
        return terms

    def _find_terms(self, word: str) -> tuple[str, ...]:
        stem = self._stem
        if self._script == "devanagari":
            return (normalise_devanagari(stem(word)) or word,)
        if self._script != "latin" or word.isascii():
            return (stem(word) or word,)
        plain = fold_accents(word)
        first, second = fold_accents(stem(word)) or plain, stem(plain) or plain
        return (first,) if first == second else (first, second)


@lru_cache(maxsize=64)
def stem_memo(script: str, lang: str) -> StemMemo:
    """The terms of words of a script that stand in a text of a language."""
    return StemMemo(script, lang)


_GLUING = "af da de et fi hu is nb nl nn no sv"
_INDIAN = "bn gu hi kn ml mr ne or pa ta te"
GRAM_LANGUAGES = frozenset(f"{_GLUING} {_INDIAN}".split())
"""Languages that glue words together (Germanic but English, Finnic, Hungarian) or spell one in several ways
(those of India): their words are also found by pieces."""

_LONGEST_EOJEOL = 24
GRAM_SIZE = 4
_SHORTEST = 5

_PARTICLE_LIST = """
은 는 이 가 을 를 의 에 와 과 도 만 로 으로 에서 에게 에는 에도 까지 부터 처럼 보다 이나 나 이란 란 이라는 라는
이라고 라고 으로는 로는 으로도 로도 에서는 에서의 에서도 에게서 한테 께서 하고 이며 며 이고 고 인 이다 입니다 들 들은
들이 들을 들의 들에게 과의 와의 으로의 로의 으로써 로써 으로서 로서 조차 마저 밖에 뿐 뿐만 마다
"""
_PARTICLES = tuple(sorted(_PARTICLE_LIST.split(), key=len, reverse=True))
"""Korean case particles, the copula and the plural, longest first."""


def strip_particle(eojeol: str) -> str:
    """A Korean word without its particle; at least two syllables stay."""
    for particle in _PARTICLES:
        if eojeol.endswith(particle) and len(eojeol) - len(particle) >= 2:
            return eojeol[: -len(particle)]
    return eojeol


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
    """A Korean word, normalised, without its particle, when it is longer than a pair; else none."""
    stem = strip_particle(text)
    return [stem] if 2 < len(stem) <= _LONGEST_EOJEOL else []


def unspaced_terms(text: str) -> list[str]:
    """Triples of characters, for Thai, Lao, Khmer and Burmese."""
    return split_grams(normalise_word(text), 3)


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
