"""How alike two texts are, by their shingles.

It is the share of the shorter one's shingles that the other has too (the overlap coefficient), so
that a paragraph added to a copy does not hide it. It is taken twice: over the whole texts, and over
what is their own, that is without shingles that many texts have (those of a template); the smaller
of both counts.
"""

from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kbcli.foundation.text.shingles import make_signature

TEMPLATE_CARDS = 20
"""A shingle that more texts than this have is taken for a template's."""

MIN_SHARED = 4
_CONTAINED_FROM = 0.7
_LONGER_BY = 1.5
_LEAST_COUNTERS = 1 << 16
_MOST_COUNTERS = 1 << 25


class Likeness(NamedTuple):
    """How alike two texts are: see `DuplicatePair`. `contained`: the shorter one stands nearly whole in a longer one."""

    similarity: float
    jaccard: float
    contained: bool


class Text(NamedTuple):
    """The shingles of a text: all of them, sorted, and those that are its own (no template's)."""

    whole: "array[int]"
    own: "array[int]"


class Commonness:
    """In how many of some texts each shingle is.

    Two shingles may share a counter; that can only take a rare one for more frequent.
    """

    def __init__(self, counters: "array[int]") -> None:
        self._counters = counters
        self._mask = len(counters) - 1

    @classmethod
    def count(cls, wholes: Sequence["array[int]"]) -> "Commonness":
        """Count the shingles of some texts."""
        counters = array("I", bytes(4 * _choose_size(wholes)))
        mask = len(counters) - 1
        for whole in wholes:
            for number in whole:
                counters[number & mask] += 1
        return cls(counters)

    def make_text(self, whole: "array[int]") -> Text:
        """A text told from the templates: what more than TEMPLATE_CARDS have."""
        counters, mask = self._counters, self._mask
        own = [number for number in whole if counters[number & mask] <= TEMPLATE_CARDS]
        return Text(whole, whole if len(own) == len(whole) else array("I", own))

    def sign(self, text: Text) -> "array[int]":
        """The signature over what is a text's own, but not its alone: the rest can agree with nobody."""
        counters, mask = self._counters, self._mask
        return make_signature([number for number in text.own if counters[number & mask] > 1])

    def follow(
        self, wholes: Sequence["array[int]"], gone: Iterable["array[int]"], come: Iterable["array[int]"]
    ) -> "tuple[Commonness, frozenset[int]] | None":
        """The same of other texts, `wholes`, of which only some differ; and the counters that say something else now.

        None where it must be counted anew, because that takes many more counters.
        """
        if _choose_size(wholes) > 2 * len(self._counters):
            return None
        mask, before, counters = self._mask, self._counters, self._counters[:]
        slots: set[int] = set()
        for texts, step in ((gone, -1), (come, 1)):
            for whole in texts:
                for number in whole:
                    counters[number & mask] += step
                    slots.add(number & mask)
        changed = (slot for slot in slots if _judge_count(counters[slot]) != _judge_count(before[slot]))
        return Commonness(counters), frozenset(changed)

    def holds_any(self, whole: "array[int]", slots: frozenset[int]) -> bool:
        """Whether any shingle is counted by one of these counters."""
        mask = self._mask
        return not slots.isdisjoint([number & mask for number in whole])


def _choose_size(wholes: Iterable["array[int]"]) -> int:
    wanted = 2 * sum(map(len, wholes))
    size = _LEAST_COUNTERS
    while size < _MOST_COUNTERS and size < wanted:
        size *= 2
    return size


def _judge_count(count: int) -> tuple[bool, bool]:
    return count > 1, count <= TEMPLATE_CARDS


class Comparison:
    """One text, to compare others with."""

    def __init__(self, text: Text, threshold: float) -> None:
        self._text = text
        self._threshold = threshold
        self._own = frozenset(text.own)

    def compare(self, other: Text) -> Likeness | None:
        """How alike they are, or None when that is below the threshold or rests on too little."""
        text = self._text
        if text.whole == other.whole:
            return Likeness(1.0, 1.0, contained=False) if text.whole else None
        least = min(len(text.own), len(other.own))
        if least < MIN_SHARED:
            return None
        shared_own = len(self._own.intersection(other.own))
        if shared_own < max(MIN_SHARED, self._threshold * least):
            return None
        shared = len(frozenset(text.whole).intersection(other.whole))
        shorter, longer = sorted((len(text.whole), len(other.whole)))
        similarity = min(shared / shorter, shared_own / least)
        if similarity < self._threshold:
            return None
        contained = similarity >= _CONTAINED_FROM and longer >= _LONGER_BY * shorter
        return Likeness(similarity, shared / (longer + shorter - shared), contained)
