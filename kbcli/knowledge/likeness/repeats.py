"""What a new text repeats of texts that are there already."""

from array import array
from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

from kbcli.knowledge.likeness import DUPLICATE_THRESHOLD
from kbcli.knowledge.likeness.measure import TEMPLATE_CARDS, Comparison, Likeness, Text

Key = TypeVar("Key")


def find_repeats(
    whole: "array[int]", known: Mapping[Key, "array[int]"], threshold: float = DUPLICATE_THRESHOLD
) -> list[tuple[Key, Likeness]]:
    """Those of the known texts that say the same as a new one, most alike first; all are sorted shingles.

    Judged as for pairs of cards (see `duplicates.find_pairs`): what more than TEMPLATE_CARDS of the
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
    comparison = Comparison(_make_text(whole, counts), threshold)
    found = [
        (key, likeness)
        for key, shingles in candidates.items()
        if (likeness := comparison.compare(_make_text(shingles, counts))) is not None
    ]
    return sorted(found, key=lambda item: (-item[1].similarity, -item[1].jaccard))


def _make_text(whole: "array[int]", counts: Mapping[int, int]) -> Text:
    return Text(whole, array("I", [number for number in whole if counts[number] <= TEMPLATE_CARDS]))
