"""Names in another script: कंटेनर finds Container, パスワード password, by how both sound.

The index keeps the words of headings by their sound, so that only those that begin alike are compared.
"""

import re
from collections.abc import Container

from kbcli.foundation.text.languages import find_likely_languages
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.foundation.text.sounds import FEWEST_SOUNDS, sound_out
from kbcli.knowledge.index.schema import SOUND_FIELD
from kbcli.knowledge.search.context import SearchContext
from kbcli.knowledge.search.explanation import SynonymUse

SOUND_WEIGHT = 0.6
"""How much a word counts that sounds like the one typed."""

UNLIKE = 0.2
"""The part of the sounds that may differ."""

_MOST_ALIKE = 3
_MOST_NAMES = 5

_BLOCKS = (
    "\u30a0-\u30ff\uff66-\uff9f",
    "\u1100-\u11ff\uac00-\ud7a3",
    "\u0900-\u097f",
    "\u0400-\u052f",
    "\u0370-\u03ff\u1f00-\u1fff",
    "\u0600-\u06ff",
)
"""Katakana, Hangul, Devanagari, Cyrillic, Greek and Arabic: scripts whose letters tell sounds."""


def find_by_sound(
    context: SearchContext, text: str, known: Container[str]
) -> tuple[list[QueryWord], tuple[SynonymUse, ...]]:
    """For each name in another script, the words of headings that sound like it; and which those were.

    In a script with cards of its own only what has no `known` word, nor one spelled nearly so, and more sounds: short
    misspelt words would be taken for such names.
    """
    names = list(dict.fromkeys(re.findall("|".join(f"[{block}]+" for block in _BLOCKS), text)))
    wanted = {}
    for name in names[:_MOST_NAMES]:
        sound, is_own = sound_out(name), bool(find_likely_languages(name, context.langs))
        is_named = not is_own or not any(word.text in known for word in context.analyse(name))
        if is_named and len(sound) >= FEWEST_SOUNDS + 2 * is_own:
            wanted[name] = sound
    if not wanted:
        return [], ()
    found: dict[str, list[tuple[float, str]]] = {}
    for name, own in wanted.items():
        found[name] = _find_alike(context, own, own[:2]) or _find_alike(context, own, own[0])
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


def _find_alike(context: SearchContext, own: str, start: str) -> list[tuple[float, str]]:
    """The words of headings that sound like a word and begin so, with how much they differ. Few begin with two sounds alike."""
    spoken = (term.split(" ") for term, _ in context.index.terms(SOUND_FIELD, start))
    alike = ((_compare(own, sound), term) for sound, term in spoken)
    return [pair for pair in alike if pair[0] <= UNLIKE]


def _compare(one: str, other: str) -> float:
    """Edits from one to another by the length of the longer, 1 where these are more than may be."""
    longer = max(len(one), len(other))
    most = int(UNLIKE * longer)
    if abs(len(one) - len(other)) > most:
        return 1.0
    start, end = 0, 0
    shorter = min(len(one), len(other))
    while start < shorter and one[start] == other[start]:
        start += 1
    while end < shorter - start and one[-1 - end] == other[-1 - end]:
        end += 1
    edits = _count_edits(one[start : len(one) - end], other[start : len(other) - end], most)
    return edits / longer if edits <= most else 1.0


def _count_edits(one: str, other: str, most: int) -> int:
    """Edits between two texts that begin and end differently; where those are more than `most`, more than that."""
    longer = max(len(one), len(other))
    if longer <= 1 or most <= 1:
        return longer
    row = list(range(len(other) + 1))
    for place, sign in enumerate(one, 1):
        before, row[0] = row[0], place
        for at, letter in enumerate(other, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (sign != letter))
    return row[-1]
