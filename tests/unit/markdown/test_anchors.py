"""Where links into a text may end."""

import pytest

from kbcli.foundation.markdown.links import Anchors, has_template_code

TEXT = """\
# First heading

## Repeated

## Repeated

### `kb check` & friends: "what", why?

Setext heading
==============

Another one
---

## Größe 上限

## A [link](x.md) and ![image](y.png)

## With **bold** and _emphasis_

## snake_case_name

## Numbered {#custom-id}

- ## In a list

> ## In a quote

<a id="by-id"></a> <a name="by-name"></a> <h2 id=bare>HTML heading</h2>

```sh
# not a heading
```

## 1.2 Versions, e.g. v1.2

## <a name="x"></a>Behind an anchor
"""


@pytest.mark.parametrize(
    "anchor",
    [
        "first-heading", "First-Heading", "repeated", "repeated-1", "repeated_1", "kb-check--friends-what-why",
        "kb-check-friends-what-why", "setext-heading", "another-one", "größe-上限", "a-link-and-image",
        "with-bold-and-emphasis", "snake_case_name", "custom-id", "numbered", "in-a-list", "in-a-quote", "by-id", "by-name",
        "bare", "html-heading", "12-versions-eg-v12", "versions-eg-v12", "1-2-versions-e-g-v1-2", "x", "behind-an-anchor",
        "", "top",
    ],
)  # fmt: skip
def test_a_heading_or_id_is_an_anchor(anchor: str) -> None:
    """Headings are reached by GitHub's names and those of the usual site generators, IDs by themselves."""
    assert Anchors(TEXT).has(anchor)


@pytest.mark.parametrize("anchor", ["repeated-2", "not-a-heading", "nothing", "first", "y.png"])
def test_anything_else_is_none(anchor: str) -> None:
    """What no heading says, or only code, is no anchor."""
    assert not Anchors(TEXT).has(anchor)


def test_a_heading_filled_in_by_a_template_has_the_title_as_its_anchor() -> None:
    """`# <%= current_page.data.title %>` is reached by the card's title."""
    text = "# <%= current_page.data.title %>\n"
    assert Anchors(text, "Rate limits: (all)").has("rate-limits-all")
    assert has_template_code(text)
    assert not has_template_code("# Rate limits\n")


@pytest.mark.parametrize(
    "code", ["    ```\n", "- a\n\n      ~~~\n\n", "<!--\n```\n-->\n", "<pre>\n```\n</pre>\n"]
)
def test_what_only_shows_a_fence_hides_no_heading(code: str) -> None:
    """A heading after indented code, a comment or `pre` in which a fence is shown is an anchor."""
    assert Anchors(f"{code}\n# Later\n").has("later")


def test_a_heading_in_a_comment_is_none() -> None:
    """What nobody sees is no goal of a link."""
    assert not Anchors("<!--\n\n# Hidden\n\n-->\n").has("hidden")
