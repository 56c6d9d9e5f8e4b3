"""bad-date, changed, claim-expired, due, expired, flagged, future-date, unverified: what the days and the trust state of a card say."""

from kbcli.knowledge.cards.claims import MARK
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.rule import CheckContext, Findings, Rule, report_card, report_problem
from kbcli.knowledge.trust.states import FUTURE_TOLERANCE, Trust, find_warning_window, is_digest


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
            what = f"“{claim.note or claim.excerpt}”" if claim.note or claim.excerpt else "a claim"
            yield report_card(
                "claim-expired",
                card,
                f"{what} ended {_say_age(days)} (valid until {claim.until})",
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


def find_changed_cards(context: CheckContext) -> Findings:
    """Verified cards whose text differs from the verified one: by digest, git history, or the base of a change."""
    for card in context.cards:
        trust = context.trusts[card.path]
        if any(reason.state == "changed" for reason in trust.reasons):
            name = "verified_digest" if card.verified_digest and trust.basis == "digest" else "verified"
            yield report_card(
                "changed",
                card,
                _explain_change(context, card, trust),
                f"Check the change, then run `kb verify {card.id}`.",
                line=card.line_of(name),
            )


def _explain_change(context: CheckContext, card: Card, trust: Trust) -> str:
    if trust.basis == "base" and context.change is not None:
        return f"its text is new since {context.change.base[:10]}, its verification on {card.verified} is not"
    if card.verified_digest and not is_digest(card.verified_digest):
        return f"nothing tells which text was verified on {card.verified}: its digest cannot be read"
    how = "by git history" if trust.basis == "history" else "by its digest"
    return f"its text changed since it was verified on {card.verified} ({how})"


def find_due(context: CheckContext) -> Findings:
    """Verified cards within the warning window before their due date."""
    for card in context.cards:
        trust = context.trusts[card.path]
        if trust.state != "due" or trust.days_left is None:
            continue
        window = find_warning_window(card.verified, trust.due, card.verify_every)
        when = "tomorrow" if trust.days_left == 1 else f"in {trust.days_left} days"
        yield report_card(
            "due",
            card,
            f"due {when}, on {trust.due}",
            f"Check that it is still right, then run `kb verify {card.id}`.",
            line=card.line_of("due" if card.due_on is not None else "verified"),
            age=window - trust.days_left,
        )


def find_expired(context: CheckContext) -> Findings:
    """Active cards whose due date is today or earlier."""
    for card in context.cards:
        trust = context.trusts[card.path]
        if trust.days_left is None or trust.days_left > 0:
            continue
        if any(reason.state == "expired" for reason in trust.reasons):
            age = -trust.days_left
            why = f"verified {card.verified}, every {card.verify_every}"
            if card.due_on is not None or card.verified is None:
                why = f"it was due on {trust.due}"
            yield report_card(
                "expired",
                card,
                f"expired {_say_age(age)} ({why})",
                f"Check that it is still right, then run `kb verify {card.id}`.",
                line=card.line_of("due" if card.due_on is not None else "verified"),
                age=age,
            )


def _say_age(days: int) -> str:
    return "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"


def find_flagged(context: CheckContext) -> Findings:
    """Active cards with a flag."""
    for card in context.cards:
        flag = card.flagged
        if flag is None or card.status != "active":
            continue
        when = f" on {flag.on}" if flag.on is not None else ""
        who = f" by {flag.by}" if flag.by else ""
        reason = f": {flag.reason}" if flag.reason else ""
        yield report_card(
            "flagged",
            card,
            f"flagged as wrong{who}{when}{reason}",
            f"Mend it and run `kb verify --unflag {card.id}`, or take it back with `kb unflag {card.id}`.",
            line=card.line_of("flagged"),
            age=max((context.today - flag.on).days, 0) if flag.on else None,
        )


def find_unverified(context: CheckContext) -> Findings:
    """Active cards without a verification date (one that cannot be read is bad-date's)."""
    for card in context.cards:
        if card.verified is None and card.status == "active" and not context.has_bad_field(card, "verified"):
            yield report_card(
                "unverified",
                card,
                "nobody has verified it",
                f"Check that it is right, then run `kb verify {card.id}`.",
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
    Rule(
        id="changed",
        severity="warning",
        title="A card whose text is not what was verified",
        what="Title, audience or text differ from what the verifier saw. Reflowing a paragraph, tags and owner do not count.",
        why="A verification is of a text: a word changed later was checked by nobody.",
        mend="Check the change and run `kb verify ID`, or put the verified text back.",
        find=find_changed_cards,
    ),
    Rule(
        id="due",
        severity="warning",
        title="A card that falls due soon",
        what="The due date is at most 14 days away, or a quarter of the interval if that is less.",
        why="Verifying before the day keeps the gate green; it never fails a build, not even a strict one.",
        mend="Read it, and run `kb verify ID`.",
        find=find_due,
        lenient=True,
    ),
    Rule(
        id="expired",
        severity="error",
        title="A card past its due date",
        what="The verification is older than the card's interval allows: today is its due date or later.",
        why="Nobody has said for that long that the answer is right, so nobody should rely on it.",
        mend="Read it, mend it where it is wrong, and run `kb verify ID`; or archive it.",
        find=find_expired,
    ),
    Rule(
        id="flagged",
        severity="warning",
        title="A card somebody reported wrong",
        what="The card carries `flagged:` with who, when and why.",
        why="A colleague met a case in which it is wrong; until that is settled nobody should rely on it.",
        mend="Mend the card, or find that it is right after all, and run `kb verify ID`.",
        find=find_flagged,
    ),
    Rule(
        id="unverified",
        severity="warning",
        title="A card nobody has verified",
        what="The card is active and has no verification date.",
        why="Whether it is right rests on whoever wrote it, and on how long ago that was.",
        mend="Have somebody who knows read it, and run `kb verify ID`; or make it a draft.",
        find=find_unverified,
        summarised=True,
    ),
)
