"""future-date: a day that has not come."""

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card
from kbcli.knowledge.trust.states import FUTURE_TOLERANCE

ID = "future-date"


def find_future_dates(context: CheckContext) -> Findings:
    """Verification and flag dates two days ahead or more."""
    limit = context.today + FUTURE_TOLERANCE
    for card in context.cards:
        flagged_on = card.flagged.on if card.flagged is not None else None
        for name, day in (("verified", card.verified), ("flagged", flagged_on)):
            if day is not None and day > limit:
                yield report_card(
                    ID,
                    card,
                    f"“{context.config.field_name(name)}” is {day}, which is in the future",
                    "Write the day on which it was done.",
                    line=card.line_of(name),
                    subject=name,
                )


RULE = Rule(
    id=ID,
    severity="error",
    title="A date in the future",
    what="A card says that it was verified, or flagged, two days from now or later.",
    why="It would hide the card from the gate for longer than its interval allows.",
    mend="Write the real day; `kb verify ID` stamps today.",
    find=find_future_dates,
)
