"""claim-expired: a statement that named its own end is past it."""

from kbcli.knowledge.cards.claims import MARK
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card

ID = "claim-expired"


def find_expired_claims(context: CheckContext) -> Findings:
    """Claims of active cards whose last day is before today. Their age counts from the day after."""
    for card, claims, _ in context.claims:
        for claim in claims if card.status == "active" else ():
            days = (context.today - claim.until).days
            if days <= 0:
                continue
            ended = "yesterday" if days == 1 else f"{days} days ago"
            what = f"“{claim.note or claim.excerpt}”" if claim.note or claim.excerpt else "a claim"
            yield report_card(
                ID,
                card,
                f"{what} ended {ended} (valid until {claim.until})",
                f"Mend the text and the date, or delete both; then run `kb verify {card.id}`.",
                line=claim.line,
                subject=f"{claim.until} {claim.note or claim.excerpt}".strip(),
                age=days - 1,
            )


RULE = Rule(
    id=ID,
    severity="error",
    title="A claim past its own end",
    what=f"A comment `<!-- {MARK} DATE note -->` says through which day a text holds, and that day is over.",
    why="The card as a whole may still be verified, while one price or promise in it is known to be wrong.",
    mend="Write what holds now with its new date, or delete the text with its comment, and verify the card.",
    find=find_expired_claims,
)
