"""How alike texts are, and which of many are, without comparing each with each.

How alike two texts are is the share of the shorter one's shingles that the other has too (the overlap
coefficient), so that a paragraph added to a copy does not hide it. It is taken twice: over the whole texts,
and over what is their own, that is without shingles that many texts have (those of a template); the smaller
of both counts.

Candidates come from one-permutation MinHash signatures, each number of which is a band of its own: texts
that agree in a few bins are then compared exactly. When only some of the texts are others, only what they
can make a difference to is looked at again.
"""

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeVar

from kbcli.foundation.text.shingles import make_signature
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.likeness import DUPLICATE_THRESHOLD

TEMPLATE_CARDS = 20
"""A shingle that more texts than this have is taken for a template's."""

MIN_SHARED = 4
_CONTAINED_FROM = 0.7
_LONGER_BY = 1.5
_LEAST_COUNTERS = 1 << 16
_MOST_COUNTERS = 1 << 25
_MIN_AGREEING_BINS = 3

Places = tuple[int, int]
Key = TypeVar("Key")


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
        changed = (slot for slot in slots if _rate(counters[slot]) != _rate(before[slot]))
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


def _rate(count: int) -> tuple[bool, bool]:
    return count > 1, count <= TEMPLATE_CARDS


class Matcher:
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


class SimilarTexts:
    """Texts, given by name and as their sorted shingles in the order of their names, and which of them are alike.

    Needs about 15 bytes for each word.
    """

    def __init__(self, wholes: Mapping[str, "array[int]"], threshold: float) -> None:
        self.names = list(wholes)
        self._threshold = threshold
        every = list(wholes.values())
        self._commonness = Commonness.count(every)
        self.texts = [self._commonness.make_text(whole) for whole in every]
        self._holders: dict[int, list[int]] = {}
        self._like: dict[Places, Likeness] | None = None

    def find(self) -> dict[Places, Likeness]:
        """The pairs of places whose texts are alike, the earlier first.

        Of texts with next to nothing of their own, those that are word for word the same are paired with the first.
        """
        return self._compare() | _find_same_templates(self.texts)

    def _compare(self) -> dict[Places, Likeness]:
        if self._like is None:
            signatures = map(self._commonness.sign, self.texts)
            pairs = _find_candidates(enumerate(signatures), self._holders)
            self._like = dict(_compare_all(self.texts, pairs, self._threshold))
        return self._like

    def find_with(self, names: Collection[str]) -> dict[Places, Likeness]:
        """The same pairs, as far as one of these names is in them."""
        wanted = [place for place, name in enumerate(self.names) if name in names]
        pairs = ((place, [other for other in range(len(self.names)) if other != place]) for place in wanted)
        found = dict(_compare_all(self.texts, pairs, self._threshold))
        chosen = frozenset(wanted)
        same = _find_same_templates(self.texts)
        return found | {pair: likeness for pair, likeness in same.items() if not chosen.isdisjoint(pair)}

    def find_in(self, wholes: Mapping[str, "array[int]"]) -> dict[Places, Likeness]:
        """What `find` would give for other texts: those that are also here are not compared with each other again."""
        known = self._compare()
        here = {name: place for place, name in enumerate(self.names)}
        same = {
            place: old
            for place, (name, whole) in enumerate(wholes.items())
            if (old := here.get(name)) is not None and self.texts[old].whole == whole
        }
        every = list(wholes.values())
        kept = frozenset(same.values())
        gone = [text.whole for place, text in enumerate(self.texts) if place not in kept]
        followed = self._commonness.follow(
            every, gone, (whole for place, whole in enumerate(every) if place not in same)
        )
        if followed is None:
            return SimilarTexts(wholes, self._threshold).find()
        commonness, slots = followed
        untouched = {
            place: old
            for place, old in same.items()
            if not slots or not commonness.holds_any(every[place], slots)
        }
        texts = [
            self.texts[untouched[place]] if place in untouched else commonness.make_text(whole)
            for place, whole in enumerate(every)
        ]
        back = {old: place for place, old in untouched.items()}
        like = {(back[a], back[b]): likeness for (a, b), likeness in known.items() if a in back and b in back}
        signed = [
            (place, commonness.sign(text)) for place, text in enumerate(texts) if place not in untouched
        ]
        pairs = chain(_find_candidates(signed, {}), self._find_held(signed, back))
        like.update(_compare_all(texts, pairs, self._threshold))
        return like | _find_same_templates(texts)

    def _find_held(
        self, signed: Iterable[tuple[int, "array[int]"]], back: Mapping[int, int]
    ) -> Iterator[tuple[int, list[int]]]:
        """Places whose signatures agree in a few bins with those of texts that stand here already."""
        for place, signature in signed:
            met = Counter(chain.from_iterable(self._holders.get(number, ()) for number in signature))
            yield (
                place,
                [back[old] for old, bins in met.items() if bins >= _MIN_AGREEING_BINS and old in back],
            )


def _find_candidates(
    signed: Iterable[tuple[int, "array[int]"]], holders: dict[int, list[int]]
) -> Iterator[tuple[int, list[int]]]:
    """Each place with the earlier ones whose signatures agree with its own in a few bins; fills `holders`."""
    for place, signature in signed:
        met = [holders.setdefault(number, []) for number in signature]
        bins = Counter(chain.from_iterable(met))
        yield place, [other for other, count in bins.items() if count >= _MIN_AGREEING_BINS]
        for held in met:
            held.append(place)


def _compare_all(
    texts: Sequence[Text], pairs: Iterable[tuple[int, list[int]]], threshold: float
) -> Iterator[tuple[Places, Likeness]]:
    for place, others in pairs:
        if others:
            matcher = Matcher(texts[place], threshold)
            for other in others:
                likeness = matcher.compare(texts[other])
                if likeness is not None:
                    yield (min(place, other), max(place, other)), likeness


def _find_same_templates(texts: Sequence[Text]) -> dict[Places, Likeness]:
    """Of texts with next to nothing of their own, those that are word for word the same, with the first."""
    first: dict[bytes, int] = {}
    found: dict[Places, Likeness] = {}
    for place, text in enumerate(texts):
        if text.whole and len(text.own) < MIN_SHARED:
            other = first.setdefault(text.whole.tobytes(), place)
            if other != place:
                found[other, place] = Likeness(1.0, 1.0, contained=False)
    return found


def find_similar(
    whole: "array[int]", known: Mapping[Key, "array[int]"], threshold: float = DUPLICATE_THRESHOLD
) -> list[tuple[Key, Likeness]]:
    """Those of the known texts that say the same as a new one, most alike first; all are sorted shingles.

    Judged as for pairs of cards (see `pairs.PairFinder`): what more than TEMPLATE_CARDS of the
    known texts have is a template's. Equals stay in the order in which they are known.
    """
    wanted = frozenset(whole)
    counts: Counter[int] = Counter()
    candidates: dict[Key, array[int]] = {}
    for key, shingles in known.items():
        shared = wanted.intersection(shingles)
        counts.update(shared)
        if len(shared) >= max(1, threshold * min(len(whole), len(shingles))):
            candidates[key] = shingles
    if not candidates:
        return []
    # How many have what else the candidates say has not been counted yet.
    others = frozenset().union(*candidates.values()) - wanted
    for shingles in known.values():
        counts.update(others.intersection(shingles))
    matcher = Matcher(_make_text(whole, counts), threshold)
    found = [
        (key, likeness)
        for key, shingles in candidates.items()
        if (likeness := matcher.compare(_make_text(shingles, counts))) is not None
    ]
    return sorted(found, key=lambda item: (-item[1].similarity, -item[1].jaccard))


def _make_text(whole: "array[int]", counts: Mapping[int, int]) -> Text:
    return Text(whole, array("I", [number for number in whole if counts[number] <= TEMPLATE_CARDS]))
