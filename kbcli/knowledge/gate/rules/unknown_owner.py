"""unknown-owner: an owner that kb.toml does not know."""

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card

ID = "unknown-owner"


def find_unknown_owners(context: CheckContext) -> Findings:
    """Owners that are no group, no member of one and nobody of `people`; judged only where kb.toml has any."""
    config = context.config
    if not config.groups and not config.people:
        return
    known = {
        name.casefold()
        for table in (config.groups, config.people)
        for entry in table.items()
        for name in (entry[0], *entry[1])
    }
    for card in context.cards:
        for owner in card.owners:
            if owner.casefold() not in known:
                yield report_card(
                    ID,
                    card,
                    f"its owner “{owner}” is neither a group nor a person of kb.toml",
                    "Mend the name, or add it to groups or people in kb.toml.",
                    line=card.line_of("owner"),
                    subject=owner,
                )


RULE = Rule(
    id=ID,
    severity="warning",
    title="An owner nobody knows",
    what="The owner is neither a group of kb.toml, nor a member of one, nor listed in people.",
    why="A team that was renamed, or a person who left, verifies nothing.",
    mend="Name a group or person of kb.toml, or add this one there.",
    find=find_unknown_owners,
)
