"""bad-date, claim-expired, future-date: days that are none, are over, or have not come."""

from kbcli.knowledge.cards.claims import MARK
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card, report_problem
from kbcli.knowledge.trust.states import FUTURE_TOLERANCE


def find_bad_dates(context: CheckContext) -> Findings:
    """Date fields that are empty, impossible, ambiguous or a template's placeholder; `kb:until` without a date."""
    yield from context.report_problems("bad-date")
    for card, _, problems in context.claims:
        for problem in problems:
            yield report_problem(problem, card)


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
                "claim-expired",
                card,
                f"{what} ended {ended} (valid until {claim.until})",
                f"Mend the text and the date, or delete both; then run `kb verify {card.id}`.",
                line=claim.line,
                subject=f"{claim.until} {claim.note or claim.excerpt}".strip(),
                age=days - 1,
            )


def find_future_dates(context: CheckContext) -> Findings:
    """Verification and flag dates two days ahead or more."""
    limit = context.today + FUTURE_TOLERANCE
    for card in context.cards:
        flagged_on = card.flagged.on if card.flagged is not None else None
        for name, day in (("verified", card.verified), ("flagged", flagged_on)):
            if day is not None and day > limit:
                yield report_card(
                    "future-date",
                    card,
                    f"“{context.config.field_name(name)}” is {day}, which is in the future",
                    "Write the day on which it was done.",
                    line=card.line_of(name),
                    subject=name,
                )


RULES = (
    Rule(
        id="bad-date",
        severity="error",
        title="A date that cannot be read",
        what="A date field is empty, no day of the calendar, could be two days (07/04/2026) or is a placeholder.",
        why="A card whose date cannot be read would otherwise never expire.",
        mend="Write it as YYYY-MM-DD. Where all dates are written another way, set date_style in kb.toml.",
        find=find_bad_dates,
    ),
    Rule(
        id="claim-expired",
        severity="error",
        title="A claim past its own end",
        what=f"A comment `<!-- {MARK} DATE note -->` says through which day a text holds, and that day is over.",
        why="The card as a whole may still be verified, while one price or promise in it is known to be wrong.",
        mend="Write what holds now with its new date, or delete the text with its comment, and verify the card.",
        find=find_expired_claims,
    ),
    Rule(
        id="future-date",
        severity="error",
        title="A date in the future",
        what="A card says that it was verified, or flagged, two days from now or later.",
        why="It would hide the card from the gate for longer than its interval allows.",
        mend="Write the real day; `kb verify ID` stamps today.",
        find=find_future_dates,
    ),
)
