"""How often a property is tried: a few times by default, in full under `pytest -m stress`.

Every run tries other examples, so that what a short one misses another meets.
"""

in_full = False


def count_trials(short: int, full: int) -> int:
    """The number of examples of this run; asked when a test module is imported."""
    return full if in_full else short
