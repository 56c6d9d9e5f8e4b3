"""Promises of the top ten as it is shown: what stands in the file shows as itself, and leads nowhere it should not."""

from html.parser import HTMLParser

import pytest

from kbcli.knowledge.cards.model import Mistake
from kbcli.operations.top_ten.show import ShownRow, ShownTopTen
from kbcli.render.formats import View, list_formats, render
from kbcli.support.ledger.top_ten import Row

HOSTILE = "<script>alert(1)</script>\x1b[31m | \u202e [x](javascript:alert(1)) \"'"
ROW = Row(
    HOSTILE, HOSTILE, (HOSTILE,), 12, HOSTILE, "bug", "javascript:alert(1)", HOSTILE, "open", (HOSTILE,)
)
SHOWN = ShownTopTen(
    "2026-11",
    "support/top-ten/2026-11.yaml",
    (ShownRow(ROW, "", (HOSTILE,)), ShownRow(ROW._replace(remedy="https://example.org/a|b?c=d"))),
    (Mistake(3, HOSTILE, ""),),
)


class Page(HTMLParser):
    """The elements of a page, the addresses it leads to, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        values = dict(attrs)
        self.links += [values["href"] or ""] if "href" in values else []
        self.ids += [values["id"] or ""] if "id" in values else []

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("form", list_formats("top-ten show"))
def test_a_hostile_row_reaches_no_terminal_and_no_page_as_it_is(form: str) -> None:
    """No control character of a row is written out, whatever the format."""
    output = render("top-ten show", form, SHOWN, View())
    written = output.text + "".join(output.talk if form != "table" else ())
    assert "\x1b" not in output.text
    assert "\u202e" not in output.text
    assert "alert(1)" in written


def test_the_page_runs_nothing_and_every_link_in_it_leads_somewhere() -> None:
    """Rows are text on the page: links lead to its own sections, or to a remedy on the web."""
    page = Page(render("top-ten show", "html", SHOWN, View()).text)
    assert page.tags.isdisjoint({"script", "img", "iframe", "form"})
    assert "<script>alert(1)</script>" in page.text
    assert len(set(page.ids)) == len(page.ids)
    outside = {link for link in page.links if not link.startswith("#")}
    assert outside == {"https://example.org/a|b?c=d"}
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_markdown_keeps_its_table() -> None:
    """Each row of the table has as many cells as its head, and an address is a link."""
    text = render("top-ten show", "markdown", SHOWN, View()).text
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1
    assert "<https://example.org/a%7Cb?c=d>" in text
