"""unattested: a verification in the name of somebody who had no part in the commit that set it."""

from kbcli.foundation.git.log import CommitInfo
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Finding, Findings, Rule, report_card

if TYPE_CHECKING:
    from kbcli.knowledge.past.people import Keys
    from kbcli.knowledge.past.vouching import Vouching

ID = "unattested"


def find_unattested_cards(context: CheckContext) -> Findings:
    """Cards whose `verified_by` is neither author, committer nor signer of that commit, nor in its trailers."""
    vouching = context.vouching
    doubtful: list[tuple[Card, list[CommitInfo]]] = []
    for card in vouching.cards:
        origin = vouching.stamps[card.path]
        if not card.verified_by or not vouching.list_claims(card) or not context.is_known(card, origin):
            continue
        assert origin.version is not None
        commits = [origin.version.commit]
        if not _is_attested(vouching, card, commits[0]):
            commits += (one.version.commit for one in vouching.find_older_stamps(card) if one.version)
            if not any(_is_attested(vouching, card, commit) for commit in commits[1:]):
                doubtful.append((card, commits))
    # Judging a signature starts a program, so it is the last thing asked.
    signers = vouching.find_signers(commit for _, commits in doubtful for commit in commits)
    for card, commits in doubtful:
        if not any(_is_attested(vouching, card, commit, signers.get(commit.sha)) for commit in commits):
            yield _report(card, commits[0])


def _is_attested(vouching: "Vouching", card: Card, commit: CommitInfo, signer: "Keys | None" = None) -> bool:
    witnesses = [*vouching.identities.list_witnesses(commit), signer or frozenset()]
    return all(any(claim & witness for witness in witnesses) for claim in vouching.list_claims(card))


def _report(card: Card, commit: CommitInfo) -> Finding:
    return report_card(
        ID,
        card,
        f"its verification names “{card.verified_by}”, who had no part in {commit.label} that set it ({commit.author_name})",
        f"Let them run `kb verify {card.id} --commit`; or they are one person: say so in .mailmap, or in people of kb.toml.",
        line=card.lines.get("verified_by") or card.line_of("verified"),
        subject=f"{card.verified} {card.verified_by}",
    )


RULE = Rule(
    id=ID,
    severity="warning",
    title="A verification in somebody else's name",
    what="verified_by is neither author, committer nor signer of the commit that set it, nor in its Verified-by or Co-authored-by trailers.",
    why="A verification is a person's word. Names in git are claims too, but a claim that its own commit contradicts is none.",
    mend="Let the verifier commit the stamp (`kb verify ID --commit`), or join the names in .mailmap or kb.toml's people.",
    find=find_unattested_cards,
    history=True,
)
