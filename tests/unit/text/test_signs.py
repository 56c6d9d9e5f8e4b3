"""Promises of words of ASCII signs: operators are words, and what Markdown and sentences are made of is none."""

import pytest

from kbcli.foundation.text.signs import find_signs, find_typed_signs, place_signs


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("fn main() -> i32 { a=>b && !c }", "-> => &&"),
        ("if x!=y || z<=>1: std::map", "!= || <=> ::"),
        ('echo $? "$@" 2>&1 <<EOF', "$? $@ >& <<"),
        ("#!/bin/sh x==-1", "#!/ #! ==- =="),
        ("x *= 2; /* c */ a ** b, i ++ j -- k ?? l", "*= /* */ ** ++ -- ??"),
        ("| `||` | or |\n| `a \\|\\| b` | or |", "|| ||"),
        ("`|`, `[[` and ``{}``; **`%`**, **->**", "| [[ {} % ->"),
        ("~~~", "~~~"),
    ],
)
def test_operators_are_words(text: str, signs: str) -> None:
    """Between words and glued to them, escaped in tables and alone in a code span, where any signs are some."""
    assert sorted(find_signs(text)) == sorted(signs.split())


@pytest.mark.parametrize(
    "text",
    [
        "# A\n## B\n--- \n***\n===\n+++\n:::note\n!!! tip\n??? tip\n>> quote\n- [ ] x",
        "| a | b |\n|---|:-:|\n|--|--|\n| 1 | 2 |",
        "**Note:** *x*: **Bold**: ~~no~~ C++ i++ --flag help!! what?? (see: [a](../b/c.md#d)), e.g.: x",
        "<p>a<br/></p><!-- b --> &#39;https://x.org/?a=b&c=d#e&amp; `a`|`b`, `c`/`d`",
    ],
)
def test_marks_of_markdown_and_sentences_are_none(text: str) -> None:
    """Headings, lists, tables, emphasis, tags, addresses and punctuation are no words."""
    assert list(find_signs(text)) == []


def test_typed_signs_are_asked_with_and_without_what_stands_beside_them() -> None:
    """What is (->)? asks for the arrow; and a sign that stands alone may be meant."""
    assert list(find_typed_signs("what is (->)?")) == [("(->)?", "->")]
    assert list(find_typed_signs("`|` ? a->b")) == [("|",), ("?",), ("->",)]


def test_signs_are_marked_where_they_stand() -> None:
    """Not within longer ones; a single one not beside a word."""
    assert list(place_signs("a -> b --> c->d | e|f", ["->", "|"])) == [
        (2, 4, "->"),
        (12, 14, "->"),
        (16, 17, "|"),
    ]
