"""How often a property is tried: a few times by default, in full under `pytest -m stress`.

Every run tries other examples, so that what a short one misses another meets.
"""

from collections.abc import Iterable

import pytest

in_full = False


def count_trials(short: int, full: int) -> int:
    """The number of examples of this run; asked when a test module is imported."""
    return full if in_full else short


def keep_first(cases: Iterable[object]) -> list[object]:
    """Cases of one slow promise, for `parametrize`: the first in every run, the others in `pytest -m short`."""
    first, *others = cases
    return [first, *(pytest.param(case, marks=pytest.mark.short) for case in others)]
