"""changed, due, expired, flagged, unverified: what the trust state of a card says."""

from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card
from kbcli.knowledge.trust.states import Trust, find_warning_window, is_digest


def find_changed_cards(context: CheckContext) -> Findings:
    """Verified cards whose text differs from the verified one, by digest or by git history."""
    for card in context.cards:
        if card.verified_digest and not is_digest(card.verified_digest):
            continue  # bad-field says so
        trust = context.trusts[card.path]
        if any(reason.state == "changed" for reason in trust.reasons):
            how = "by git history" if trust.basis == "history" else "by its digest"
            yield report_card(
                "changed",
                card,
                f"its text changed since it was verified on {card.verified} ({how})",
                f"Check the change, then run `kb verify {card.id}`.",
                line=card.line_of("verified_digest" if card.verified_digest else "verified"),
            )


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
            yield report_card(
                "expired",
                card,
                f"expired {_say_age(age)} ({_explain_due(card, trust)})",
                f"Check that it is still right, then run `kb verify {card.id}`.",
                line=card.line_of("due" if card.due_on is not None else "verified"),
                age=age,
            )


def _say_age(days: int) -> str:
    return "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"


def _explain_due(card: Card, trust: Trust) -> str:
    if card.due_on is not None or card.verified is None:
        return f"it was due on {trust.due}"
    return f"verified {card.verified}, every {card.verify_every}"


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
