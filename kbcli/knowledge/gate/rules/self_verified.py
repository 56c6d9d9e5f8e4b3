"""self-verified: whoever wrote the text last vouches for it."""

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Findings, Rule, report_card

ID = "self-verified"


def find_self_verified_cards(context: CheckContext) -> Findings:
    """Cards whose verifier is author or co-author of the commit that wrote the verified text."""
    vouching = context.vouching
    texts = vouching.find_text_origins(vouching.cards)
    for card in vouching.cards:
        if not context.is_known(card, vouching.stamps[card.path]) or not context.is_known(
            card, texts[card.path]
        ):
            continue
        version = texts[card.path].version
        assert version is not None
        editors = frozenset[str]().union(*vouching.identities.list_editors(version.commit))
        claims = vouching.list_claims(card)
        if claims and all(claim & editors for claim in claims):
            who = card.verified_by or version.commit.author_name
            yield report_card(
                ID,
                card,
                f"“{who}” verified the text that they wrote ({version.commit.label})",
                f"Let somebody else read it and run `kb verify {card.id}`.",
                line=card.lines.get("verified_by") or card.line_of("verified"),
                subject=f"{card.verified} {who}",
            )


RULE = Rule(
    id=ID,
    severity="off",
    title="Verified by its own writer",
    what="The verifier is author or co-author of the commit that last changed the verified text.",
    why="Where four eyes are asked for, two have read it.",
    mend="Let somebody else verify it.",
    find=find_self_verified_cards,
    history=True,
)
