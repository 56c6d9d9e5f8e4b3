"""changed: the text is no longer what was verified."""

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card
from kbcli.knowledge.trust.dependencies import is_digest

ID = "changed"


def find_changed_cards(context: CheckContext) -> Findings:
    """Verified cards whose text differs from the verified one, by digest or by git history."""
    for card in context.cards:
        if card.verified_digest and not is_digest(card.verified_digest):
            continue  # bad-field says so
        trust = context.trusts[card.path]
        if any(reason.state == ID for reason in trust.reasons):
            how = "by git history" if trust.basis == "history" else "by its digest"
            yield report_card(
                ID,
                card,
                f"its text changed since it was verified on {card.verified} ({how})",
                f"Check the change, then run `kb verify {card.id}`.",
                line=card.line_of("verified_digest" if card.verified_digest else "verified"),
            )


RULE = Rule(
    id=ID,
    severity="warning",
    title="A card whose text is not what was verified",
    what="Title, audience or text differ from what the verifier saw. Reflowing a paragraph, tags and owner do not count.",
    why="A verification is of a text: a word changed later was checked by nobody.",
    mend="Check the change and run `kb verify ID`, or put the verified text back.",
    find=find_changed_cards,
)
