"""Picking links fast: the same ones as by reading the whole text."""

import re

from hypothesis import example, given, settings, strategies as st
from trials import count_trials

from kbcli.foundation.markdown.links import PickedLink, find_links, pick_links

PIECES = (
    "[a](x.md)", "![a](x.png)", "[a](y.md 'title')", '[a](z.md "title")', "[a](<b c.md>)", "[a](p(1).md)", "[a](", "x.md)",
    "[`a`](c.md)", "`[a](d.md)`", "``[a](e.md)``", "`", "``", "\\`", "\\[a](f.md)", "[a\\](g.md)", "[[a](h.md)](i.md)",
    "[![a](j.png)](k.md)", "[a]: l.md", "[b]: <m.md>", "[c]: n.md 'title'", "[a]: o.md x", "text [in]: q.md", "[^1]: r.md",
    '<a href="s.md">x</a>', "<img src='t.png'>", '<a title="[x](u.md)" href="v.md">', '<b x="1" href="w.md">', "<!--", "-->",
    "<pre>", "</pre>", "```", "~~~", "  ```", "    ```", "- ```", "> ```", "    [a](indented.md)", "\t[a](tab.md)", "- [a](item.md)",
    "> [a](quote.md)", "| [a](cell.md) | b |", "# [a](heading.md)", "text", "", "", "a < b [a](less.md)", "a > b [a](more.md)",
    "[a](%20.md)", "[a](b&amp;c.md)", "[a](#anchor)", "[a]()", "[a](<>)", "]( x.md )", "* [a](one.md) [b](two.md)",
    "[[Note]]", "![[a/b.png|300]]", "[[Note#Part\\|t]]", "[[a](h.md)]]", "!!! note", "[^1]: foot", '{{< ref "a.md" >}}', "{% link b.md %}",
    "<a href=u.md>", "<img srcset='a.png 1x, b.png 2x'>", "    [[In]]", "[a](/root.md)",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=10).flatmap(
    lambda pieces: st.lists(
        st.sampled_from(("\n", "\n", " ")), min_size=len(pieces), max_size=len(pieces)
    ).map(lambda joints: "".join(piece + joint for piece, joint in zip(pieces, joints, strict=True)))
)


def find_all(text: str) -> list[PickedLink]:
    """The first link to each destination, by the slow way; a definition counts where its label stands elsewhere too, and was not defined before."""
    first: dict[str, PickedLink] = {}
    links = find_links(text)
    labels = {
        link.start: re.search(r"\[([^\[\]]+)\]:[\s>]*<?\Z", text[: link.start])
        for link in links
        if link.form == "definition"
    }
    own = {label.start() for label in labels.values() if label}
    used = {found[1] for found in re.finditer(r"\[([^\[\]]+)\]", text) if found.start() not in own}
    defined: set[str] = set()
    for link in links:
        label = labels.get(link.start)
        counts = label is None or (label[1] in used and label[1] not in defined)
        defined |= {label[1]} if label else set()
        if link.form != "autolink" and link.raw and counts:
            first.setdefault(link.raw, PickedLink(link.raw, link.line, link.form))
    return list(first.values())


@settings(max_examples=count_trials(120, 400), deadline=None)
@given(TEXTS)
@example("`a` [x](one.md) `b\n[y](two.md)` c")
@example("```\n[a](x.md)\n```\n[a](y.md)")
@example("a < b\n[a](x.md)")
@example("[r]: x.md\n\n[s]: <y.md>")
@example("[r] [s][]\n\n[r]: x.md\n\n[s]: <y.md>")
@example("[r]\n\n[r]: x.md\n[r]: y.md")
@example("<a href=\"x.md\"> <img src='y.md'>")
def test_what_is_picked_is_what_find_links_finds(text: str) -> None:
    """Whatever the text, the links picked are those of the full scan, with their lines."""
    assert sorted(pick_links(text, bool, absolute=True)) == sorted(find_all(text))


@settings(max_examples=count_trials(50, 200), deadline=None)
@given(TEXTS, st.sampled_from(("x.md", "y.md", "d.md", "item.md", "v.md", "l.md")))
def test_one_target_can_be_asked_for(text: str, target: str) -> None:
    """Asking for one destination gives its first link, or nothing."""
    assert pick_links(text, lambda raw: raw == target) == [
        link for link in find_all(text) if link.raw == target
    ]


def test_nothing_wanted_is_nothing_found() -> None:
    """A text whose links are all fine gives none."""
    assert pick_links("[a](x.md)\n", lambda _: False) == []


def test_an_unfinished_link_hides_no_other() -> None:
    """A link that never ends does not swallow the one that begins inside of it."""
    body = "[a](\n[a](x.md)\n"
    assert [picked.raw for picked in pick_links(body, lambda raw: raw == "x.md")] == ["x.md"]
