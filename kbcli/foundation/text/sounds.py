"""How a word sounds in any script: its consonants in Latin letters.

Loan words and names of products are written as they sound, each script in its way; vowels, and sounds that a script
does not tell apart, are left out.
"""

import os
import re
from collections.abc import Iterable
from functools import cache, lru_cache

_DIGRAPHS = (("ph", "f"), ("tion", "sn"), ("ch", "s"), ("sh", "s"), ("th", "s"), ("x", "ks"))
_ALIKE = str.maketrans("cqgvwbfljzdm", "kkkpppprsstn", "aeiouyh")
_TWICE = re.compile(r"(.)\1+")


FEWEST_SOUNDS = 3
"""With fewer sounds a word is like too many others."""


@lru_cache(maxsize=100_000)
def sound_out(word: str) -> str:
    """The consonants of a word in any script, one letter for those that scripts confuse, and `A` for a vowel in front."""
    latin = _TWICE.sub(r"\1", (word if word.isascii() else _spell_in_latin(word)).lower())
    for written, spoken in _DIGRAPHS:
        latin = latin.replace(written, spoken)
    front = "A" if latin[:1] in "aeiouy" else ""
    return front + latin.translate(_ALIKE)


def _spell_in_latin(word: str) -> str:
    """A word as anyascii transliterates it."""
    signs = word.replace("ッ", "")
    try:
        return "".join(_read_table(ord(sign) >> 8)[ord(sign) & 255] for sign in signs)
    except (ImportError, OSError, ValueError, LookupError):
        from anyascii import anyascii

        return anyascii(signs)


@cache
def _read_table(block: int) -> list[str]:
    """The table of anyascii for 256 characters, as it lies in its folder; to load what it opens it with takes a fifth of a search."""
    from importlib.util import find_spec
    from zlib import MAX_WBITS, decompress

    spec = find_spec("anyascii")
    folder = next(iter((spec and spec.submodule_search_locations) or ()))
    with open(os.path.join(folder, "_data", f"{block:03x}"), "rb") as stream:
        return decompress(stream.read(), -MAX_WBITS).decode("ascii").split("\t")


def list_sounds(words: Iterable[str]) -> list[str]:
    """`SOUND WORD` for each of the words in plain Latin letters that has enough sounds to be told by them, each once."""
    plain = (word for word in dict.fromkeys(words) if word.isascii() and word.isalpha())
    return [f"{sound} {word}" for word in plain if len(sound := sound_out(word)) >= FEWEST_SOUNDS]
