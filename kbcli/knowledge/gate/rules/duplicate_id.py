"""duplicate-id: two cards that answer to one name."""

from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card

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


RULE = Rule(
    id=ID,
    severity="error",
    title="Two cards with one ID",
    what="Two files have one ID, IDs differ only in upper and lower case, or a former ID is in use.",
    why="A reference would lead to either card, and some file systems cannot hold both.",
    mend="Rename one with `kb mv`, or delete the former ID from the card it does not belong to.",
    find=find_duplicate_ids,
    archived=True,
)
