"""A word of a spaced script → the forms under which it is indexed."""

from functools import cache
from typing import Any

from kbcli.index.analysis.languages import STEMMERS, word_language
from kbcli.index.analysis.normalisation import fold_accents, normalise_devanagari, normalise_word


@cache
def _stemmer(code: str) -> Any:
    """The stemming function of a language, or one that leaves words alone."""
    if code not in STEMMERS:
        return str
    import Stemmer

    return Stemmer.Stemmer(STEMMERS[code]).stemWord


def stem_word(text: str, script: str, lang: str) -> list[str]:
    """The index terms, at least one and most two, of a word as written in a text of a language.

    A Latin word with accents is indexed as its stem without accents and, where it differs,
    as the stem of the word typed without accents (`perché` → perc, perch).
    """
    word = normalise_word(text)
    stem = _stemmer(word_language(script, lang))
    if script == "devanagari":
        return [normalise_devanagari(stem(word)) or word]
    if script != "latin" or word.isascii():
        return [stem(word) or word]
    plain = fold_accents(word)
    first, second = fold_accents(stem(word)) or plain, stem(plain) or plain
    return [first] if first == second else [first, second]
