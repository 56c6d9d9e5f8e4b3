"""expired: the due date has come."""

from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card
from kbcli.knowledge.trust.states import Trust

ID = "expired"


def find_expired(context: CheckContext) -> Findings:
    """Active cards whose due date is today or earlier."""
    for card in context.cards:
        trust = context.trusts[card.path]
        if trust.days_left is None or trust.days_left > 0:
            continue
        if any(reason.state == ID for reason in trust.reasons):
            age = -trust.days_left
            yield report_card(
                ID,
                card,
                f"expired {_say_age(age)} ({explain_due(card, trust)})",
                f"Check that it is still right, then run `kb verify {card.id}`.",
                line=card.line_of("due" if card.due_on is not None else "verified"),
                age=age,
            )


def _say_age(days: int) -> str:
    return "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"


def explain_due(card: Card, trust: Trust) -> str:
    """Where a due date comes from: `verified 2026-07-03, every 90d`, or the date that the card names."""
    if card.due_on is not None or card.verified is None:
        return f"it was due on {trust.due}"
    return f"verified {card.verified}, every {card.verify_every}"


RULE = Rule(
    id=ID,
    severity="error",
    title="A card past its due date",
    what="The verification is older than the card's interval allows: today is its due date or later.",
    why="Nobody has said for that long that the answer is right, so nobody should rely on it.",
    mend="Read it, mend it where it is wrong, and run `kb verify ID`; or archive it.",
    find=find_expired,
)
