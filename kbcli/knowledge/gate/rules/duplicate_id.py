"""duplicate-id: two cards that answer to one name."""

from collections.abc import Callable

from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Change, Finding, Findings, Rule, report_card

ID = "duplicate-id"


def find_duplicate_ids(context: CheckContext) -> Findings:
    """Equal IDs, IDs that differ only in case, and former IDs that another card has or had."""
    first: dict[str, Card] = {}
    for card in context.cards:
        key = card.id.casefold()
        other = first.setdefault(key, card)
        if other is not card:
            how = "is the ID of" if other.id == card.id else "differs only in case from the ID of"
            message = (
                f"its ID {card.id} {how} {other.path} too"
                if other.id == card.id
                else f"its ID {card.id} {how} {other.path}"
            )
            yield report_card(ID, card, message, "Rename one with `kb mv`.", subject=other.id)
    former: dict[str, Card] = {}
    for card in context.cards:
        for ident in card.former_ids:
            key = ident.casefold()
            other = first.get(key) or former.setdefault(key, card)
            if other is not card:
                how = "is" if key in first else "was also"
                yield report_card(
                    ID,
                    card,
                    f"its former ID {ident} {how} the ID of {other.path}",
                    "Delete it from former_ids of the card that it does not belong to.",
                    line=card.line_of("former_ids"),
                    subject=ident,
                )


def _recall(change: Change) -> Callable[[Finding], bool]:
    """A card and the first holder of the ID both had it before."""
    now = _list_holders(change.now)
    then = {
        ident: {change.names.find_path(path) for path in paths}
        for ident, paths in _list_holders(change.before).items()
    }

    def was_there(found: Finding) -> bool:
        ident = found.subject.casefold()
        holders = then.get(ident, set())
        return found.path in holders and now.get(ident, [""])[0] in holders

    return was_there


def _list_holders(library: Library) -> dict[str, list[str]]:
    """The paths of the cards that have an ID (without case), and after them of those that had it."""
    holders: dict[str, list[str]] = {}
    for card in library.cards:
        holders.setdefault(card.id.casefold(), []).append(card.path)
    for card in library.cards:
        for ident in card.former_ids:
            holders.setdefault(ident.casefold(), []).append(card.path)
    return holders


RULE = Rule(
    id=ID,
    severity="error",
    title="Two cards with one ID",
    what="Two files have one ID, IDs differ only in upper and lower case, or a former ID is in use.",
    why="A reference would lead to either card, and some file systems cannot hold both.",
    mend="Rename one with `kb mv`, or delete the former ID from the card it does not belong to.",
    find=find_duplicate_ids,
    recall=_recall,
    archived=True,
)
