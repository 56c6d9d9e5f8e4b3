"""Where the blocks of a Markdown text are, and the text without its code."""

import time

import pytest
from trials import keep_first

from kbcli.foundation.markdown.blocks import blank_code, find_spans, read_heading, scan_blocks

TEXT = """\
Title
=====

Text with `code` and
more <!-- note --> text.

- item

  > quote in it

      indented

1. ```sh
   # no heading
   ```

| a | b |
|---|---|
| `c` | d |

<div>
html
</div>

<!-- raw

still raw -->

[label]: /target
***
"""


def test_a_text_is_a_flat_list_of_blocks() -> None:
    """Each block with its lines and the depth it stands at, those that hold others before them."""
    assert [block[:4] for block in scan_blocks(TEXT)] == [
        ("heading", 0, 2, 0),
        ("paragraph", 3, 5, 0),
        ("item", 6, 11, 0),
        ("paragraph", 6, 7, 1),
        ("quote", 8, 9, 1),
        ("paragraph", 8, 9, 2),
        ("code", 10, 11, 1),
        ("item", 12, 15, 0),
        ("fence", 12, 15, 1),
        ("table", 16, 19, 0),
        ("html", 20, 23, 0),
        ("raw", 24, 27, 0),
        ("definition", 28, 29, 0),
        ("rule", 29, 30, 0),
    ]


def test_a_block_knows_its_characters() -> None:
    """A block's text begins behind the marks of what it stands in, also where those are followed by a tab."""
    text = "-\ta\n\n>\t\tb\n> - c\n>   d\n"
    assert [text[block.start : block.stop] for block in scan_blocks(text) if block.kind in ("paragraph", "code")] == [
        "a", "b", "c\n>   d",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("# A `b` #", "A `b`"),
        ("###", ""),
        ("## C# ##", "C#"),
        ("first\n second \n---", "second"),
        ("> # In a quote", "In a quote"),
    ],
)
def test_a_heading_is_read_without_its_marks(text: str, heading: str) -> None:
    """Hashes and underlines go, the markup of the text stays."""
    assert (
        read_heading(text, next(block for block in scan_blocks(text) if block.kind == "heading")) == heading
    )


def test_code_becomes_blank() -> None:
    """Fences, indented code and code spans become spaces, line by line; comments and all else stay."""
    assert blank_code(TEXT).split("\n")[3:19] == [
        "Text with        and",
        "more <!-- note --> text.",
        "",
        "- item",
        "",
        "  > quote in it",
        "",
        "              ",
        "",
        "1.      ",
        "               ",
        "      ",
        "",
        "| a | b |",
        "|---|---|",
        "|     | d |",
    ]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("a ``b ` c`` d", ["``b ` c``"]),
        ("a \\`b` c`", ["` c`"]),
        ('a <b title="`"> c `', ['<b title="`">']),
        ("a <https://e.org/`> `b`", ["<https://e.org/`>", "`b`"]),
        ("a ` <!-- b --> ` c", ["` <!-- b --> `"]),
        ("a <!-- ` --> b `", ["<!-- ` -->"]),
        ("a <!-- b", []),
        ("| ` | ` |\n|---|---|", []),
    ],
)
def test_spans_are_what_begins_first(text: str, spans: list[str]) -> None:
    """Code spans, comments and tags are found from left to right, escapes and cells of tables heeded."""
    block = scan_blocks(text)[0]
    assert [text[start:stop] for _, start, stop in find_spans(text, block)] == spans


@pytest.mark.parametrize(
    "line", keep_first(("> ", "- ", "[a]: /u\n", "[ \n", "`" * 3 + "\n", "<a \n", "|a\n|-\n", "1. ", ">\t"))
)
def test_a_long_text_takes_linear_time(line: str) -> None:
    """A hundred thousand marks in a row take seconds at most, and no depth of them overflows a stack."""
    started = time.process_time()
    blank_code(line * 50_000)
    assert time.process_time() - started < 5
