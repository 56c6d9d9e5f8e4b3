"""Names in another script: कंटेनर finds Container, パスワード password, by the consonants of both in Latin letters.

Loan words and names of products are written as they sound, each script in its way; vowels, and sounds that a script
does not tell apart, are left out.
"""

import re
from collections.abc import Collection, Iterator
from functools import cache, lru_cache
from itertools import islice
from string import ascii_lowercase

from anyascii import anyascii

from kbcli.foundation.text.languages import find_likely_languages
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.foundation.typed import Any
from kbcli.knowledge.index.port import Vocabulary
from kbcli.knowledge.search.context import SearchContext
from kbcli.knowledge.search.explanation import SynonymUse

SOUND_WEIGHT = 0.6
"""How much a word counts that sounds like the one typed."""

UNLIKE = 0.2
"""The part of the sounds that may differ."""

_FEWEST_SOUNDS = 3
_MOST_ALIKE = 3
_MOST_NAMES = 5
_MOST_SCANNED = 5_000

_DIGRAPHS = (("ph", "f"), ("tion", "sn"), ("ch", "s"), ("sh", "s"), ("th", "s"), ("x", "ks"))
_ALIKE = str.maketrans("cqgvwbfljzdm", "kkkpppprsstn", "aeiouyh")
_TWICE = re.compile(r"(.)\1+")


@cache
def _name_pattern() -> Any:
    import regex

    marked = "|".join(
        rf"[\p{{{script}}}\p{{M}}]+" for script in ("Devanagari", "Cyrillic", "Greek", "Arabic")
    )
    return regex.compile(rf"[\p{{Katakana}}ー]+|\p{{Hangul}}+|{marked}")


@lru_cache(maxsize=100_000)
def sound_out(word: str) -> str:
    """The consonants of a word in any script, one letter for those that scripts confuse, and `A` for a vowel in front."""
    latin = _TWICE.sub(r"\1", (word if word.isascii() else anyascii(word.replace("ッ", ""))).lower())
    for written, spoken in _DIGRAPHS:
        latin = latin.replace(written, spoken)
    front = "A" if latin[:1] in "aeiouy" else ""
    return front + latin.translate(_ALIKE)


def find_by_sound(context: SearchContext, text: str) -> tuple[list[QueryWord], tuple[SynonymUse, ...]]:
    """For each name in a script that no card is written in, the words of headings that sound like it; and which those were.

    In a script with cards of its own, misspelt words would be taken for such names.
    """
    found_names = dict.fromkeys(_name_pattern().findall(text))
    names = [name for name in found_names if not find_likely_languages(name, context.langs)]
    sounds = {name: sound_out(name) for name in names[:_MOST_NAMES]}
    wanted = {name: sound for name, sound in sounds.items() if len(sound) >= _FEWEST_SOUNDS}
    if not wanted:
        return [], ()
    found: dict[str, list[tuple[float, str]]] = {name: [] for name in wanted}
    firsts = {sound[0] for sound in wanted.values()}
    # Most words are told by their first letter; what `ch`, `th` and a silent h sound like, by more.
    letters = {letter for letter in ascii_lowercase if letter in "cht" or sound_out(letter)[:1] in firsts}
    for term in _list_latin(context.index, letters):
        sound = sound_out(term)
        for name, own in wanted.items():
            unlike = _compare(own, sound) if sound[:1] == own[0] else 1.0
            if unlike <= UNLIKE:
                found[name].append((unlike, term))
    nearest = {
        name: [term for _, term in sorted(alike)[:_MOST_ALIKE]] for name, alike in found.items() if alike
    }
    return (
        [
            QueryWord(name, tuple((term, 1.0) for term in terms), SOUND_WEIGHT)
            for name, terms in nearest.items()
        ],
        tuple(SynonymUse(name, term) for name, terms in nearest.items() for term in terms),
    )


def _list_latin(index: Vocabulary, letters: Collection[str]) -> Iterator[str]:
    """The words in Latin letters of titles and aliases that begin with one of some letters, each once."""
    seen: set[str] = set()
    for field in ("title", "aliases"):
        for letter in letters:
            for term, _ in islice(index.terms(field, letter), _MOST_SCANNED):
                if len(term) >= _FEWEST_SOUNDS and term.isascii() and term.isalpha() and term not in seen:
                    seen.add(term)
                    yield term


def _compare(one: str, other: str) -> float:
    """Edits from one to another by the length of the longer, 1 where the lengths alone differ by more than may be."""
    longer = max(len(one), len(other))
    if abs(len(one) - len(other)) > UNLIKE * longer:
        return 1.0
    row = list(range(len(other) + 1))
    for place, sign in enumerate(one, 1):
        before, row[0] = row[0], place
        for at, letter in enumerate(other, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (sign != letter))
    return row[-1] / longer
