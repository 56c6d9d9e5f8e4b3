"""interval-extended: more time was given to an old verification, instead of a new one."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from kbcli.cards.model import Card
from kbcli.trust.context import CheckContext
from kbcli.trust.findings import Finding, report_card
from kbcli.trust.origins import describe_commit
from kbcli.trust.rule import Rule
from kbcli.trust.states import find_due_date

if TYPE_CHECKING:
    from kbcli.trust.vouching import Vouching

ID = "interval-extended"


def find_extended_intervals(context: CheckContext) -> Iterator[Finding]:
    """Cards that fall due later (or never) than they did when their verification was set."""
    vouching = context.vouching
    for card in vouching.cards if vouching is not None else ():
        assert vouching is not None
        stamp = vouching.stamps[card.path]
        if not context.is_known(card, stamp) or stamp.card is None:
            continue
        before, after = find_due_date(stamp.card), find_due_date(card)
        if before is None or (after is not None and after <= before):
            continue
        name = "due" if card.due_on is not None or stamp.card.due_on is not None else "verify_every"
        yield report_card(
            ID, card, f"it was due on {before}, and {_describe_end(after)} since {_find_change(vouching, card)}, without a new verification",
            f"Put the interval back, or read the card and run `kb verify {card.id}`.",
            line=card.lines.get(name) or card.line_of("verified"), subject=f"{card.verified} {after}",
            age=max((context.today - before).days, 0),
        )  # fmt: skip


def _describe_end(due: date | None) -> str:
    return "is never due" if due is None else f"is due on {due}"


def _find_change(vouching: "Vouching", card: Card) -> str:
    origin = vouching.find_interval_origin(card)
    if origin.why or origin.version is None:
        return "a change that is not committed" if origin.why == "uncommitted" else "some commit"
    return f"{describe_commit(origin.version.commit)} ({origin.version.commit.author_name})"


RULE = Rule(
    id=ID,
    severity="warning",
    title="An interval lengthened instead of a verification",
    what="The card falls due later, or never, than it did in the commit that set its verification, and the verification is the same.",
    why="It is the quiet way to bring an expired card back: nobody read it.",
    mend="Put the interval back, or verify the card; `kb verify ID --every INTERVAL` does both at once.",
    find=find_extended_intervals,
    history=True,
)
