"""interval-extended: more time was given to an old verification, instead of a new one."""

from datetime import date

from kbcli.config import CONFIG_NAME
from kbcli.foundation.git.log import CommitInfo
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.rule import CheckContext, Finding, Findings, Rule, report_card, report_file
from kbcli.knowledge.trust.states import TRUSTED, find_due_date

if TYPE_CHECKING:
    from kbcli.knowledge.past.settings import DefaultKey
    from kbcli.knowledge.past.vouching import Vouching

ID = "interval-extended"
_NAMED = 3


class _Revival(NamedTuple):
    """A card that a longer default keeps trusted: what the default was, and when the card was due by it."""

    card: Card
    interval: str
    due: date


def find_extended_intervals(context: CheckContext) -> Findings:
    """Cards that fall due later (or never) than they did when their verification was set, by their own field or by kb.toml's."""
    from kbcli.knowledge.past.provenance import MISSING, Origin
    from kbcli.knowledge.past.settings import find_key

    vouching = context.vouching
    stamps = {}
    for card in vouching.cards:
        stamp = vouching.stamps[card.path]
        if not context.is_known(card, stamp) or stamp.version is None:
            continue
        if not vouching.defaults.is_known and not _names_its_end(card):
            context.is_known(card, Origin(MISSING))
            continue
        stamps[card.path] = stamp
    pasts = vouching.defaults.read_cards(
        {path: stamp.version for path, stamp in stamps.items() if stamp.version}
    )
    revived: dict[DefaultKey, list[_Revival]] = {}
    for card in vouching.cards:
        past = pasts.get(card.path) or (stamps[card.path].card if card.path in stamps else None)
        before, after = (find_due_date(past) if past is not None else None), find_due_date(card)
        if past is None or before is None or (after is not None and after <= before):
            continue
        if card.path not in pasts or _names_its_end(card) or _names_its_end(past):
            yield _report_card(context, vouching, card, before, after, is_due_named=past.due_on is not None)
        elif context.trusts[card.path].state in TRUSTED:
            key = find_key(context.config, card.path)
            revived.setdefault(key, []).append(_Revival(card, str(past.verify_every), before))
    for key, cards in revived.items():
        yield _report_default(context, vouching, key, cards)


def _names_its_end(card: Card) -> bool:
    """Whether the file itself says when the card falls due, so that kb.toml does not."""
    return card.due_on is not None or "verify_every" in card.lines


def _report_card(
    context: CheckContext,
    vouching: "Vouching",
    card: Card,
    before: date,
    after: date | None,
    *,
    is_due_named: bool,
) -> Finding:
    name = "due" if card.due_on is not None or is_due_named else "verify_every"
    end = "is never due" if after is None else f"is due on {after}"
    return report_card(
        ID,
        card,
        f"it was due on {before}, and {end} since {_find_change(vouching, card)}, without a new verification",
        f"Put the interval back, or read the card and run `kb verify {card.id}`.",
        line=card.lines.get(name) or card.line_of("verified"),
        subject=f"{card.verified} {after}",
        age=max((context.today - before).days, 0),
    )


def _report_default(
    context: CheckContext, vouching: "Vouching", key: "DefaultKey", cards: list[_Revival]
) -> Finding:
    from kbcli.knowledge.past.settings import find_interval

    first = cards[0].card
    since = _name_change(vouching.defaults.find_change(first.path))
    then = " or ".join(sorted({one.interval for one in cards}))
    now = find_interval(context.config, first.path) or "nothing"
    where = f" for {', '.join(key.paths)}" if key.paths else ""
    names = ", ".join(one.card.id for one in cards[:_NAMED]) + (", …" if len(cards) > _NAMED else "")
    many = f"{len(cards)} trusted cards ({names}) were" if len(cards) > 1 else f"the trusted card {names} was"
    return report_file(
        ID,
        CONFIG_NAME,
        f"verify_every{where} was {then} and is {now} since {since}; {many} verified before, and not since",
        "Put it back, or read and verify these cards; new verifications get the new interval.",
        line=key.line,
        subject=f"{key.name}{where} {now}",
        age=max((context.today - min(one.due for one in cards)).days, 0),
    )


def _find_change(vouching: "Vouching", card: Card) -> str:
    origin = vouching.find_interval_origin(card)
    if origin.why or origin.version is None:
        return _name_change(None) if origin.why == "uncommitted" else "some commit"
    return _name_change(origin.version.commit)


def _name_change(commit: CommitInfo | None) -> str:
    if commit is None:
        return "a change that is not committed"
    return f"{commit.label} ({commit.author_name})"


RULE = Rule(
    id=ID,
    severity="warning",
    title="An interval lengthened instead of a verification",
    what="The card falls due later, or never, than it did in the commit that set its verification, by its own interval or by a default of kb.toml.",
    why="It is the quiet way to bring an expired card back: nobody read it.",
    mend="Put the interval back, or verify the card; `kb verify ID --every INTERVAL` does both at once.",
    find=find_extended_intervals,
    history=True,
)
