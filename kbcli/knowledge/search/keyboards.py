"""What was typed while the keyboard was set to another language: `ghksqnf` is 환불, ㅈㄷ콤ㅐㅐㅏ is webhook, `gfhjkm` пароль.

Looked at only where a search finds nothing that fits well.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from unicodedata import normalize

from kbcli.foundation.text.languages import is_hangul, language_code
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.search.context import SearchContext
from kbcli.knowledge.search.query import Query, make_words_query
from kbcli.knowledge.search.query_words import is_known
from kbcli.knowledge.search.spellings import SpellingUse

if TYPE_CHECKING:
    from kbcli.knowledge.search.engine import SearchResult

_SHORTEST = 2
"""Signs of a word: single ones mean something on every keyboard."""

_KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
_LAYOUTS = {
    "ru": "йцукенгшщзхъфывапролджэячсмитьбю",
    "uk": "йцукенгшщзхїфівапролджєячсмитьбю",
    "he": "/'קראטוןםפ][שדגכעיחלךף,זסבהנמצתץ",
}
"""What the keys of a language's keyboard write, in the order of those of a Latin one."""

_JAMO = """
r R s e E f a q Q t T d w W c z x v g
k o i O j p u P h hk ho hl y n nj np nl b m ml l
r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g
"""
_LEADS, _VOWELS, _TAILS = map(str.split, _JAMO.strip().splitlines())
"""The letters of the Korean keyboard (두벌식) in the order of Unicode's conjoining jamo, as they are typed."""


def search_retyped(
    context: SearchContext, found: "SearchResult", search: "Callable[[Query], SearchResult]"
) -> "SearchResult":
    """What is found by the words that another keyboard makes of those no card has, where it fits better; else `found`."""
    others = _retype(context, found.query.words)
    if not others:
        return found
    words = tuple(others.get(word, word) for word in found.query.words)
    meant = search(make_words_query(" ".join(words)))
    if (meant.fit or 0.0) <= (found.fit or 0.0):
        return found
    uses = tuple(SpellingUse(typed, (other,)) for typed, other in others.items())
    corrected = meant.corrected or meant.query.text
    return meant._replace(query=found.query, corrected=corrected, spellings=(*uses, *meant.spellings))


def _retype(context: SearchContext, words: Sequence[str]) -> dict[str, str]:
    """Those of the words of a query that no card has, each with the word of a card that another keyboard makes of it."""
    retyped = {}
    for word in dict.fromkeys(words):
        if len(word) >= _SHORTEST and not _is_told(context, word):
            other = next((other for other in _list_others(context, word) if _is_told(context, other)), "")
            if other:
                retyped[word] = other
    return retyped


def _is_told(context: SearchContext, text: str) -> bool:
    return any(word.required and is_known(context.index, word) for word in context.analyse(text))


def _list_others(context: SearchContext, word: str) -> Iterator[str]:
    """What the same keys write on another keyboard."""
    langs = set(map(language_code, context.langs))
    if not word.isascii():
        yield _undo_hangul(word) if any(map(is_hangul, word)) else ""
        yield from (word.translate(str.maketrans(signs, _KEYS)) for signs in _LAYOUTS.values())
        return
    if "ko" in langs:
        yield _compose_hangul(word)
    for lang in langs & _LAYOUTS.keys():
        yield word.lower().translate(str.maketrans(_KEYS, _LAYOUTS[lang]))


@cache
def _syllable() -> re.Pattern[str]:
    """A typed syllable. Of two consonants the second begins the next syllable if a vowel follows."""
    leads, vowels, tails = (
        "|".join(sorted(them, key=len, reverse=True)) for them in (_LEADS, _VOWELS, _TAILS)
    )
    return re.compile(f"({leads})({vowels})((?:{tails})(?![{''.join(set(vowels) - {'|'})}]))?")


def _compose_hangul(word: str) -> str:
    """The syllables that the keys write on a Korean keyboard, "" if they do not make whole ones."""
    # Only some letters are others with the shift key.
    keys = "".join(key if key in "RETQWOP" else key.lower() for key in word)
    rest, count = _syllable().subn(_join, keys)
    return rest if count > 1 and all(map(is_hangul, rest)) else ""


def _join(match: re.Match[str]) -> str:
    lead, vowel, tail = match.groups()
    code = _LEADS.index(lead) * 588 + _VOWELS.index(vowel) * 28 + (_TAILS.index(tail) + 1 if tail else 0)
    return chr(0xAC00 + code)


@cache
def _hangul_keys() -> dict[int, str]:
    """By conjoining jamo, and by letters that stand alone, the keys that write them."""
    keys = {0x1100 + place: typed for place, typed in enumerate(_LEADS)}
    keys |= {0x1161 + place: typed for place, typed in enumerate(_VOWELS)}
    keys |= {0x11A8 + place: typed for place, typed in enumerate(_TAILS)}
    alone = {ord(sign): ord(normalize("NFKC", sign)) for sign in map(chr, range(0x3131, 0x3164))}
    return keys | {sign: keys[jamo] for sign, jamo in alone.items() if jamo in keys}


def _undo_hangul(word: str) -> str:
    return normalize("NFD", word).translate(_hangul_keys())
