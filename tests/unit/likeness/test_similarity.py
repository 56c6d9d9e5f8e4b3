"""Promises of the quick way to the pairs of other texts, and of what a new text repeats."""

from array import array
from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from trials import count_trials

from kbcli.foundation.text.shingles import make_shingles
from kbcli.knowledge.likeness import similarity as likeness
from kbcli.knowledge.likeness.similarity import SimilarTexts, find_similar

# Few words and a low border for templates, so that counts pass every border.
SENTENCES = [
    " ".join(f"w{(seed * 7 + step * (seed % 5 + 1)) % 40}" for step in range(4 + seed)) for seed in range(14)
]
TEXTS = st.lists(st.sampled_from(SENTENCES), min_size=0, max_size=5).map(" ".join)
BASES = st.dictionaries(st.sampled_from([f"{number:02}" for number in range(16)]), TEXTS, max_size=16)
EDITS = st.dictionaries(
    st.sampled_from([f"{number:02}" for number in range(20)]), st.none() | TEXTS, max_size=5
)


@pytest.fixture(autouse=True)
def low_border(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three texts make a template."""
    monkeypatch.setattr(likeness, "TEMPLATE_CARDS", 2)


def shingle(texts: dict[str, str]) -> dict[str, "array[int]"]:
    """Sorted shingles by name, sorted by name."""
    return {name: array("I", sorted(make_shingles(texts[name]))) for name in sorted(texts)}


@settings(
    max_examples=count_trials(60, 300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(BASES, EDITS)
def test_the_quick_way_gives_what_the_long_one_gives(
    base: dict[str, str], edits: dict[str, str | None]
) -> None:
    """Whatever was edited, added and deleted: the same pairs with the same likeness as when all are compared."""
    other = {name: text for name, text in {**base, **edits}.items() if text is not None}
    first = SimilarTexts(shingle(base), 0.6)
    assert first.find_in(shingle(other)) == SimilarTexts(shingle(other), 0.6).find()
    assert first.find_in(shingle(base)) == first.find()


@settings(
    max_examples=count_trials(30, 100),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(BASES)
def test_the_pairs_of_one_text_are_those_of_the_whole_list(base: dict[str, str]) -> None:
    """Asking for one name misses no pair that comparing all finds."""
    texts = SimilarTexts(shingle(base), 0.6)
    names = sorted(base)
    for place, name in enumerate(names):
        wanted = {pair: found for pair, found in texts.find().items() if place in pair}
        assert wanted.items() <= SimilarTexts(shingle(base), 0.6).find_with([name]).items()


def test_a_shingle_that_becomes_a_templates_takes_its_old_pairs_along() -> None:
    """A third copy of a text makes it a template's, for the two that are not edited too, and back."""
    own = [" ".join(f"{letter}{step}" for step in range(6)) for letter in "abc"]
    two = {"1": f"{SENTENCES[3]} {own[0]}", "2": f"{SENTENCES[3]} {own[1]}"}
    three = {**two, "3": f"{SENTENCES[3]} {own[2]}"}
    assert list(SimilarTexts(shingle(two), 0.5).find_in(shingle(three))) == []
    assert list(SimilarTexts(shingle(three), 0.5).find_in(shingle(two))) == [(0, 1)]


@settings(
    max_examples=count_trials(60, 200),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(BASES, TEXTS)
def test_a_new_text_repeats_what_comparing_it_with_each_finds(base: dict[str, str], text: str) -> None:
    """The short cuts of `find_similar` lose none, add none, and keep the best first."""
    known = shingle(base)
    whole = array("I", sorted(make_shingles(text)))
    found = find_similar(whole, known, 0.6)
    counts = {
        number: sum(number in other for other in known.values())
        for number in {*whole, *(number for other in known.values() for number in other)}
    }

    def make(numbers: "array[int]") -> likeness.Text:
        return likeness.Text(numbers, array("I", [number for number in numbers if counts[number] <= 2]))

    comparison = likeness.Matcher(make(whole), 0.6)
    wanted = {key: like for key, other in known.items() if (like := comparison.compare(make(other)))}
    assert dict(found) == wanted
    assert all(a[1].similarity >= b[1].similarity for a, b in pairwise(found))


@settings(
    max_examples=count_trials(60, 200),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(BASES)
def test_every_pair_found_is_alike(base: dict[str, str]) -> None:
    """What is found is at least as alike as asked, and each pair stands once, the earlier text first."""
    texts = SimilarTexts(shingle(base), 0.6)
    assert texts.find().keys() <= set(combinations(range(len(base)), 2))
    assert all(found.similarity >= 0.6 for found in texts.find().values())
