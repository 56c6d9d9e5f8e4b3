"""Where links into a text may end."""

import pytest
from hypothesis import given, strategies as st
from trials import keep_first

from kbcli import kbtoml
from kbcli.foundation.markdown.anchors import RENDERERS, Anchors, has_template_code, list_slugs

TEXT = """\
# First heading

## Repeated

## Repeated

### `kb check` & friends: "what", why?

Setext heading
==============

Two lines of
a heading
---

## Größe 上限

## A [link][ref] and ![image](y.png)

## With **bold** and _emphasis_

## snake_case_name

## Numbered {#custom-id}

- ## In a list

> ## In a quote
>
> Quoted of
> two lines
> ---

<a id="by-id"></a> <a name="by-name"></a> <h2 id=bare>HTML heading</h2>

```sh
# not a heading
```

(myst-label)=
## 1.2 Versions, e.g. v1.2

## <a name="x"></a>Behind an anchor

## Commented {/* #mdx-id */}

## React's {/*react-id*/}

A block of text. ^block-1

[ref]: https://example.org
"""


@pytest.mark.parametrize(
    "anchor",
    [
        "first-heading", "First-Heading", "repeated", "repeated-1", "kb-check--friends-what-why", "setext-heading",
        "two-lines-ofa-heading", "größe-上限", "gro\u0308ße-上限", "a-link-and-", "with-bold-and-emphasis",
        "snake_case_name", "numbered-custom-id", "in-a-list", "in-a-quote", "quoted-oftwo-lines", "html-heading",
        "12-versions-eg-v12", "behind-an-anchor",
    ],
)  # fmt: skip
def test_a_heading_is_reached_by_what_github_makes_of_it(anchor: str) -> None:
    """Where no renderer is named, headings have GitHub's anchors, in any case and normalisation."""
    assert Anchors(TEXT).has(anchor)


@pytest.mark.parametrize(
    "anchor",
    [
        "repeated-2", "repeated_1", "not-a-heading", "nothing", "first", "y.png", "numbered", "a-heading", "kb-check-friends-what-why",
        "versions-eg-v12", "First heading", "^block-1",
    ],
)  # fmt: skip
def test_anything_else_is_none_on_github(anchor: str) -> None:
    """What no heading says, only code, or another renderer would make of a heading, is no anchor."""
    assert not Anchors(TEXT).has(anchor)


def test_an_id_that_was_set_is_an_anchor_everywhere() -> None:
    """IDs in HTML, in braces and before a heading say what their writer means, whatever renders them."""
    wanted = ["custom-id", "by-id", "by-name", "bare", "myst-label", "x", "mdx-id", "react-id", "", "top"]
    for renderer in RENDERERS:
        assert list(filter(Anchors(TEXT, renderer=renderer).has, wanted)) == wanted, renderer


@pytest.mark.parametrize("renderer", ["github", "gitlab"])
@pytest.mark.parametrize(
    "anchor",
    [
        "user-content-first-heading",
        "L5",
        "L5-L9",
        "L5C2-L9C1",
        "first-heading:~:text=friends",
        ":~:text=a-,b",
    ],
)
def test_a_host_leads_to_lines_and_knows_its_prefix(anchor: str, renderer: str) -> None:
    """On GitHub and GitLab `#user-content-x` is `#x`, lines of a file can be named, and a text fragment is the browser's."""
    assert Anchors(TEXT, renderer=renderer).has(anchor)
    assert not Anchors(TEXT, renderer=renderer).has("user-content-nothing:~:text=friends")


@pytest.mark.parametrize("anchor", ["First-Heading", "user-content-first-heading", "L5"])
def test_a_site_knows_neither_lines_nor_another_case(anchor: str) -> None:
    """Pages of a site generator have the anchors that they have, letter by letter."""
    assert Anchors(TEXT, renderer="hugo").has("first-heading")
    assert not Anchors(TEXT, renderer="hugo").has(anchor)


@pytest.mark.parametrize(
    "anchor",
    ["First heading", "first heading", 'kb check & friends: "what", why?', "kb check friends what why", "^block-1", "^BLOCK-1",
     "First heading#Repeated", "Größe 上限"],
)  # fmt: skip
def test_obsidian_leads_to_words_and_blocks(anchor: str) -> None:
    """In a vault a link names a heading by its words, one below another, or a block by its mark."""
    assert Anchors(TEXT, renderer="obsidian").has(anchor)


@pytest.mark.parametrize("anchor", ["first-heading", "^block", "First heading#Nothing", "Nothing", "^"])
def test_obsidian_knows_no_slugs(anchor: str) -> None:
    """In a vault there are no slugs, and half a mark is none."""
    assert not Anchors(TEXT, renderer="obsidian").has(anchor)


def test_a_heading_filled_in_by_a_template_has_the_title_as_its_anchor() -> None:
    """`# <%= current_page.data.title %>` is reached by the card's title."""
    text = "# <%= current_page.data.title %>\n"
    assert Anchors(text, "Rate limits: (all)").has("rate-limits-all")
    assert has_template_code(text)
    assert not has_template_code("# Rate limits\n\n:::note\n\nOf all {kinds}!\n")


@pytest.mark.parametrize(
    "text", ['--8<-- "NEWS.md"\n', "# A\n\n{!news.md!}\n", "# A\n\n::: mkdocs-click\n    :module: a\n"]
)
def test_a_text_that_takes_in_others_is_not_known_whole(text: str) -> None:
    """Where MkDocs puts other files, or headings of its own, into a page, what that page has is not said."""
    assert has_template_code(text)


@pytest.mark.parametrize(
    "code", ["    ```\n", "- a\n\n      ~~~\n\n", "<!--\n```\n-->\n", "<pre>\n```\n</pre>\n"]
)
def test_what_only_shows_a_fence_hides_no_heading(code: str) -> None:
    """A heading after indented code, a comment or `pre` in which a fence is shown is an anchor."""
    assert Anchors(f"{code}\n# Later\n").has("later")


def test_a_heading_in_a_comment_is_none() -> None:
    """What nobody sees is no goal of a link."""
    assert not Anchors("<!--\n\n# Hidden\n\n-->\n").has("hidden")


def test_kb_toml_may_name_every_renderer() -> None:
    """The names that kb.toml takes are those that have a rule."""
    assert set(kbtoml.RENDERERS) == set(RENDERERS)


@given(st.text("#*_`[]()<>&;{}\\-=! \n\taé\u0301İ1^", max_size=60), st.sampled_from(sorted(RENDERERS)))
def test_any_text_has_anchors(text: str, renderer: str) -> None:
    """No text is too odd: each slug made of it is an anchor of it."""
    anchors = Anchors(text, renderer=renderer)
    assert all(map(anchors.has, list_slugs(text, RENDERERS[renderer])))


@pytest.mark.parametrize("renderer", keep_first(("github", "mkdocs", "jekyll")))
def test_many_headings_alike_are_numbered_in_time(renderer: str) -> None:
    """Twenty thousand headings alike, and one of thousands of brackets, take no time to speak of."""
    from time import process_time

    began = process_time()
    slugs = list(
        list_slugs("# a\n" * 20_000 + "# a_1\n" * 5_000 + f"# {'[' * 40_000}\n", RENDERERS[renderer])
    )
    assert len(slugs) == 25_001
    assert process_time() - began < 10
