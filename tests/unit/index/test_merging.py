"""The merge policy: few segments, and no large one written again for a small change."""

import random

from kbcli.knowledge.index.whoosh.committing import MAX_SEGMENTS, choose_merges
from kbcli.knowledge.index.whoosh.store import SegmentEntry


def make_entry(ident: str, terms: int, documents: int = 100, deleted: int = 0) -> SegmentEntry:
    """A segment of this size."""
    return SegmentEntry(ident, documents, terms, {}, {}, 0, tuple(range(deleted)))


def test_small_ones_join_a_small_change() -> None:
    """One edited card takes the last few edits along, and leaves the large segment alone."""
    entries = [make_entry("large", 200_000), make_entry("b", 300), make_entry("a", 100)]
    assert {entry.id for entry in choose_merges(entries, 120)} == {"a", "b"}


def test_large_one_is_left_alone_when_half_is_replaced() -> None:
    """A branch switch that touches half costs that half, not the other half too."""
    assert choose_merges([make_entry("large", 200_000, 10_000, 5_000)], 150_000) == []


def test_hollow_one_is_taken_by_a_change_of_its_size() -> None:
    """What is mostly deleted is not carried along for ever, but is no reason to make one edit slow."""
    hollow = make_entry("hollow", 200_000, 10_000, 9_000)
    assert choose_merges([hollow], 150_000) == [hollow]
    assert choose_merges([hollow], 100) == []


def test_ten_thousand_changes_keep_few_segments_and_cost_little() -> None:
    """Changes of every size: never more than MAX_SEGMENTS, and each term is written again only a few times."""
    chance = random.Random(1)
    entries = [make_entry("first", 300_000)]
    written = rewritten = 0
    for number in range(10_000):
        new = chance.choice((50, 100, 200, 200, 3_000))
        chosen = choose_merges(entries, new)
        absorbed = sum(entry.term_count for entry in chosen)
        written, rewritten = written + new, rewritten + absorbed
        entries = [entry for entry in entries if entry not in chosen] + [
            make_entry(str(number), new + absorbed)
        ]
        assert len(entries) <= MAX_SEGMENTS
    assert rewritten < 15 * written
