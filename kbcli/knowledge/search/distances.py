"""How far two spellings are apart."""

from collections.abc import Sequence
from unicodedata import category, normalize


def spelling_units(word: str) -> Sequence[str]:
    """What counts as one slip in a word: a letter; a jamo of Hangul; a whole syllable of an Indic script."""
    if word.isascii():
        return word
    if any("\uac00" <= sign <= "\ud7a3" for sign in word):
        return normalize("NFD", word)
    if not any("\u0900" <= sign <= "\u0dff" for sign in word):
        return word
    clusters: list[str] = []
    for sign in word:
        virama = (
            bool(clusters) and clusters[-1][-1] in "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d"
        )
        if clusters and (category(sign).startswith("M") or virama):
            clusters[-1] += sign
        else:
            clusters.append(sign)
    return clusters


def spelling_distance(first: str, second: str, most: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two words; `most` + 1 for more.

    Optimal string alignment over `spelling_units`, or over code points where those are nearer.
    """
    if first == second:
        return 0
    best = _align(spelling_units(first), spelling_units(second), most)
    if best > 1 and not first.isascii() and not second.isascii():
        best = min(best, _align(first, second, most))
    return best


def _align(first: Sequence[str], second: Sequence[str], most: int) -> int:
    if abs(len(first) - len(second)) > most:
        return most + 1
    before: list[int] = []
    above = list(range(len(second) + 1))
    for row, sign in enumerate(first, 1):
        line = [row]
        for column, other in enumerate(second, 1):
            value = min(above[column] + 1, line[-1] + 1, above[column - 1] + (sign != other))
            if row > 1 and column > 1 and sign == second[column - 2] and other == first[row - 2]:
                value = min(value, before[column - 2] + 1)
            line.append(value)
        if min(line) > most:
            return most + 1
        before, above = above, line
    return min(above[-1], most + 1)
