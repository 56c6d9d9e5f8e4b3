"""Which of many texts are alike, without comparing each with each.

Candidates come from one-permutation MinHash signatures, each number of which is a band of its
own: texts that agree in a few bins are then compared exactly. When only some of the texts are
others, only what they can make a difference to is looked at again.
"""

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from kbcli.knowledge.likeness.measure import MIN_SHARED, Commonness, Comparison, Likeness, Text

_MIN_AGREEING_BINS = 3

Places = tuple[int, int]


class LikeTexts:
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
            return LikeTexts(wholes, self._threshold).find()
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
            comparison = Comparison(texts[place], threshold)
            for other in others:
                likeness = comparison.compare(texts[other])
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
