"""The difference between two texts."""

import re
from time import process_time

from hypothesis import given, strategies as st

from kbcli.render.diff import format_diff


def test_changed_words_are_marked_inside_their_lines() -> None:
    """Of a changed line only the words that changed are marked."""
    text = format_diff("Wait for 60 seconds, then try.\n", "Wait for 90 seconds, then try.\n", color=False)
    assert text.splitlines() == [
        "@@ 1 @@",
        "- Wait for [-60-] seconds, then try.",
        "+ Wait for {+90+} seconds, then try.",
    ]


def test_in_colour_the_words_are_underlined() -> None:
    """On a terminal colour takes the place of the marks."""
    text = format_diff("a 60 b\n", "a 90 b\n", color=True)
    assert "\x1b[31;4m60" in text
    assert "\x1b[32;4m90" in text
    assert "[-" not in text


def test_equal_texts_have_no_difference() -> None:
    """Nothing is said where nothing changed."""
    assert format_diff("same\n", "same\n", color=True) == ""


def test_scripts_without_spaces_are_compared_by_character() -> None:
    """One changed character of a Chinese sentence is one mark."""
    assert "你好{+间+}界" in format_diff("你好世界\n", "你好间界\n", color=False)


def test_words_of_mixed_scripts_are_whole() -> None:
    """A digit between ideographs is one mark, and no sign of Hindi, Arabic or a composed accent leaves its letter."""
    old = "退款需要5个工作日। वापसी में पाँच दिन। cafe\u0301 มีห้าวัน خَمسة\n"
    new = "退款需要7个工作日। वापसी में सात दिन। cafe มีหกวัน سَبعة\n"
    assert format_diff(old, new, color=False).splitlines()[1:] == [
        "- 退款需要[-5-]个工作日। वापसी में [-पाँच-] दिन। [-cafe\u0301-] มี[-ห้า-]วัน [-خَمسة-]",
        "+ 退款需要{+7+}个工作日। वापसी में {+सात+} दिन। {+cafe+} มี{+หก+}วัน {+سَبعة+}",
    ]


def test_control_characters_are_made_visible() -> None:
    """What a card holds cannot move the cursor."""
    text = format_diff("a\n", "a \x1b[2Jb\u202e\n", color=False)
    assert "\x1b" not in text
    assert "\\x1b[2J" in text


def test_line_numbers_are_those_of_the_file() -> None:
    """With the body's first line given, the numbers lead to the place in the file."""
    new = "".join(f"line {number}\n" for number in range(20)).replace("line 10", "line ten")
    old = new.replace("line ten", "line 10")
    assert format_diff(old, new, color=False, first_line=8).startswith("@@ 16-20 @@")


@given(st.text(st.sampled_from("ab \n你"), max_size=40), st.text(st.sampled_from("ab \n你"), max_size=40))
def test_both_texts_can_be_read_from_the_difference(old: str, new: str) -> None:
    """Whatever changed, the lines with - and + are the old and the new lines, and no others."""
    lines = format_diff(old, new, color=False).splitlines()
    unmarked = [
        re.sub(r"\[-(.*?)-\]|\{\+(.*?)\+\}", lambda found: found[1] or found[2] or "", line) for line in lines
    ]
    gone = [line[2:] for line in unmarked if line.startswith("- ")]
    come = [line[2:] for line in unmarked if line.startswith("+ ")]
    assert all(line in old.splitlines() for line in gone)
    assert all(line in new.splitlines() for line in come)
    assert bool(lines) == (old.splitlines() != new.splitlines())


def test_lines_that_repeat_without_end_are_compared_in_time() -> None:
    """Of 20,000 blank lines the one that came is found, with those around it, in a moment and not in minutes."""
    began = process_time()
    text = format_diff("\n" * 20_000, "\n" * 9_000 + "new\n" + "\n" * 11_000, color=False)
    assert text.startswith("@@ 8999-9003 @@")
    assert "+ new" in text
    assert format_diff("\n" * 20_000, "\n" * 20_000, color=False) == ""
    assert process_time() - began < 5
