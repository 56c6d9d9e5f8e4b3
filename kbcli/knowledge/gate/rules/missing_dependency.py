"""missing-dependency: a value of depends_on that matches nothing."""

import os

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Finding, Findings, Names, Rule, report_card
from kbcli.knowledge.trust.dependencies import CARD_PREFIX

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


def _identify(found: Finding, names: Names) -> tuple[str]:
    if not found.subject.startswith(CARD_PREFIX):
        return (found.subject,)
    return (CARD_PREFIX + names.find_id(found.subject.removeprefix(CARD_PREFIX).strip()),)


def _list_needed(found: Finding, context: CheckContext) -> tuple[str]:
    del context
    return (os.path.normpath(found.subject).replace(os.sep, "/"),)


RULE = Rule(
    id=ID,
    severity="warning",
    title="A dependency that is not there",
    what="A value of depends_on names no file, no card, or is a glob that matches nothing.",
    why="A change to something that does not exist is never noticed.",
    mend="Mend the path, which counts from the git root, or delete it.",
    find=find_missing_dependencies,
    identify=_identify,
    rests_on=_list_needed,
)
