"""How much a text changed, counted in words."""

import re
from difflib import SequenceMatcher

from kbcli.foundation.typed import NamedTuple

# A word; scripts that are written without spaces are counted by character.
_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_MAX_WORDS = 4000


class TextChange(NamedTuple):
    """Words that came and went; both 0 where only marks, white space or order of letters changed."""

    added: int
    removed: int


def measure_change(old: str, new: str) -> TextChange:
    """Words added and removed between two texts. Lines are compared first, then the words of those that differ."""
    before, after = old.splitlines(), new.splitlines()
    added = removed = 0
    for tag, old_start, old_end, new_start, new_end in SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            gone, come = " ".join(before[old_start:old_end]), " ".join(after[new_start:new_end])
            change = _compare_words(_WORD.findall(gone), _WORD.findall(come))
            added += change.added
            removed += change.removed
    return TextChange(added, removed)


def _compare_words(before: list[str], after: list[str]) -> TextChange:
    if not before or not after or len(before) + len(after) > _MAX_WORDS:
        return TextChange(len(after), len(before))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    return TextChange(len(after) - same, len(before) - same)
