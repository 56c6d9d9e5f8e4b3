"""Claims made visible in a card's text."""

from datetime import date

import pytest

from kbcli.render.cards import mark_claims

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("body", "marked"),
    [
        (
            "<!-- kb:until 2027-01-31 price list 2026 -->\nIt costs 5.\n",
            "⏳ *valid until 2027-01-31:* price list 2026\n\nIt costs 5.\n",
        ),
        ("<!-- kb:until 2026-11-21 -->\n# H\n", "⏳ *valid until 2026-11-21*\n\n# H\n"),
        ("<!-- kb:until 2026-10-31 x -->\n\ntext\n", "⌛ **ended 3 weeks ago (2026-10-31):** x\n\ntext\n"),
        ("a\n<!-- kb:until 2026-11-20 -->\nb", "a\n\n⌛ **ended yesterday (2026-11-20)**\n\nb"),
        ("- a\n- <!-- kb:until 2027-01-31 --> b\n", "- a\n- ⏳ *valid until 2027-01-31* · b\n"),
        ("- a <!-- kb:until 2027-01-31 -->\n", "- a ⏳ *valid until 2027-01-31*\n"),
        ("> <!-- kb:until 2027-01-31 -->\n> b\n", "> ⏳ *valid until 2027-01-31*\n>\n> b\n"),
        ("<!-- kb:until 2027-01-31 a*b<i> -->\nx", "⏳ *valid until 2027-01-31:* a\\*b\\<i\\>\n\nx"),
        ("`<!-- kb:until 2027-01-31 -->`\n", "`<!-- kb:until 2027-01-31 -->`\n"),
        ("<!-- kb:until soon -->\nx\n", "<!-- kb:until soon -->\nx\n"),
        ("no claims\n", "no claims\n"),
    ],
)
def test_a_claim_is_shown_before_what_it_covers(body: str, marked: str) -> None:
    """The reader sees what holds until when, and what has ended, in place of the hidden comment."""
    assert mark_claims(body, TODAY) == marked


def test_a_note_stays_in_its_container() -> None:
    """A note in a list item or quote is a paragraph of that item, and does not swallow the next line."""
    from markdown_it import MarkdownIt

    body = "- one\n  <!-- kb:until 2027-01-31 n -->\n  two\n\n> <!-- kb:until 2027-01-31 q -->\n> three\n"
    html = MarkdownIt("commonmark").render(mark_claims(body, TODAY))
    assert html.count("<li>") == html.count("<blockquote>") == 1
    assert "n</p>" in html
    assert "<p>two</p>" in html
    assert "<p>three</p>" in html
