"""date-went-back: a verification date that is earlier than the one it replaced."""

from collections.abc import Iterator
from datetime import date, timedelta

from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.change import DATE_WENT_BACK, is_put_back
from kbcli.knowledge.gate.rule import CheckContext, Findings, Rule, report_card
from kbcli.knowledge.trust.states import FUTURE_TOLERANCE

_WEEK = timedelta(days=7)


def find_dates_back(context: CheckContext) -> Findings:
    """Cards whose date was later: at the merge base of a change, else before the commit that set the one of now."""
    for card, before, day in _list_earlier(context):
        is_last_year = _is_of_week(card, day)
        asked = "last year typed again?" if is_last_year else "mistyped?"
        yield report_card(
            DATE_WENT_BACK,
            card,
            f"its verification date went back from {before} to {card.verified}; {asked}",
            f"Write the day on which it was verified, or run `kb verify {card.id}`.",
            line=card.line_of("verified"),
            subject=f"{before} {card.verified}",
        )


def _list_earlier(context: CheckContext) -> Iterator[tuple[Card, date, date]]:
    """Cards, their later date of before, and the day on which the one of now was written; reverts are left out."""
    change = context.change
    if change is None:
        yield from _list_earlier_by_history(context)
        return
    for card in context.cards:
        before = change.pairs.get(card.path)
        day = before.verified if before is not None and before is not card else None
        if (
            day is None
            or card.verified is None
            or not card.verified < day <= context.today + FUTURE_TOLERANCE
        ):
            continue
        if _is_of_week(card, context.today) or not change.is_restored(card):
            yield card, day, context.today


def _list_earlier_by_history(context: CheckContext) -> Iterator[tuple[Card, date, date]]:
    from kbcli.knowledge.past.provenance import find_origins

    assert context.history is not None
    if not context.history.available:
        return
    facts = context.vouching.facts
    cards = {card.path: card for card in context.cards if card.verified is not None}
    origins = find_origins(
        cards.values(), context.history, facts, lambda one, other: one.verified == other.verified
    )
    for path, origin in origins.items():
        card, version = cards[path], origin.version
        if origin.why or version is None or card.verified is None:
            continue
        past = [facts.find(blob, path) for blob in version.before]
        days = [one.verified for one in past if one is not None and one.verified is not None]
        day = version.commit.date
        later = [one for one in days if card.verified < one <= day + FUTURE_TOLERANCE]
        if not later or len(later) < len(days):
            continue
        full = context.prefix + (version.old_path or path)
        is_new = _is_of_week(card, day) or not is_put_back(
            context.config, card, full, f"{version.commit.sha}^"
        )
        if is_new:
            yield card, max(later), day


def _is_of_week(card: Card, day: date) -> bool:
    """Whether a date of an earlier year is of the week around a day, but for the year."""
    if card.verified is None or card.verified >= day - 4 * _WEEK:
        return False
    years = (day.year - 1, day.year, day.year + 1)
    # The 29th of February is close enough to the 28th.
    same = (date(year, card.verified.month, min(card.verified.day, 28)) for year in years)
    return any(abs(one - day) <= _WEEK + timedelta(days=3) for one in same)


RULE = Rule(
    id=DATE_WENT_BACK,
    severity="error",
    title="A verification date that went back",
    what="The date of the verification is earlier than the one that it replaced, and the card was not put back as it was.",
    why="Nearly always last year was typed again: the card was just verified, and falls due as if nobody had.",
    mend="Write the right day, or run `kb verify ID`.",
    find=find_dates_back,
    of_change=True,
    history=True,
)
