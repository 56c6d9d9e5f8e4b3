"""Which lines of two texts differ, in a time that no text makes long."""

from collections import Counter
from difflib import SequenceMatcher

_MOST_PAIRS = 3_000_000
"""Pairs of equal lines that difflib may look at: a second's work. Two texts of 20,000 blank lines would take minutes."""


class LineMatcher(SequenceMatcher[str]):
    """Difflib's; where the same lines come again and again, all between the first and the last that differ is one change."""

    def __init__(self, old: str, new: str) -> None:
        self._before, self._after = old.splitlines(), new.splitlines()
        super().__init__(None, self._before, self._after, autojunk=False)

    def get_opcodes(self) -> list[tuple[str, int, int, int, int]]:  # type: ignore[override]  # typeshed's is narrower
        """See SequenceMatcher."""
        before, after = self._before, self._after
        counts = Counter(after)
        if sum(counts[line] for line in before) <= _MOST_PAIRS:
            return list(super().get_opcodes())
        most = min(len(before), len(after))
        head = next((at for at in range(most) if before[at] != after[at]), most)
        tail = next((at for at in range(most - head) if before[-1 - at] != after[-1 - at]), most - head)
        old_end, new_end = len(before) - tail, len(after) - tail
        found = [
            ("equal", 0, head, 0, head),
            ("replace", head, old_end, head, new_end),
            ("equal", old_end, len(before), new_end, len(after)),
        ]
        return [one for one in found if one[1] < one[2] or one[3] < one[4]]
