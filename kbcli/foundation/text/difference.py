"""Which lines of two texts differ, in a time that no text makes long."""

from collections import Counter
from difflib import SequenceMatcher

_MOST_PAIRS = 60_000
"""Pairs of equal lines that difflib may look at again and again: a second's work at worst."""


class LineMatcher(SequenceMatcher[str]):
    """Difflib's, for what stands between the first and the last line that differ; where the same lines come there again and again, all of it is one change."""

    def __init__(self, old: str, new: str) -> None:
        self._before, self._after = old.splitlines(), new.splitlines()
        super().__init__(None, self._before, self._after, autojunk=False)

    def get_opcodes(self) -> list[tuple[str, int, int, int, int]]:  # type: ignore[override]  # typeshed's is narrower
        """See SequenceMatcher."""
        before, after = self._before, self._after
        most = min(len(before), len(after))
        head = next((at for at in range(most) if before[at] != after[at]), most)
        tail = next((at for at in range(most - head) if before[-1 - at] != after[-1 - at]), most - head)
        old_end, new_end = len(before) - tail, len(after) - tail
        old, new = before[head:old_end], after[head:new_end]
        counts = Counter(new)
        if sum(counts[line] for line in old) <= _MOST_PAIRS:
            inner = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
            middle = [(tag, i + head, j + head, k + head, m + head) for tag, i, j, k, m in inner]
        else:
            middle = [("replace", head, old_end, head, new_end)]
        ends = ("equal", 0, head, 0, head), ("equal", old_end, len(before), new_end, len(after))
        return [one for one in (ends[0], *middle, ends[1]) if one[1] < one[2] or one[3] < one[4]]
