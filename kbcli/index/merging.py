"""Which segments to write again together with new documents, so that they stay few."""

from collections.abc import Sequence

from kbcli.index.manifest import SegmentEntry

MAX_SEGMENTS = 12
# Terms that may be written once more beside a small change: about 40 ms of work.
_FREE_TERMS = 5_000
_BUDGET_SHARE = 0.5
_MIN_LIVE_SHARE = 0.3


def choose_merges(entries: Sequence[SegmentEntry], new_terms: int) -> list[SegmentEntry]:
    """Segments to absorb into the one being written, which has `new_terms` terms of its own.

    Small ones are taken while that costs less than the change itself; a large one
    only when most of it is deleted and the change is of its size. Beyond MAX_SEGMENTS all but the
    largest are taken, which happens once in many hundred single changes.
    """
    budget = max(_FREE_TERMS, int(_BUDGET_SHARE * new_terms))
    by_size = sorted(entries, key=lambda entry: entry.term_count)
    chosen = []
    for entry in by_size:
        budget -= entry.term_count
        if budget < 0:
            break
        chosen.append(entry)
    hollow = [
        entry
        for entry in by_size[len(chosen) :]
        if entry.live_count < _MIN_LIVE_SHARE * entry.document_count and entry.term_count < 4 * new_terms
    ]
    chosen += hollow
    if len(entries) - len(chosen) + 1 > MAX_SEGMENTS:
        return by_size[:-1]
    return chosen
