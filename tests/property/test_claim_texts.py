"""Reading `kb:until` comments in any text."""

from hypothesis import given, settings, strategies as st
from trials import count_trials

from kbcli.knowledge.cards.claims import parse_claims

PIECES = [
    "<!-- kb:until 2027-01-31 x -->",
    "<!-- kb:until",
    "-->",
    "`",
    "```",
    "\n",
    "\n\n",
    "> ",
    "- ",
    "    ",
    "| a |",
    "|-|\n",
    "# ",
    "text ",
    "é",
]


@settings(max_examples=count_trials(50, 300), deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_any_text_can_be_read(body: str) -> None:
    """No text fails, and every place reported is a comment of the text."""
    for place in parse_claims(body):
        assert body[place.start : place.end].startswith("<!--")
        assert body.count("\n", 0, place.start) + 1 == place.line
