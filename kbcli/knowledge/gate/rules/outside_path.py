"""outside-path: something leads out of the repository."""

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card
from kbcli.knowledge.trust.dependencies import leaves_repository

ID = "outside-path"
_HINT = "Name something inside the repository."


def find_outside_paths(context: CheckContext) -> Findings:
    """Links, dependencies and translation sources that lead out; none of them was read."""
    yield from context.report_problems(ID)
    for card in context.cards:
        if card.translation_of and leaves_repository(card.translation_of):
            message = f"translation_of “{card.translation_of}” leads outside the repository"
            yield report_card(
                ID, card, message, _HINT, line=card.line_of("translation_of"), subject=card.translation_of
            )
        for value in context.dependencies.resolve(card).outside:
            message = f"depends_on “{value}” leads outside the repository"
            yield report_card(ID, card, message, _HINT, line=card.line_of("depends_on"), subject=value)


RULE = Rule(
    id=ID,
    severity="error",
    title="A path that leaves the repository",
    what="A symbolic link, or a value of depends_on or translation_of, leads outside the repository.",
    why="A clone could otherwise make kb read files of yours that were never meant for it. It was not read.",
    mend="Put the file into the repository, or delete the reference.",
    find=find_outside_paths,
    archived=True,
    of_links=True,
)
