"""Counting changed words."""

import pytest

from kbcli.knowledge.past.life import measure_change


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a b c", "a b c", (0, 0)),
        ("a b c", "a x y c", (2, 1)),
        ("one\ntwo\n", "one\n", (0, 1)),
        ("Wait, then try.", "Wait; then: try!", (0, 0)),
        ("", "新しい", (3, 0)),
        ("a b\nc d", "a\nb c d", (0, 0)),
    ],
)
def test_words_are_counted_not_marks(old: str, new: str, expected: tuple[int, int]) -> None:
    """Added and removed words are counted; marks and line breaks are none, and a character without spaces is one."""
    assert measure_change(old, new) == expected


def test_long_texts_take_no_time() -> None:
    """A text of a hundred thousand words is counted at once, as a whole where it must be."""
    old = " ".join(f"w{number % 977}" for number in range(100_000))
    assert measure_change(old, old + " more").added in (1, 100_001)
