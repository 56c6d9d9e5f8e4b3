"""suspect: something a card depends on changed."""

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card

ID = "suspect"


def find_suspect_cards(context: CheckContext) -> Findings:
    """Verified cards of which a dependency or the translation source changed; one finding for each change."""
    for card in context.cards:
        for reason in context.trusts[card.path].reasons:
            if reason.state == ID:
                translated = reason.text.endswith("translated")
                field = "translation_digest" if translated else "depends_digest"
                yield report_card(
                    ID,
                    card,
                    reason.text,
                    f"Check the card against it, then run `kb verify {card.id}`.",
                    line=card.line_of(field),
                    subject=reason.text.split(" since ", 1)[0],
                )


RULE = Rule(
    id=ID,
    severity="warning",
    title="A card that depends on something that changed",
    what="A file or card of depends_on, or the source of a translation, is not what it was at verification.",
    why="The card may still say what was true before that change.",
    mend="Read the change, mend the card where needed, and run `kb verify ID`.",
    find=find_suspect_cards,
)
