"""The trust state of a card: derived from the card and a day, never stored."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kbcli.foundation.calendar import Interval
    from kbcli.knowledge.cards.model import Card

WORST_FIRST = ("flagged", "expired", "changed", "suspect", "unverified", "due", "verified")
STATES = (*WORST_FIRST, "draft", "archived")
TRUSTED = frozenset(("verified", "due"))
INACTIVE = frozenset(("draft", "archived"))
# A stamp made in Auckland must not fail a CI in UTC.
FUTURE_TOLERANCE = timedelta(days=1)
WARNING_DAYS = 14


class TrustFacts(NamedTuple):
    """What a state is judged from. `changed` is None when nothing tells whether the text changed.

    `window` is the number of days before `due` in which a card is due. `basis` says how
    `changed` was found: `digest`, `history`, `base` (by the other side of a change), or `date` when only
    the date is known. `suspect`
    holds one sentence per thing it depends on that changed, `bad_date` what stands for a date and is none.
    """

    status: str
    verified: date | None
    due: date | None
    window: int
    changed: bool | None
    basis: str
    flagged: bool
    flag_reason: str
    suspect: tuple[str, ...] = ()
    bad_date: str = ""


class Reason(NamedTuple):
    """Why a card is in a state: the state, a sentence, and since or until when (None: unknown)."""

    state: str
    text: str
    since: date | None


class Trust(NamedTuple):
    """The judgement: the worst state, every reason (worst first), the due date, days until it.

    `days_left` is negative when the due date has passed, None without one. `basis` is that of
    the facts.
    """

    state: str
    reasons: tuple[Reason, ...]
    due: date | None
    days_left: int | None
    basis: str

    @property
    def is_trusted(self) -> bool:
        """Whether the card can be relied on."""
        return self.state in TRUSTED


def find_due_date(card: "Card") -> date | None:
    """The day from which a card is expired: the one it names, or verified + interval; None without."""
    if card.due_on is not None:
        return card.due_on
    if card.verified is None or card.verify_every is None or card.verify_every.is_never:
        return None
    from kbcli.foundation.calendar import add_interval

    return add_interval(card.verified, card.verify_every)


def find_warning_window(verified: date | None, due: date | None, interval: "Interval | None") -> int:
    """Days before the due date in which a card is `due`: the smaller of 14 and a quarter of the interval."""
    if due is None:
        return 0
    if interval is not None and not interval.is_never:
        return min(WARNING_DAYS, interval.days // 4)
    if verified is not None and due > verified:
        return min(WARNING_DAYS, (due - verified).days // 4)
    return WARNING_DAYS


def gather_facts(
    card: "Card", *, changed: bool | None = None, suspect: tuple[str, ...] = (), unvouched: bool = False
) -> TrustFacts:
    """The facts of a card. A digest in the card decides whether it changed; else `changed`, from history.

    `unvouched`: its text is newer than its verification, so that a digest that fits was not written by it.
    """
    due = find_due_date(card)
    basis = "history" if changed is not None else "date"
    if card.verified_digest:
        changed, basis = not card.has_digest(card.verified_digest), "digest"
    if unvouched and not changed:
        changed, basis = True, "base"
    return TrustFacts(
        status=card.status,
        verified=card.verified,
        due=due,
        window=find_warning_window(card.verified, due, card.verify_every),
        changed=changed,
        basis=basis,
        flagged=card.flagged is not None,
        flag_reason=card.flagged.reason if card.flagged else "",
        suspect=suspect,
        bad_date=card.bad_date,
    )


@lru_cache(maxsize=4096)
def judge_trust(facts: TrustFacts, today: date) -> Trust:
    """The trust state on a day, with every reason for it."""
    days_left = (facts.due - today).days if facts.due is not None else None
    if facts.status in INACTIVE:
        return Trust(
            facts.status,
            (Reason(facts.status, f"status is {facts.status}", None),),
            facts.due,
            days_left,
            facts.basis,
        )
    reasons = sorted(_find_reasons(facts, today), key=lambda reason: WORST_FIRST.index(reason.state))
    return Trust(reasons[0].state, tuple(reasons), facts.due, days_left, facts.basis)


def _find_reasons(facts: TrustFacts, today: date) -> list[Reason]:
    reasons = []
    if facts.flagged:
        reasons.append(Reason("flagged", facts.flag_reason or "reported as wrong", None))
    if facts.verified is None:
        words = f"its date cannot be read ({facts.bad_date})" if facts.bad_date else "nobody has verified it"
        reasons.append(Reason("unverified", words, None))
    elif facts.verified > today + FUTURE_TOLERANCE:
        reasons.append(
            Reason("unverified", f"its verification is dated in the future ({facts.verified})", None)
        )
    else:
        if facts.changed:
            reasons.append(Reason("changed", "its text is not what was verified", facts.verified))
        reasons.extend(Reason("suspect", sentence, None) for sentence in facts.suspect)
    if facts.due is not None and today >= facts.due:
        reasons.append(Reason("expired", f"it was due on {facts.due}", facts.due))
    if not reasons:
        state, text = "verified", f"verified on {facts.verified}"
        if facts.due is not None and (facts.due - today).days <= facts.window:
            state, text = "due", f"it is due on {facts.due}"
        reasons.append(Reason(state, text, facts.due if state == "due" else facts.verified))
    return reasons


def judge_card(
    card: "Card",
    today: date,
    *,
    changed: bool | None = None,
    suspect: tuple[str, ...] = (),
    unvouched: bool = False,
) -> Trust:
    """The trust of a card on a day; `changed` is what git history says of a card without a digest."""
    return judge_trust(gather_facts(card, changed=changed, suspect=suspect, unvouched=unvouched), today)


def judge_source(
    translation_digest: str, source_id: str, has_digest: Callable[[str], bool] | None
) -> tuple[str, ...]:
    """A sentence when the source of a translation changed since, or went; none for a bad stamp.

    `has_digest` tells whether a stamp is of the source's text; None when there is no source any more.
    """
    if not is_digest(translation_digest) or (has_digest is not None and has_digest(translation_digest)):
        return ()
    what = "is gone" if has_digest is None else "changed"
    return (f"its source {source_id} {what} since it was translated",)


def is_digest(text: str) -> bool:
    """Whether a text has the form of a text digest: `v2:` and 32 hexadecimal digits, or `v1:` and 16."""
    import re

    return re.fullmatch(r"v2:[0-9a-f]{32}|v1:[0-9a-f]{16}", text) is not None
