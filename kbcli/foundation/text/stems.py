"""A word of a spaced script → the forms under which it is indexed."""

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from kbcli.foundation.text.languages import STEMMERS, word_language
from kbcli.foundation.text.normalisation import fold_accents, normalise_devanagari, normalise_word

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


def stem_word(text: str, script: str, lang: str) -> tuple[str, ...]:
    """The index terms, at least one and most two, of a word as written in a text of a language.

    A Latin word with accents is indexed as its stem without accents and, where it differs,
    as the stem of the word typed without accents (`perché` → perc, perch).
    """
    return stem_memo(script, lang)[text]


class StemMemo(dict[str, tuple[str, ...]]):
    """Word as written → its index terms, in one script and language, worked out once."""

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
    """What `stem_word` knows of a script and a language; a word that it is asked for is found."""
    return StemMemo(script, lang)
