"""departed: owner or verifier has left."""

from collections.abc import Sequence

from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Finding, Findings, Rule, report_card

if TYPE_CHECKING:
    from kbcli.knowledge.past.settings import Leaver
    from kbcli.knowledge.past.vouching import Vouching

ID = "departed"


def find_departed(context: CheckContext) -> Findings:
    """Cards whose owner or verifier an earlier kb.toml named and today's does not, or whose group lost all members.

    Judged only where kb.toml names people. Somebody whom no kb.toml ever named is not said to have left.
    """
    from kbcli.knowledge.past.settings import find_leavers

    vouching = context.vouching
    if not vouching.roster.names_people:
        return
    people, groups = find_leavers(vouching.config, vouching.history)
    present = vouching.read_people(text for text, _ in vouching.roster.list_people())
    known = {leaver: vouching.identities.read_claim(leaver.text) for leaver in people}
    for card in vouching.cards:
        for claim in vouching.list_claims(card) if card.verified_by else ():
            left = next((leaver for leaver, keys in known.items() if claim & keys), None)
            if left is not None and not claim & present:
                yield _report(
                    card,
                    f"its verifier “{card.verified_by}”",
                    left,
                    "verified_by",
                    "Let somebody who is here verify it.",
                )
    for card in context.cards:
        if card.status == "active":
            yield from _find_departed_owners(vouching, card, people, groups)


def _find_departed_owners(
    vouching: "Vouching", card: Card, people: "Sequence[Leaver]", groups: "Sequence[Leaver]"
) -> Findings:
    present = vouching.read_people(text for text, _ in vouching.roster.list_people())
    for owner in card.owners:
        if vouching.roster.find_members(owner) is not None and vouching.roster.is_group(owner):
            continue
        folded = owner.casefold()
        left = next((leaver for leaver in groups if leaver.text.casefold() == folded), None)
        if left is None and not vouching.roster.is_group(owner):
            claim = vouching.identities.read_claim(owner)
            gone = (leaver for leaver in people if claim & vouching.identities.read_claim(leaver.text))
            left = None if claim & present else next(gone, None)
        if left is not None:
            yield _report(
                card, f"its owner “{owner}”", left, "owner", "Name somebody who is here as its owner."
            )


def _report(card: Card, who: str, left: "Leaver", name: str, hint: str) -> Finding:
    if left.place == left.text:
        message = f"{who} has no members any more: kb.toml had some until {left.until}"
    else:
        place = "" if left.place == "people" else f" of {left.place}"
        message = f"{who} has left: kb.toml had them{place} until {left.until}"
    return report_card(ID, card, message, hint, line=card.line_of(name), subject=f"{name} {left.text}")


RULE = Rule(
    id=ID,
    severity="warning",
    title="Owner or verifier has left",
    what="An earlier kb.toml named the owner or verifier, in groups or people, and today's does not; or the owner is a group that lost all its members.",
    why="Whoever left is asked in vain, and can no longer stand for what they verified.",
    mend="Give the card an owner who is here, and let one of them verify it.",
    find=find_departed,
    history=True,
)
