"""Links as they stand in the dialects of Markdown, by example."""

from time import process_time

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
    assert pick_links(INDENTED, str) == [(link.raw, link.line, link.form) for link in links]


@pytest.mark.parametrize(
    ("text", "raws"),
    [
        ("<a href=x.md>x</a>", ["x.md"]),
        ("<img src=a.png/> <img class=x src = b.png >", ["a.png", "b.png"]),
        ("<img src='a.png' srcset=\"b.png 1x, c.png 2x,d.png\">", ["a.png", "b.png", "c.png", "d.png"]),
        ("<img srcset='a b (1).png 1.5x, c,d.png 200w, e f.png'>", ["a b (1).png", "c,d.png", "e f.png"]),
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


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[[Page]], [[Page#Part|words]], ![[Page]]", ["wiki Page ", "wiki Page Part", "wiki Page "]),
        ("| [[a/Page\\|words]] |\n|---|\n| ![[b.png\\|300]] |", ["wiki a/Page ", "wiki b.png "]),
        ("[[#Part]] [[Page#^block]]", ["wiki  Part", "wiki Page ^block"]),
        ("[[x]](y.md) and [[x](y.md)] and \\[[x]]", ["relative y.md ", "relative y.md "]),
        ("`[[x]]` <!-- [[x]] -->\n\n    [[x]]\n\n```\n[[x]]\n```", []),
        (
            '{{< ref "a.md#b" >}} {{% relref "/c/d" %}} [t]({{< ref `e.md` >}})',
            ["ref a.md b", "ref /c/d ", "ref e.md "],
        ),
        (
            '{{< ref path="a.md" lang="de" >}} {{< ref ref="b.md" >}} {{< ref a >}}',
            ["ref a.md ", "ref b.md ", "ref a "],
        ),
        ('{{</* ref "a.md" */>}} {{< figure src="a.png" >}}', []),
        ("{% link a.md %} [t]({% post_url 2026-01-01-b %})", ["link a.md ", "post 2026-01-01-b "]),
        ("{% raw %}{% link a.md %}{% endraw %} {%- link b.md -%}", ["link b.md "]),
        ("{% raw %}\n\n[t](a.md)\n\n{% link b.md %}\n{% endraw %}", ["relative a.md "]),
    ],
)
def test_notations_of_other_programs_are_links(text: str, found: list[str]) -> None:
    """Wiki links, Hugo's and Jekyll's are found outside code, whole, with their target and their fragment."""
    links = find_links(text)
    assert sorted(f"{link.kind} {link.target} {link.anchor}" for link in links) == sorted(found)
    assert all(text[link.start : link.end] == link.raw for link in links)
    assert {link.raw for link in pick_links(text, str)} == {link.raw for link in links}


def test_brackets_that_stay_open_are_read_in_time() -> None:
    """20,000 pictures that never end, with a link in each, are found in a moment: not each link goes through all of them."""
    began = process_time()
    assert len(find_links("![[]()" * 20_000)) == 20_000
    assert process_time() - began < 5
