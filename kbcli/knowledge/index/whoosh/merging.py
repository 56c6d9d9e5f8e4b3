"""Which segments to write again together with new documents, so that they stay few."""

from collections.abc import Sequence

from kbcli.knowledge.index.whoosh.manifest import SegmentEntry

MAX_SEGMENTS = 12
# Terms that may be written once more beside a small change: about 40 ms of work.
_FREE_TERMS = 5_000
_BUDGET_SHARE = 0.5
_MIN_LIVE_SHARE = 0.3


def choose_merges(entries: Sequence[SegmentEntry], new_terms: int) -> list[SegmentEntry]:
    """Segments to absorb into the one being written, which has `new_terms` terms of its own.

    Small ones are taken while that costs less than the change itself; a large one only when most
    of it is deleted and the change is of its size. When there would be more than MAX_SEGMENTS,
    those of the lower sizes are taken, so that sizes double and each term is seldom written again.
    """
    by_size = sorted(entries, key=lambda entry: entry.term_count)
    chosen = _take_while(by_size, max(_FREE_TERMS, int(_BUDGET_SHARE * new_terms)))
    chosen += [
        entry
        for entry in by_size[len(chosen) :]
        if entry.live_count < _MIN_LIVE_SHARE * entry.document_count and entry.term_count < 4 * new_terms
    ]
    if len(entries) - len(chosen) < MAX_SEGMENTS:
        return chosen
    chosen = _take_tier(by_size)
    return chosen if len(entries) - len(chosen) < MAX_SEGMENTS else by_size[:-1]


def _take_while(by_size: Sequence[SegmentEntry], budget: int) -> list[SegmentEntry]:
    chosen = []
    for entry in by_size:
        budget -= entry.term_count
        if budget < 0:
            break
        chosen.append(entry)
    return chosen


def _take_tier(by_size: Sequence[SegmentEntry]) -> list[SegmentEntry]:
    """The smallest, and each next one that is not larger than all before it together."""
    chosen: list[SegmentEntry] = []
    total = 2 * _FREE_TERMS
    for entry in by_size:
        if entry.term_count > total:
            break
        chosen.append(entry)
        total += entry.term_count
    return chosen
