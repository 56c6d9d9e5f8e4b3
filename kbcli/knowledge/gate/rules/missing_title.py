"""missing-title: a card whose front matter names no title."""

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card

ID = "missing-title"


def find_missing_titles(context: CheckContext) -> Findings:
    """Cards shown under their first heading, or under the name of their file."""
    for card in context.cards:
        if (card.own_title and not card.heading_title) or context.has_bad_field(card, "title"):
            continue
        instead = "its first heading" if card.heading_title else "the name of its file"
        name = context.config.field_name("title")
        yield report_card(
            ID,
            card,
            f"it has no title; {instead} is shown: “{card.title}”",
            f"Add {name}: to its front matter.",
        )


RULE = Rule(
    id=ID,
    severity="warning",
    title="A card without a title",
    what="The front matter has no title, so the first heading, or else the file name, is shown.",
    why="The title is what people read first in a list of hits, and what search weighs most.",
    mend="Add a title that says what the reader wants to do, in their words.",
    find=find_missing_titles,
    summarised=True,
)
