"""missing-interval: a verified card that never falls due, by omission."""

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card

ID = "missing-interval"


def find_missing_intervals(context: CheckContext) -> Findings:
    """Verified active cards with neither an interval nor a due date."""
    for card in context.cards:
        if (
            card.verified is None
            or card.status != "active"
            or card.verify_every is not None
            or card.due_on is not None
        ):
            continue
        if context.has_bad_field(card, "verify_every") or context.has_bad_field(card, "due"):
            continue
        name = context.config.field_name("verify_every")
        yield report_card(
            ID,
            card,
            "it is verified, but nothing says when it falls due",
            f"Add {name}:, or verify_every to kb.toml for all cards.",
            line=card.line_of("verified"),
        )


RULE = Rule(
    id=ID,
    severity="warning",
    title="A verified card that never falls due",
    what="The card has a verification date; neither it nor kb.toml has an interval.",
    why="Its verification would count for ever.",
    mend="Say how long a verification is good for: on the card, for its folder, or for all in kb.toml.",
    find=find_missing_intervals,
    summarised=True,
)
