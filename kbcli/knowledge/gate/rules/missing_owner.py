"""missing-owner: nobody is accountable for the card."""

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card

ID = "missing-owner"


def find_missing_owners(context: CheckContext) -> Findings:
    """Active cards without an owner, their own or by a default of kb.toml."""
    for card in context.cards:
        if not card.owners and card.status == "active" and not context.has_bad_field(card, "owner"):
            name = context.config.field_name("owner")
            yield report_card(
                ID,
                card,
                "nobody owns it",
                f"Add {name}: to its front matter, or a default for its folder to kb.toml.",
            )


RULE = Rule(
    id=ID,
    severity="warning",
    title="A card without an owner",
    what="Neither the card nor a default in kb.toml says who is accountable for it.",
    why="When it falls due, nobody is asked.",
    mend="Name a person or a group; kb.toml can give a whole folder an owner.",
    find=find_missing_owners,
    summarised=True,
)
