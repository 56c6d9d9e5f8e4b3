"""Links as they stand in the dialects of Markdown, by example."""

import pytest

from kbcli.foundation.markdown.links import find_links, pick_links

INDENTED = """\
!!! note "For the shift"

    See [a](a.md) and `[code](x.md)`.

    === "Linux"

        [b](b.md)

            [code](x.md)

??? tip

\t- [c](c.md)

    ```
    [code](x.md)
    ```

[^1]: A footnote.

    [d](d.md)

Term
:   Its meaning.

    [e](e.md)

> !!! note
>
>     [f](f.md)

Text

    [code](x.md)
"""


def test_indented_text_of_admonitions_tabs_footnotes_and_definitions_is_no_code() -> None:
    """What the dialects show as text has links, each at its own characters; what is code in there has none."""
    links = find_links(INDENTED)
    assert [link.raw for link in links] == ["a.md", "b.md", "c.md", "d.md", "e.md", "f.md"]
    assert all(INDENTED[link.start : link.end] == link.raw for link in links)
    assert all(link.raw in INDENTED.split("\n")[link.line - 1] for link in links)
    assert pick_links(INDENTED, str) == [(link.raw, link.line) for link in links]


@pytest.mark.parametrize(
    ("text", "raws"),
    [
        ("<a href=x.md>x</a>", ["x.md"]),
        ("<img src=a.png/> <img class=x src = b.png >", ["a.png", "b.png"]),
        ("<img src='a.png' srcset=\"b.png 1x, c.png 2x,d.png\">", ["a.png", "b.png", "c.png", "d.png"]),
        ("<video poster=a.png>", ["a.png"]),
        ("<a data-href=x.md>", []),
        ("`<a href=x.md>`", []),
    ],
)
def test_attributes_of_html_are_links(text: str, raws: list[str]) -> None:
    """Quoted or not, and each picture of several sizes."""
    for body in (text, f"Text {text}"):
        links = find_links(body)
        assert [link.raw for link in links] == raws
        assert [body[link.start : link.end] for link in links] == raws
        assert [link.raw for link in pick_links(body, str)] == raws
