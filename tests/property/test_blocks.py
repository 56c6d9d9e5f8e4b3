"""The block scanner sees the structure that a Markdown parser sees."""

import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings, strategies as st
from markdown_it import MarkdownIt
from trials import count_trials

from kbcli.foundation.markdown.blocks import blank_code, scan_blocks
from kbcli.foundation.markdown.passages import note_passages, recall_passages, split_passages

PARSER = MarkdownIt("commonmark", {"maxNesting": 1000}).enable("table")
PARSER.core.ruler.disable("inline")
PARSER.validateLink = lambda _url: True
KINDS = {
    "paragraph_open": "paragraph",
    "heading_open": "heading",
    "table_open": "table",
    "hr": "rule",
    "fence": "fence",
    "code_block": "code",
    "html_block": "html",
    "blockquote_open": "quote",
    "list_item_open": "item",
}
HOLDERS = ("quote", "item")

PIECES = (
    "plain text", "word", "", "", "", "  ", "# Heading", "===", "---", "***", "=", "--", "- - -", "- item", "- ", "* x",
    "+ y", "1. one", "2. two", "10. ten", "> quote", ">", "> ", "    code", "\tcode", "  two", "   three", "```", "```py",
    "~~~", "````", "  ```", "    ```", "- ```", "1. ```", "> ```", "  - ```", "`code` text", "| a | b |", "|---|---|",
    "a | b", "--|--", ":-:", "| a", "|-", "<div>", "</div>", "<b>x</b> y", "<span>", "<pre>", "</pre>", "<!-- c", "c -->",
    "<!-- c -->", "<?php", "?>", "<!X", "]]>", "<![CDATA[", "[a]: /u", "[a]", "[foo", "bar]: /u", "'title'", "[b]:", "/dest",
    "[c]: <x> 'y", "z'", "> - x", "- > y", "-\t\tq", ">\t- x", "1)\tx", "   - deep", "      - deeper", "     - five", "  > in",
    "- # H", "> a | b", "> --|--", "- [d]: /e", "\tx", "#", "####### x", "#\tx", "\\# x", "1234567890. x", "-", "+", "1.", "*",
    "</p>", "<p", "<a href=x>", "x <pre>", "  --", "  ===", " |-|-| ", "||", "|", "---|---", "- -", "> > x", "> 1. x",
    "   ```", "\\|", "a \\| b | c", "    - x", "\x0c", "é", "[fo\\]o\\", "]: /u",
)  # fmt: skip
INDENTS = st.sampled_from(("", "", "", "", "  ", "    ", "   ", "> ", "- ", "1. ", " ", "\t"))
TEXTS = st.lists(st.tuples(INDENTS, st.sampled_from(PIECES)).map("".join), max_size=9).map("\n".join)

# Where the scanner reads otherwise, on purpose:
LAZY = re.compile(r"^[> ]*(?: {4}|\t|[-+*>.)]\t)[ \t>]*[#>`~<=|:\d*+_-]", re.MULTILINE)
HOLDER = re.compile(r"^[ \t]*([->+*]|\d+[.)])", re.MULTILINE)
MARKED_HEAD = re.compile(r"^[ >]*([-+*#<>\[`~_=:]|\d+[.)]).*\|.*\n[ >]*[-|:]", re.MULTILINE)
LAZY_HEAD = re.compile(r"^[^-+*\d\n][^\n]*\|[^\n]*\n {2,3}[-|:]", re.MULTILINE)


def is_read_otherwise(text: str) -> bool:
    """Whether a text has what the scanner reads by CommonMark or GitHub, and markdown-it does not.

    A mark indented by four columns that stands outside of a quote or item goes on with the
    paragraph within; a table's head looks like no other block, and stands in the item that the
    table is in; raw HTML in an item goes on over blank lines.
    """
    return bool(
        (HOLDER.search(text) and (LAZY.search(text) or LAZY_HEAD.search(text))) or MARKED_HEAD.search(text)
    ) or any(
        block.kind == "raw"
        and block.depth
        and re.search(r"\n[ \t]*\n", text[block.start : block.stop] + "\n")
        for block in scan_blocks(text)
    )


def parse(text: str) -> list[tuple[str, int, int, int]]:
    """Kind, first line, line after the last and depth of each block, by markdown-it."""
    blocks, depth = [], 0
    for token in PARSER.parse(text):
        if kind := KINDS.get(token.type):
            blocks.append((kind, *trim(kind, *token.map, text), depth))
        depth += token.type in ("blockquote_open", "list_item_open")
        depth -= token.type in ("blockquote_close", "list_item_close")
    return blocks


def scan(text: str) -> list[tuple[str, int, int, int]]:
    """The same by the scanner."""
    return [
        (kind := "html" if block.kind == "raw" else block.kind, *trim(kind, block.first, block.end, text), block.depth)
        for block in scan_blocks(text)
        if block.kind != "definition"
    ]  # fmt: skip


def trim(kind: str, first: int, end: int, text: str) -> tuple[int, int]:
    """Without blank lines at the end of what nothing closes; of quotes and items only where they begin."""
    lines = text.split("\n")
    while kind in ("fence", "html") and end > first + 1 and not lines[end - 1].strip(" \t>"):
        end -= 1
    return first, -1 if kind in HOLDERS else end


@settings(max_examples=count_trials(80, 300), deadline=None)
@given(TEXTS)
@example("- a\n\n  ```\n  # b\n  ```\n\n# c")
@example("1.\n\n   x")
@example("| a \\| b |\n|-|\nc")
def test_every_block_is_where_a_parser_sees_it(text: str) -> None:
    """Whatever the text, code, HTML, headings, items, quotes, tables and paragraphs are on markdown-it's lines."""
    assume(not is_read_otherwise(text))
    assert scan(text) == parse(text)


@pytest.mark.skipif("COMMONMARK_SPEC" not in os.environ, reason="names the spec.json of CommonMark")
def test_the_examples_of_commonmark_are_read_like_a_parser_reads_them() -> None:
    """All examples of the specification, read from the file that https://spec.commonmark.org offers as spec.json."""
    examples = json.loads(Path(os.environ["COMMONMARK_SPEC"]).read_text(encoding="utf-8"))
    assert len(examples) > 600
    assert [
        entry["markdown"] for entry in examples if scan(entry["markdown"]) != parse(entry["markdown"])
    ] == []


@settings(max_examples=count_trials(80, 300), deadline=None)
@given(st.one_of(TEXTS, st.text(alphabet="ab[]()<>`!\\|:\n\t -#>~=+1.&", max_size=80)))
def test_places_hold_in_any_text(text: str) -> None:
    """No text makes the scanner fail; a block is on its lines, within the one around it, and begins with a sign."""
    count = text.count("\n") + 1
    starts = [0, *(match.end() for match in re.finditer("\n", text)), len(text) + 1]
    ends = [count]
    for block in scan_blocks(text):
        assert starts[block.first] <= block.start < starts[block.first + 1]
        assert block.stop == starts[block.end] - 1
        assert block.kind == "code" or text[block.start : block.start + 1].strip(" \t")
        del ends[block.depth + 1 :]
        assert block.first < block.end <= ends[-1]
        if block.kind in HOLDERS:
            ends.append(block.end)


@settings(max_examples=count_trials(80, 300), deadline=None)
@given(TEXTS)
def test_what_is_left_without_code_stands_where_it_stood(text: str) -> None:
    """A text without its code has the same lines of the same length, and every sign that is left is in its place."""
    left = blank_code(text)
    assert len(left) == len(text)
    assert all(new in (old, " ") for new, old in zip(left, text, strict=True))
    assert left.count("\n") == text.count("\n")


@settings(max_examples=count_trials(20, 300), deadline=None)
@given(TEXTS)
@example("a\n\na\n\n<!-- b -->\n\nb\n\n|c|\n|-|\n|c|\n\n- c\n\n```\n" + "c\n" * 20)
def test_what_is_noted_of_passages_gives_them_again(text: str) -> None:
    """The passages of a long text are those that its note gives; a note of any other text changes nothing."""
    text, other = text + "\n" * 200, "a\n\n- b\n" + text + "\n" * 200
    noted = note_passages(text)
    assert bool(noted) == bool(list(split_passages(text)))
    assert recall_passages(text, noted) == list(split_passages(text))
    assert recall_passages(other, noted) == list(split_passages(other))
