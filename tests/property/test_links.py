"""The link scanner finds what a Markdown parser finds."""

from collections import Counter
from pathlib import Path

from hypothesis import given, settings, strategies as st
from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from trials import count_trials

from kbcli.foundation.markdown.links import find_links
from kbcli.knowledge.cards.header.document import split_document

PARSER = MarkdownIt("commonmark", {"html": False})
PARSER.validateLink = lambda _url: True
PIECES = st.sampled_from([
    "[a](b.md)", "[a](<b c.md>)", "![i](i.png)", "[![i](i.png)](b.md)", "[a](b.md 'title')", '[a](b.md "t")', "[a](b(c).md)",
    "[a](b%20c.md#d)", "[a](#x)", "[a]( b.md )", "[a]()", "[a](b\\)c.md)", "[a](b c)", "[a][r]", "[r]", "[r][]", "<https://e.org>",
    "`[x](y)`", "``[x](y) ` ``", "`", "``", "[", "]", "![", "](", "(", ")", "\\[", "\\]", "\\`", "text", "*", "**", " ", "[a\nb](c.md)",
    "[a](b.md\n'title')", "|", "&amp;", "[a](b&amp;c.md)", "<b>", "[a [b](c) d](e)", "![a [b](c) d](e)", "[a][", "[a](b.md", "é",
])  # fmt: skip
LINES = st.one_of(
    st.lists(PIECES, min_size=1, max_size=5).map("".join),
    st.sampled_from([
        "", "", "", "# Head [h](h.md)", "---", "```", "~~~", "````", "    [code](no.md)", "- item [l](l.md)", "1. [n](n.md)",
        "> quote [q](q.md)", "  continued [c](c.md)", "[r]: target.md", "[r]: <tar get.md> 'title'", "[r]: x y z", "***",
        "| a | [t](t.md) |", "\t[tab](no.md)",
    ]),
)  # fmt: skip


def parse(text):
    """Destinations by markdown-it: of links and images with their number, and of definitions."""
    environment = {}
    found = Counter()

    def walk(tokens):
        for token in tokens:
            if token.type == "link_open":
                found[token.attrs["href"]] += 1
            elif token.type == "image":
                found[token.attrs["src"]] += 1
            walk(token.children or [])

    walk(PARSER.parse(text, environment))
    return found, {entry["href"] for entry in environment.get("references", {}).values()}


def scan(text):
    """The same by kb's scanner."""
    found, definitions = Counter(), set()
    for link in find_links(text):
        assert text[link.start : link.end] == link.raw
        assert text.count("\n", 0, link.start) + 1 == link.line
        if link.form in ("html", "notation"):
            continue
        address = PARSER.normalizeLink(link.raw if link.form == "autolink" else unescapeAll(link.raw))
        if link.form == "definition":
            definitions.add(address)
        else:
            found[address] += 1
    return found, definitions


@settings(max_examples=count_trials(100, 500), deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=8).map("".join))
def test_one_paragraph_is_read_like_a_parser_reads_it(text):
    """Brackets, code spans, escapes, titles and nested images in one paragraph give the same destinations."""
    assert scan(text)[0] == parse(text)[0]


# The same examples each time: a scanner by lines cannot promise more than the parser's common ground.
@settings(max_examples=count_trials(150, 1000), deadline=None, derandomize=True)
@given(st.lists(LINES, min_size=1, max_size=8).map("\n".join))
def test_no_link_of_a_parser_is_missed(text):
    """Over several blocks, whatever a parser calls a link is found: a move must not leave one behind."""
    found, definitions = parse(text)
    ours, our_definitions = scan(text)
    assert set(found) | definitions <= set(ours) | our_definitions


def test_the_starter_cards_are_read_like_a_parser_reads_them():
    """Every card of the starter knowledge base gives exactly the parser's links."""
    cards = sorted((Path(__file__).parents[2] / "content").rglob("*.md"))
    assert cards
    for path in cards:
        body = split_document(path.read_bytes()).body
        found, definitions = parse(body)
        ours, our_definitions = scan(body)
        assert set(ours) | our_definitions == set(found) | definitions, path


@settings(max_examples=count_trials(80, 500), deadline=None)
@given(st.text(alphabet="[]()<>`!\\ \n\r\t-#>~=:ab.'\"&%", max_size=80))
def test_any_text_is_scanned(text):
    """No text makes the scanner fail, and every place it reports holds what it says."""
    for link in find_links(text):
        assert text[link.start : link.end] == link.raw


@given(st.sampled_from(["\r\n", "\r"]))
def test_newlines_of_any_kind_count(newline):
    """A card with Windows or old Mac line ends has its links at the right lines and places."""
    text = f"one{newline}{newline}two [a](b.md){newline}[r]: c.md{newline}{newline}[r]: d.md{newline}"
    assert [(link.raw, link.line) for link in find_links(text)] == [("b.md", 3), ("d.md", 6)]
