"""not-owner: verified by somebody who is not accountable for the card."""

from collections.abc import Sequence

from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card

if TYPE_CHECKING:
    from kbcli.knowledge.past.vouching import Vouching

ID = "not-owner"


def find_outsiders(context: CheckContext) -> Findings:
    """Cards whose verifier is none of the people that their owners stand for.

    Owners are the card's; without any, CODEOWNERS says. A card is left alone when an owner is a
    group whose members nothing names.
    """
    vouching = context.vouching
    for card in vouching.cards:
        owners, place = _find_owners(context, card)
        members = _list_members(vouching, owners)
        if not members or (not card.verified_by and not context.is_known(card, vouching.stamps[card.path])):
            continue
        claims = vouching.list_claims(card)
        allowed = vouching.read_people(members)
        if all(claim & allowed for claim in claims):
            continue
        version = vouching.stamps[card.path].version
        who = card.verified_by or (version.commit.author_name if version is not None else "")
        yield report_card(
            ID,
            card,
            f"it was verified by “{who}”, who is not of its owner {', '.join(owners)}{place}",
            f"Let one of them run `kb verify {card.id}`, or mend the owner.",
            line=card.lines.get("verified_by") or card.line_of("verified"),
            subject=f"{card.verified} {who}",
        )


def _find_owners(context: CheckContext, card: Card) -> tuple[Sequence[str], str]:
    if card.owners:
        return card.owners, ""
    book = context.codeowners
    if book is None:
        return (), ""
    return book.find_owners(context.prefix + card.path), f" (by {book.place})"


def _list_members(vouching: "Vouching", owners: Sequence[str]) -> list[str]:
    """The people of all owners; empty when nothing tells of one of them."""
    members: list[str] = []
    for owner in owners:
        found = vouching.roster.find_members(owner)
        if found is None:
            return []
        members += found
    return members


RULE = Rule(
    id=ID,
    severity="warning",
    title="Verified by somebody outside its owner",
    what="The verifier is neither the owner nor in the owner's group, by kb.toml; for a card without an owner, by CODEOWNERS.",
    why="Whoever is not accountable for an answer may not know that it is wrong.",
    mend="Let somebody of the owner verify it, or correct the owner or the group.",
    find=find_outsiders,
    history=True,
)
