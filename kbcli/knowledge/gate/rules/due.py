"""due: the due date is near."""

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card
from kbcli.knowledge.trust.states import find_warning_window

ID = "due"


def find_due(context: CheckContext) -> Findings:
    """Verified cards within the warning window before their due date."""
    for card in context.cards:
        trust = context.trusts[card.path]
        if trust.state != ID or trust.days_left is None:
            continue
        window = find_warning_window(card.verified, trust.due, card.verify_every)
        when = "tomorrow" if trust.days_left == 1 else f"in {trust.days_left} days"
        yield report_card(
            ID,
            card,
            f"due {when}, on {trust.due}",
            f"Check that it is still right, then run `kb verify {card.id}`.",
            line=card.line_of("due" if card.due_on is not None else "verified"),
            age=window - trust.days_left,
        )


RULE = Rule(
    id=ID,
    severity="warning",
    title="A card that falls due soon",
    what="The due date is at most 14 days away, or a quarter of the interval if that is less.",
    why="Verifying before the day keeps the gate green; it never fails a build, not even a strict one.",
    mend="Read it, and run `kb verify ID`.",
    find=find_due,
    lenient=True,
)
