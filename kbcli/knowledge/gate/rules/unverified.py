"""unverified: nobody has ever verified the card."""

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card

ID = "unverified"


def find_unverified(context: CheckContext) -> Findings:
    """Active cards without a verification date (one that cannot be read is bad-date's)."""
    for card in context.cards:
        if card.verified is None and card.status == "active" and not context.has_bad_field(card, "verified"):
            yield report_card(
                ID, card, "nobody has verified it", f"Check that it is right, then run `kb verify {card.id}`."
            )


RULE = Rule(
    id=ID,
    severity="warning",
    title="A card nobody has verified",
    what="The card is active and has no verification date.",
    why="Whether it is right rests on whoever wrote it, and on how long ago that was.",
    mend="Have somebody who knows read it, and run `kb verify ID`; or make it a draft.",
    find=find_unverified,
    summarised=True,
)
