"""How many columns a text takes."""

import pytest

from kbcli.foundation.text.width import text_width
from kbcli.render.ansi import measure_width


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("abc", 3),
        ("漢字", 4),
        ("ｱｲ", 2),
        ("é", 1),
        ("e\u0301", 1),
        ("방\u302e", 2),
        ("a\u200bb", 2),
        ("किताब", 5),
    ],
)
def test_marks_take_no_column_and_wide_signs_two(text: str, width: int) -> None:
    """Search cuts snippets and tables align by one and the same width; colours take none."""
    assert text_width(text) == measure_width(text) == measure_width(f"\x1b[31;1m{text}\x1b[0m") == width
