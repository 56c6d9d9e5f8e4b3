"""Headings: what is read of them without a parser is what the parser reads."""

from hypothesis import example, given, strategies as st

from kbcli.foundation.markdown.anchors import RENDERERS, read_text

PIECES = (
    "word",
    "Win32",
    "ß",
    " ",
    "_",
    "__",
    "\\_",
    "-",
    "--",
    "`a_b`",
    "`",
    "\\",
    '<a name="x"></a>',
    "<a>",
    "3.1",
)


@given(
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join), st.sampled_from(("github", "hugo", "jekyll"))
)
@example("\\_\\_CIMOM\\_Class", "github")
@example('<a name="x"></a><a id="y"></a> `operator`', "hugo")
@example("`a\\_b`", "github")
@example('`<a name="x"></a>`', "github")
def test_a_heading_reads_the_same_with_and_without_the_parser(source: str, renderer: str) -> None:
    """An escape behind a heading, for which it takes the parser, changes nothing before it."""
    shape = RENDERERS[renderer]
    assert read_text(f"{source} \\!", shape, ()) == f"{read_text(source, shape, ())} !"
