"""unattested: a verification in the name of somebody who had no part in the commit that set it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kbcli.cards.model import Card
from kbcli.trust.context import CheckContext
from kbcli.trust.findings import Finding, report_card
from kbcli.trust.origins import Origin, describe_commit
from kbcli.trust.rule import Rule

if TYPE_CHECKING:
    from kbcli.trust.vouching import Vouching

ID = "unattested"


def find_unattested_cards(context: CheckContext) -> Iterator[Finding]:
    """Cards whose `verified_by` is neither author nor committer of that commit, nor in its trailers."""
    vouching = context.vouching
    for card in vouching.cards if vouching is not None else ():
        assert vouching is not None
        if not card.verified_by or not vouching.list_claims(card):
            continue
        origin = vouching.stamps[card.path]
        if not context.is_known(card, origin) or _is_attested(vouching, card, origin):
            continue
        if any(_is_attested(vouching, card, older) for older in vouching.find_older_stamps(card)):
            continue
        assert origin.version is not None
        commit = origin.version.commit
        yield report_card(
            ID, card,
            f"its verification names “{card.verified_by}”, who had no part in {describe_commit(commit)} that set it ({commit.author_name})",
            f"Let them run `kb verify {card.id} --commit`; or they are one person: say so in .mailmap, or in people of kb.toml.",
            line=card.lines.get("verified_by") or card.line_of("verified"), subject=f"{card.verified} {card.verified_by}",
        )  # fmt: skip


def _is_attested(vouching: "Vouching", card: Card, origin: Origin) -> bool:
    assert origin.version is not None
    witnesses = vouching.identities.list_witnesses(origin.version.commit)
    return all(any(claim & witness for witness in witnesses) for claim in vouching.list_claims(card))


RULE = Rule(
    id=ID,
    severity="warning",
    title="A verification in somebody else's name",
    what="verified_by is neither author nor committer of the commit that set it, nor in its Verified-by or Co-authored-by trailers.",
    why="A verification is a person's word. Names in git are claims too, but a claim that its own commit contradicts is none.",
    mend="Let the verifier commit the stamp (`kb verify ID --commit`), or join the names in .mailmap or kb.toml's people.",
    find=find_unattested_cards,
    history=True,
)
