"""bulk-verified: one of many cards that a commit verified at once, with nothing to show for it."""

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card

ID = "bulk-verified"
DEFAULT_LIMIT = 10


def find_bulk_verified_cards(context: CheckContext) -> Findings:
    """Cards that still stand on a commit which verified more than `limit` cards without reason to believe it.

    A card counts when its text and evidence stayed as they were; a commit with an Evidence trailer never does.
    """
    vouching = context.vouching
    setting = context.config.rules.get(ID)
    limit = DEFAULT_LIMIT if setting is None or setting.limit is None else setting.limit
    for card in vouching.cards:
        if not context.is_known(card, vouching.stamps[card.path]):
            continue
        bulk = vouching.bulks.get(card.path)
        if bulk is not None and bulk.cards > limit:
            yield report_card(
                ID,
                card,
                f"{bulk.commit.label} ({bulk.commit.author_name}) verified {bulk.cards} cards at once, and changed and named nothing",
                f"Read it, then run `kb verify {card.id} --evidence …`.",
                line=card.line_of("verified"),
                subject=bulk.commit.sha,
            )


RULE = Rule(
    id=ID,
    severity="warning",
    title="Verified with many others at once",
    what=f"The card's verification was set by a commit that verified more than `limit` cards (default {DEFAULT_LIMIT}) whose texts did not change and that named no evidence.",
    why="Nobody reads dozens of cards in one sitting and finds not a word to change: such dates are moved, not earned.",
    mend="Read and verify the cards one by one; name evidence in the card, or in an Evidence: trailer of the commit.",
    find=find_bulk_verified_cards,
    summarised=True,
    history=True,
)
