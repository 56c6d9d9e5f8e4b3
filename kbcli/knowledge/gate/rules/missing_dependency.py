"""missing-dependency: a value of depends_on that matches nothing."""

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card

ID = "missing-dependency"


def find_missing_dependencies(context: CheckContext) -> Findings:
    """Values of depends_on that name no file (of at most 50 MB), no glob's match and no card."""
    for card in context.cards:
        for value in context.dependencies.resolve(card).missing:
            yield report_card(
                ID,
                card,
                f"depends_on “{value}” matches nothing that can be read",
                "Mend the path (files count from the git root), or delete it.",
                line=card.line_of("depends_on"),
                subject=value,
            )


RULE = Rule(
    id=ID,
    severity="warning",
    title="A dependency that is not there",
    what="A value of depends_on names no file, no card, or is a glob that matches nothing.",
    why="A change to something that does not exist is never noticed.",
    mend="Mend the path, which counts from the git root, or delete it.",
    find=find_missing_dependencies,
)
