"""Texts with one digest look the same: a Markdown parser is asked, not trusted to our own reading."""

import re
import time
from unicodedata import normalize

import pytest
import regex
from hypothesis import example, given, settings, strategies as st
from markdown_it import MarkdownIt
from trials import count_trials

from kbcli.foundation.markdown.digest import digest_text, normalize_body

PARSER = MarkdownIt("commonmark").enable("table")
PARSER.renderer.rules["softbreak"] = lambda *_: "\x01"

PIECES = (
    "plain text", "word", "more words here", "", "", "", "  ", "# Heading", "===", "---", "***", "=", "--", "- - -",
    "- item", "- ", "* x", "+ y", "1. one", "2. two", "10. ten", "> quote", ">", "    code", "\tcode", "  two",
    "```", "```py", "~~~", "````", "  ```", "   ```", "    ```", "     ```", "- ```", "1. ```", "2. ```", "> ```",
    "  - ```", "``` x", "`code` text", "| a | b |", "|---|---|", "a | b", "--|--", ":-:", "<div>", "</div>",
    "<b>x</b> y", "<span>", "<pre>", "</pre>", "  <pre>", "  </pre>", "<pre>x", "x</pre>y", "<!-- c", "c -->",
    "<!-- c -->", "<script>", "</script> z", "<?php", "?>", "<!X", "<![CDATA[", "]]>", "[a]: /u", "[a]", "[foo",
    "bar]: /u", "'title'", "line  ", "line\\", "line ", "line\t", "$$", "$$ x $$", "x $$", "**", "**b", "b**", "*e",
    "a*", "![i](", "/u)", "é", "e\u0301", "中文", "[^1]: note", "a `", "b` c", "`", "``", "<a", "href='x'>", "\x0c",
    "\x0b x", "\u00a0", "\u2028x", "  ===", "x <pre>", "</pre> y", "`<pre>`", "a </pre>", "<div><pre>", "</pre></div>",
    "- <textarea>", "</textarea>", "x <pre>y</pre> z", "-:", ":--", ": def", "12.", "    ```", "      ```", "\u1fef",
    "\u1fefx\u1fef", "<b>\u0338x", "\u2208\u0338_foo_", "[e\u0301]: /v", "[\u00e9]", "\t```", "\x0c-:", "日本",
    "語が", "`中", "文`", "，後", "กข", "ຂ", "မြန်", "[中", "文]: /u", "[中 文]: /u", "[a](<中", "文>)", "[a](/u", "'中", "文')",
    "`e\u0301`", "<b title='", "e\u0301'>x", "[a](/e\u0301)", "<https://e.org/e\u0301>", "か\u3099", "中*", "*文", "中文  ",
    "中文 ", "(<x", "y>)", "::: note", "!!! note", "~ def", "*[a]: b", "https://e\u0301.org/e\u0301",
)  # fmt: skip
BODIES = st.lists(st.sampled_from(PIECES), max_size=14).map("\n".join)
SPACELESS = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}，。\u3099]"
LETTERS = st.text(
    alphabet=st.sampled_from(list("ab `~-*_#>|<!:[]()=+1.\n\n\n \t\\$é中文\u0301")), max_size=40
)


def render(body: str) -> str:
    """A text as HTML, in which a line break within a paragraph is a space, but not within `<pre>` or `<textarea>`.

    Between two characters of a script without spaces it is nothing. Outside code and tags letters are NFC.
    """
    text = body.replace("\r\n", "\n").replace("\r", "\n")
    html = PARSER.render(text if text.endswith("\n") else f"{text}\n")
    kept = False
    pieces = re.split(r"(</?(?:pre|textarea)\b)", html, flags=re.IGNORECASE)
    for at, piece in enumerate(pieces):
        kept = at % 2 == 1 and not piece.startswith("</") if at % 2 else kept
        pieces[at] = piece if kept else regex.sub(f"(?<={SPACELESS})\x01(?={SPACELESS})", "", piece)
        pieces[at] = pieces[at].replace("\x01", "\n" if kept else " ")
    html = re.sub(
        r"<[^<>]*>|<!--.*?-->", lambda tag: tag[0].replace("\n", " "), "".join(pieces), flags=re.DOTALL
    )
    pieces = re.split(r"(<code.*?</code>|<[^<>]*>)", html, flags=re.DOTALL)
    pieces[::2] = [normalize("NFC", piece) for piece in pieces[::2]]
    return "".join(pieces).strip()


@settings(max_examples=count_trials(120, 400), deadline=None)
@given(st.one_of(BODIES, LETTERS))
@example("[foo\nbar]: /u\nplain text")
@example("a `\nline \na `")
@example("| a | b |\n|---|---|\n=\nplain text\nplain text")
@example("- ```\npara\n```\ncode a\ncode b\n```")
@example("<b>text</b>\n```\ncode a\n\ncode b\ncode c\n```")
@example("<pre>\n\na\nb</script>\n\nc\nd\n</pre>")
@example("> ```\n  ```\ncode a\ncode b\n  ```")
@example("- a\n  ```\nplain a\n```\ncode a\ncode b\n```")
def test_what_the_digest_sees_renders_like_the_text(body: str) -> None:
    """A text and its normal form render the same, so two texts with one digest look the same."""
    assert render(normalize_body(body) + "\n") == render(body)


@settings(max_examples=count_trials(50, 300), deadline=None)
@given(st.one_of(BODIES, LETTERS))
def test_the_normal_form_is_its_own(body: str) -> None:
    """Saving the normal form as the text keeps the digest, but for a line break that may end an open fence."""
    once = normalize_body(body)
    assert normalize_body(f"{once}\n") == once


@settings(max_examples=count_trials(50, 300), deadline=None)
@given(st.one_of(BODIES, LETTERS), st.sampled_from(("\r\n", "\r")))
def test_newline_styles_do_not_count(body: str, newline: str) -> None:
    """A checkout with other newlines has the same digest."""
    assert digest_text("t", "internal", body.replace("\n", newline)) == digest_text("t", "internal", body)


@settings(max_examples=count_trials(50, 300), deadline=None)
@given(
    st.lists(
        st.sampled_from(("word", "another", "Größe", "上限 kb", "3", "`kb -x`", "[a](/u)")),
        min_size=2,
        max_size=30,
    ),
    st.randoms(),
)
def test_reflowing_a_paragraph_keeps_the_digest(words: list[str], random: object) -> None:
    """However the words of a plain paragraph are spread over lines, the digest is the same."""
    broken = "".join(word + random.choice((" ", "\n")) for word in words)
    assert digest_text("", "", broken.rstrip()) == digest_text("", "", " ".join(words))


@settings(max_examples=count_trials(50, 300), deadline=None)
@given(
    st.lists(
        st.sampled_from(("上限", "です。", "ก็ดี", "，", "မြန်", "កម្ម", "か\u3099")), min_size=2, max_size=30
    ),
    st.randoms(),
)
def test_reflowing_a_script_without_spaces_keeps_the_digest(words: list[str], random: object) -> None:
    """Where words are not parted by spaces, a line may break anywhere, and a space is another text."""
    broken = "".join(word + random.choice(("", "\n")) for word in words)
    assert digest_text("", "", broken.rstrip()) == digest_text("", "", "".join(words))
    assert digest_text("", "", " ".join(words)) != digest_text("", "", "".join(words))


@pytest.mark.parametrize("count", [20_000, pytest.param(100_000, marks=pytest.mark.stress)])
def test_a_long_text_takes_linear_time(count: int) -> None:
    """A paragraph of 100,000 lines, and as many spaces at line ends, take a second of a processor, not an hour."""
    started = time.process_time()
    for line in ("word\n", "word \n", "`word \n", "> \n", "[ \n", "- ```\n", "<a \n"):
        normalize_body(line * count)
    assert time.process_time() - started < count / 10_000
