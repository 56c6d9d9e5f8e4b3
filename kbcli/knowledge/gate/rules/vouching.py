"""bulk-verified, departed, not-owner, self-verified, unattested, unknown-history: who vouches for a card, by git history."""

from collections.abc import Sequence

from kbcli.config import CONFIG_NAME
from kbcli.foundation.git.log import CommitInfo
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.rule import CheckContext, Finding, Findings, Rule, report_card, report_file

if TYPE_CHECKING:
    from kbcli.knowledge.past.people import Keys
    from kbcli.knowledge.past.settings import Leaver
    from kbcli.knowledge.past.vouching import Vouching

DEFAULT_LIMIT = 10
_NAMED = 3
_REMEDIES = {
    "shallow": (
        "this clone is shallow",
        "Run `git fetch --unshallow` once (in GitHub Actions: fetch-depth: 0; in GitLab CI: GIT_DEPTH: 0).",
    ),
    "missing": (
        "this clone lacks old versions of files",
        "Run `git fetch --refetch --no-filter` once, or clone without --filter.",
    ),
}


def find_bulk_verified_cards(context: CheckContext) -> Findings:
    """Cards that still stand on a commit which verified more than `limit` cards without reason to believe it.

    A card counts when its text and evidence stayed as they were; a commit with an Evidence trailer never does.
    """
    vouching = context.vouching
    setting = context.config.rules.get("bulk-verified")
    limit = DEFAULT_LIMIT if setting is None or setting.limit is None else setting.limit
    for card in vouching.cards:
        if not context.is_known(card, vouching.stamps[card.path]):
            continue
        bulk = vouching.bulks.get(card.path)
        if bulk is not None and bulk.cards > limit:
            yield report_card(
                "bulk-verified",
                card,
                f"{bulk.commit.label} ({bulk.commit.author_name}) verified {bulk.cards} cards at once, and changed and named nothing",
                f"Read it, then run `kb verify {card.id} --evidence …`.",
                line=card.line_of("verified"),
                subject=bulk.commit.sha,
            )


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
                yield _report_departed(
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
            yield _report_departed(
                card, f"its owner “{owner}”", left, "owner", "Name somebody who is here as its owner."
            )


def _report_departed(card: Card, who: str, left: "Leaver", name: str, hint: str) -> Finding:
    if left.place == left.text:
        message = f"{who} has no members any more: kb.toml had some until {left.until}"
    else:
        place = "" if left.place == "people" else f" of {left.place}"
        message = f"{who} has left: kb.toml had them{place} until {left.until}"
    return report_card(
        "departed", card, message, hint, line=card.line_of(name), subject=f"{name} {left.text}"
    )


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
            "not-owner",
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
                "self-verified",
                card,
                f"“{who}” verified the text that they wrote ({version.commit.label})",
                f"Let somebody else read it and run `kb verify {card.id}`.",
                line=card.lines.get("verified_by") or card.line_of("verified"),
                subject=f"{card.verified} {who}",
            )


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
            commit = commits[0]
            yield report_card(
                "unattested",
                card,
                f"its verification names “{card.verified_by}”, who had no part in {commit.label} that set it ({commit.author_name})",
                f"Let them run `kb verify {card.id} --commit`; or they are one person: say so in .mailmap, or in people of kb.toml.",
                line=card.lines.get("verified_by") or card.line_of("verified"),
                subject=f"{card.verified} {card.verified_by}",
            )


def _is_attested(vouching: "Vouching", card: Card, commit: CommitInfo, signer: "Keys | None" = None) -> bool:
    witnesses = [*vouching.identities.list_witnesses(commit), signer or frozenset()]
    return all(any(claim & witness for witness in witnesses) for claim in vouching.list_claims(card))


def find_unknown_histories(context: CheckContext) -> Findings:
    """Cards that another rule of this run could not judge."""
    history = context.history
    for card, why in context.unknown.values():
        reason, hint = _REMEDIES.get(why) or (
            (history.why if history else "") or "there is no git history",
            "Check in a git clone.",
        )
        yield report_card(
            "unknown-history",
            card,
            f"who vouches for it cannot be known: {reason}",
            hint,
            line=card.line_of("verified"),
            subject=f"{card.verified} {card.verified_by}",
        )


def join_unknown(findings: list[Finding]) -> Finding:
    """The findings made into one: they have one cause and one remedy."""
    names = ", ".join(found.card for found in findings[:_NAMED]) + (", …" if len(findings) > _NAMED else "")
    worst = min(findings, key=lambda found: found.severity)
    return report_file(
        "unknown-history",
        CONFIG_NAME,
        f"who vouches for {len(findings)} cards ({names}) {worst.message.partition(' it ')[2]}",
        worst.hint,
        severity=worst.severity,
    )


RULES = (
    Rule(
        id="bulk-verified",
        severity="warning",
        title="Verified with many others at once",
        what=f"The card's verification was set by a commit that verified more than `limit` cards (default {DEFAULT_LIMIT}) whose texts did not change and that named no evidence.",
        why="Nobody reads dozens of cards in one sitting and finds not a word to change: such dates are moved, not earned.",
        mend="Read and verify the cards one by one; name evidence in the card, or in an Evidence: trailer of the commit.",
        find=find_bulk_verified_cards,
        summarised=True,
        history=True,
    ),
    Rule(
        id="departed",
        severity="warning",
        title="Owner or verifier has left",
        what="An earlier kb.toml named the owner or verifier, in groups or people, and today's does not; or the owner is a group that lost all its members.",
        why="Whoever left is asked in vain, and can no longer stand for what they verified.",
        mend="Give the card an owner who is here, and let one of them verify it.",
        find=find_departed,
        history=True,
    ),
    Rule(
        id="not-owner",
        severity="warning",
        title="Verified by somebody outside its owner",
        what="The verifier is neither the owner nor in the owner's group, by kb.toml; for a card without an owner, by CODEOWNERS.",
        why="Whoever is not accountable for an answer may not know that it is wrong.",
        mend="Let somebody of the owner verify it, or correct the owner or the group.",
        find=find_outsiders,
        history=True,
    ),
    Rule(
        id="self-verified",
        severity="off",
        title="Verified by its own writer",
        what="The verifier is author or co-author of the commit that last changed the verified text.",
        why="Where four eyes are asked for, two have read it.",
        mend="Let somebody else verify it.",
        find=find_self_verified_cards,
        history=True,
    ),
    Rule(
        id="unattested",
        severity="warning",
        title="A verification in somebody else's name",
        what="verified_by is neither author, committer nor signer of the commit that set it, nor in its Verified-by or Co-authored-by trailers.",
        why="A verification is a person's word. Names in git are claims too, but a claim that its own commit contradicts is none.",
        mend="Let the verifier commit the stamp (`kb verify ID --commit`), or join the names in .mailmap or kb.toml's people.",
        find=find_unattested_cards,
        history=True,
    ),
    Rule(
        id="unknown-history",
        severity="warning",
        title="A history too short to judge by",
        what="The rules of who may vouch were asked for, and this clone does not reach back to the commit that set a verification.",
        why="What cannot be known is not fine: a shallow clone would hide every bad verification.",
        mend="Fetch the whole history once: `git fetch --unshallow`, or fetch-depth: 0 in the workflow.",
        find=find_unknown_histories,
        history=True,
        closing=True,
        join=join_unknown,
    ),
)
