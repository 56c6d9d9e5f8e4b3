"""The passage that is shown of a card."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kbcli.foundation.markdown.passages import Passage, split_passages, strip_markup
from kbcli.foundation.text.pipeline import analyse_query
from kbcli.foundation.text.width import text_width
from kbcli.knowledge.search.context import TextReader
from kbcli.knowledge.search.snippets import SNIPPET_WIDTH, Snippet, SnippetCutter

CARD = """---
title: Mail merge
---
The short answer stands in the first paragraph.

# Details

- Open the **letter builder**.
- Press [Send to all](https://example.org/send) and wait.

```
kb send --all   # sends
```

| Error | Cause |
|-------|-------|
| E42   | no list chosen |

Filler sentence one. Filler sentence two. Filler sentence three. Filler sentence four. Filler sentence five.
Filler sentence six. Now the quota comes up here. Filler sentence seven. Filler sentence eight. Filler nine. Filler ten as long as nine.
"""


def cut(body: str, query: str, make_base: Callable, lang: str = "en", width: int = SNIPPET_WIDTH) -> Snippet:
    """The snippet of a one-card base for a query."""
    base = make_base({"card.md": f"---\ntitle: Card\nlang: {lang}\n---\n{body}"})
    record = base.reader.record(0)
    cutter = SnippetCutter(analyse_query(query, [lang]), {})
    return cutter.cut(TextReader(base.config).read_body(record), record, width)


def marked(snippet: Snippet) -> list[str]:
    """The marked words."""
    return [snippet.text[start:end] for start, end in snippet.spans]


@pytest.mark.parametrize(
    ("query", "text", "words"),
    [
        (
            "builder",
            "Open the letter builder. Press Send to all and wait. kb send --all # sends",
            ["builder"],
        ),
        ("E42", "E42 · no list chosen", ["E42"]),
        ("nothing of this", "The short answer stands in the first paragraph.", []),
    ],
)
def test_best_passage(make_base: Callable, query: str, text: str, words: list[str]) -> None:
    """The passage with the words is shown without markup; without any, the short answer."""
    snippet = cut(CARD.partition("---\n")[2].partition("---\n")[2], query, make_base)
    assert snippet.text.startswith(text)
    assert marked(snippet) == words


def test_whole_words_decide(make_base: Callable) -> None:
    """A passage with both words wins over an earlier one in which the second only begins alike."""
    body = "Refund the polar bear, whatever it takes and however long that may be; nobody else will ever do it.\n\nOur policy on refunds."
    assert cut(body, "refund policy", make_base).text.endswith("Our policy on refunds.")


def test_a_paragraph_says_more_than_its_heading(make_base: Callable) -> None:
    """Of a heading and a paragraph with the word, the paragraph is shown."""
    body = "Intro.\n\n# The quota\n\nOther text.\n\nEach plan has a quota of its own."
    assert cut(body, "quota", make_base).text == "Each plan has a quota of its own."


def test_long_passage_is_cut_at_sentences(make_base: Callable) -> None:
    """Of a long paragraph the sentences around the match are shown, with ellipses at both ends."""
    snippet = cut(CARD, "quota", make_base, width=100)
    assert snippet.text.startswith("… Now the quota")
    assert snippet.text.endswith(". …")
    assert marked(snippet) == ["quota"]
    assert text_width(snippet.text) <= 100


def test_inflected_words_are_marked(make_base: Callable) -> None:
    """A match is the whole word as it stands, whatever form was typed."""
    assert marked(cut("We refunded two refunds.", "refunding", make_base)) == ["refunded", "refunds"]


@pytest.mark.parametrize(
    ("lang", "body", "query"),
    [
        (
            "zh",
            "要重置密码，" + "请打开设置页面。" * 60 + "在这里可以群发邮件。" + "完成后保存。" * 60,
            "群发",
        ),
        (
            "ja",
            "はじめに。" + "設定を開きます。" * 60 + "差し込み印刷はここです。" + "保存します。" * 60,
            "印刷",
        ),
        ("ko", "먼저 설정을 엽니다. " * 40 + "편지 병합은 여기에 있습니다. " + "저장합니다. " * 40, "병합"),
        ("th", "เปิดการตั้งค่า" * 40 + "จดหมายเวียน" + "บันทึกแล้วปิด" * 40, "จดหมาย"),
        ("hi", "सेटिंग खोलें। " * 40 + "यहाँ किताबें मिलती हैं। " + "सहेजें और बंद करें। " * 40, "किताबें"),
    ],
)
def test_every_script_is_cut_by_columns(make_base: Callable, lang: str, body: str, query: str) -> None:
    """A snippet shows its match in at most the columns allowed, and never begins with a loose mark."""
    snippet = cut(body, query, make_base, lang, width=80)
    assert marked(snippet)
    assert text_width(snippet.text) <= 80
    assert query[:2] in snippet.text
    first = snippet.text.removeprefix("… ")[0]
    assert text_width(first) > 0


def test_widths() -> None:
    """East Asian wide characters take two columns, combining marks none."""
    assert text_width("abc") == 3
    assert text_width("日本") == 4
    assert text_width("e\u0301") == 1
    assert text_width("ｆｕｌｌ") == 8


@pytest.mark.parametrize(
    ("passage", "shown"),
    [
        (
            Passage("text", "See [the docs](https://x.y/a_(b)) and `code_name` or **bold**."),
            "See the docs and code_name or bold.",
        ),
        (Passage("text", "![A picture](a.png) of <b>it</b> &amp; more"), "A picture of it & more"),
        (Passage("text", r"Keep snake_case and a \* star, 2 * 3"), "Keep snake_case and a * star, 2 * 3"),
        (Passage("text", "Go to <https://example.org/x>"), "Go to https://example.org/x"),
        (Passage("heading", "## A title {#anchor}"), "A title"),
        (Passage("item", "First"), "First"),
        (Passage("item", "[x] Done"), "Done"),
        (Passage("text", "> quoted"), "quoted"),
        (Passage("code", "if a:  **not bold**"), "if a: **not bold**"),
        (Passage("row", "| a | | c |"), "a · c"),
    ],
)
def test_markup_is_stripped(passage: Passage, shown: str) -> None:
    """What a reader of the rendered page sees is left, and code is left alone."""
    assert strip_markup(passage) == shown


def test_the_first_paragraph_is_shown_for_what_the_title_names(make_base: Callable) -> None:
    """A row or paragraph further down is shown only when it says more of the question than title and answer together."""
    body = "Wait, then send again.\n\n| Code | Sense |\n|---|---|\n| 429 | too many |\n| 503 | overload |\n"
    base = make_base({"a.md": f"---\ntitle: Explain a 429\n---\n{body}"})
    assert base.search("429").hits[0].snippet.text.startswith("Wait, then send again.")
    assert base.search("503").hits[0].snippet.text == "503 · overload"
    assert base.search("429 many").hits[0].snippet.text == "429 · too many; 503 · overload"


def test_passages_are_the_blocks_of_the_text() -> None:
    """Code in an item, a quote, a comment over several lines and a heading by its underline are what they are."""
    body = "- one\n\n      code | a\n\n  two\n\n> quoted\n> on\n\n<!-- not\n\nshown -->\n\nTitle\n=====\n\n    # code\n"
    shown = [(passage.kind, strip_markup(passage)) for passage in split_passages(body)]
    assert shown == [
        ("item", "one"), ("code", "code | a"), ("item", "two"), ("text", "quoted on"), ("heading", "Title"),
        ("code", "# code"),
    ]  # fmt: skip


def test_passages() -> None:
    """Headings, items, code, rows and paragraphs are passages; rules, fences and definitions are not shown."""
    body = "# H\ntext\nmore\n\n---\n- one\n  on\n- two\n\n~~~py\nx = 1\n\ny = 2\n~~~\n[a]: http://b\n|a|b|\n|-|-|\n|c|d|\n"
    assert [tuple(passage) for passage in split_passages(body)] == [
        ("heading", "# H"), ("text", "text\nmore"), ("item", "one\n  on"), ("item", "two"),
        ("code", "x = 1\n\ny = 2"), ("row", "|a|b|"), ("row", "|c|d|"),
    ]  # fmt: skip


def test_a_long_card_that_changed_since_is_cut_as_it_is_now(make_base: Callable) -> None:
    """The passages that the index keeps of a long body are those of the file only while that is the same."""
    base = make_base({"a.md": "First.\n\n" + "- item\n" * 300 + "\nThe quota.\n"})
    assert base.reader.record(0).passages
    assert base.search("quota").hits[0].snippet.text == "The quota."
    (base.config.root / "a.md").write_text("# Now\n\n" + "- more\n" * 300 + "\nA new quota.\n")
    assert base.search("quota").hits[0].snippet.text == "A new quota."


@pytest.mark.parametrize(
    "body", ["", "\n\n", "# Only a heading", "```", "```\nunclosed code", "![](a.png)", "\0\x1b]0;x"]
)
def test_odd_bodies(make_base: Callable, body: str) -> None:
    """A body without a paragraph gives what there is, on one line."""
    assert "\n" not in cut(body, "anything", make_base).text


def test_spans_lie_in_the_text(make_base: Callable) -> None:
    """Spans ascend, do not overlap, and lie within the snippet."""
    snippet = cut("密码重置 " * 200 + CARD, "密码重置 letter", make_base)
    places = [place for span in snippet.spans for place in span]
    assert places == sorted(places)
    assert places[-1] <= len(snippet.text)


def test_texts_stay_inside(make_base: Callable, tmp_path: Path) -> None:
    """Nothing is read through a link that leads outside, from a FIFO, or from a file that is gone."""
    base = make_base({"a.md": "text a", "b.md": "text b", "c.md": "text c"})
    secret = tmp_path / "secret.md"
    secret.write_text("secret")
    root = base.config.root
    for name in ("a.md", "b.md", "c.md"):
        (root / name).unlink()
    (root / "a.md").symlink_to(secret)
    os.mkfifo(root / "b.md")
    reader = TextReader(base.config)
    assert [reader.read_body(base.reader.record(number)) for number in range(3)] == ["", "", ""]
    assert len(base.search("text").hits) == 3


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"\xef\xbb\xbf---\ntitle: x\n---\nBody", "Body"),
        ("---\ntitle: x\n---\nGrüße".encode("utf-16"), "Grüße"),
        ("---\ntitle: x\n---\nGrüße".encode("cp1252"), "Grüße"),
        (b"---\r\ntitle: x\r\n---\r\none\r\ntwo", "one\ntwo"),
    ],
)
def test_encodings(make_base: Callable, data: bytes, body: str) -> None:
    """The body is read in whatever encoding the card was, from where it begins."""
    base = make_base({"a.md": data})
    assert TextReader(base.config).read_body(base.reader.record(0)) == body


def test_a_sign_cut_at_the_end_is_left_out(make_base: Callable) -> None:
    """Reading stops within a character without turning the whole text into another encoding."""
    base = make_base({"a.md": "ééé"})
    assert TextReader(base.config).read_body(base.reader.record(0), 3) == "é"


def test_large_body_is_fast(make_base: Callable) -> None:
    """A card of 5 MB costs no more than its first 200 kB."""
    started = time.perf_counter()
    snippet = cut("Some words of no interest here.\n" * 150_000, "interest", make_base)
    assert marked(snippet)
    base = make_base({"big.md": "Some words of no interest here.\n" * 150_000})
    started = time.perf_counter()
    base.search("interest")
    assert time.perf_counter() - started < 1


def test_a_word_that_repeats_is_looked_for_once(make_base: Callable) -> None:
    """A ticket of nothing but one function word, 10,000 times, is answered in a moment."""
    base = make_base({"a.md": "Words of a card.\n\n" * 500})
    started = time.perf_counter()
    base.search("a " * 10_000)
    assert time.perf_counter() - started < 2
