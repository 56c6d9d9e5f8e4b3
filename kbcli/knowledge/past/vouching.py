"""Who vouched for the cards as they stand: the commit that set each verification, and the people it names.

A verification is one person's word in one commit, so commits of merged branches are looked at each by
itself: identities, trailers and signatures (unattested, not-owner, departed) are of the commit
that set it, and what was verified in one sitting (bulk-verified) is what one commit verified.
Only which text was verified is, as for `changed`, told by the main line: of a card without a
digest it is the one with which the branch ended, and self-verified asks who wrote that.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from kbcli.config import Config
from kbcli.errors import GitError
from kbcli.foundation.git.log import CommitInfo, History, Version
from kbcli.foundation.git.objects import read_blobs
from kbcli.foundation.git.people import find_signers
from kbcli.foundation.groups import group_pairs
from kbcli.foundation.markdown.digest import digest_text
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.cards.walk import select_card_paths
from kbcli.knowledge.past.factcache import FactCache
from kbcli.knowledge.past.people import MACHINES, IdentityBook, Keys, Roster, split_verifiers
from kbcli.knowledge.past.provenance import Origin, find_end, find_origins
from kbcli.knowledge.past.settings import PastDefaults

UNAVAILABLE = "unavailable"
_LINK_TARGET = re.compile(
    r"(\]\()[^()\s]*(?:\([^()\s]*\)[^()\s]*)*|(^ {0,3}\[[^\]]+\]:[ \t]*)\S+", re.MULTILINE
)


class Bulk(NamedTuple):
    """A commit that verified cards at once: how many without changing their text or naming evidence."""

    commit: CommitInfo
    cards: int


class Vouching:
    """The verifications of a knowledge base by its git history.

    `history` need not end at HEAD; `cards` are as they were where it ends, or as they stand.
    """

    def __init__(self, config: Config, cards: Iterable[Card], history: History) -> None:
        self.config = config
        self.history = history
        self.cards = tuple(card for card in cards if card.verified is not None and card.status == "active")
        self.roster = Roster(config.groups, config.people)
        self._folder = history.folder or config.root
        self.facts = FactCache(config._replace(root=self._folder), None)

    @cached_property
    def identities(self) -> IdentityBook:
        """Who is who among all people of the history, the cards and kb.toml."""
        commits = {
            version.commit.sha: version.commit
            for group in self.history.versions.values()
            for version in group
        }
        texts = {text for card in self.cards for text in (*split_verifiers(card.verified_by), *card.owners)}
        texts |= {text for text, _ in self.roster.list_people()}
        # Cards that were laid out elsewhere have the .mailmap of then beside them.
        return IdentityBook(
            self.config,
            commits.values(),
            texts,
            self._folder,
            None if self._folder == self.config.root else self.config.git_root,
        )

    @cached_property
    def defaults(self) -> PastDefaults:
        """The default intervals that held at each commit."""
        return PastDefaults(self.config, self.history, self._folder)

    @cached_property
    def stamps(self) -> Mapping[str, Origin]:
        """By path, the newest commit that set the verification of now: its date, verifier and digest.

        Carrying a digest over a move (`kb mv` repairs links) sets none, nor does another spelling
        of the same verifier.
        """
        if not self.history.available:
            return {card.path: Origin(UNAVAILABLE) for card in self.cards}
        found: dict[str, Origin] = {}
        wanted = {card.path: card for card in self.cards}
        starts = dict.fromkeys(wanted, 0)
        while wanted:
            origins = self._search(wanted.values(), starts)
            carried: dict[str, Card] = {}
            for path, origin in origins.items():
                before = self._find_carried(origin)
                if before is None:
                    found[path] = origin
                else:
                    carried[path], starts[path] = before, origin.number + 1
            wanted = carried
        return found

    def _search(self, cards: Iterable[Card], starts: Mapping[str, int]) -> dict[str, Origin]:
        """The origins of stamps from a version on."""
        return find_origins(cards, self.history, self.facts, self._is_same_stamp, starts)

    def _is_same_stamp(self, one: Card, other: Card) -> bool:
        if one.verified != other.verified or not _has_same_digest(one, other):
            return False
        if one.verified_by == other.verified_by:
            return True
        book = self.identities
        return bool(one.verified_by and book.read_claim(one.verified_by) & book.read_claim(other.verified_by))

    def _find_carried(self, origin: Origin) -> Card | None:
        """The card before, when the commit only brought its digest along with a text that says the same.

        That is one whose links were repaired, or that a commit changed which is known to be mechanical.
        """
        version, after = origin.version, origin.card
        if origin.why or version is None or after is None:
            return None
        is_moving = version.commit.sha in self._moving_commits
        if not is_moving and not self.history.mechanical:
            return None
        for blob in version.before:
            before = self.facts.find(blob, after.path)
            if (
                before is not None
                and (before.verified, before.verified_by) == (after.verified, after.verified_by)
                and before.verified_digest
                and after.verified_digest
                and (
                    (is_moving and self._differ_in_links(blob, version.blob, after.path))
                    or self._is_restamp(before, after, origin.number)
                )
            ):
                return before
        return None

    def _is_restamp(self, before: Card, after: Card, number: int) -> bool:
        """Whether a mechanical commit made of the text that was pinned before the one that is pinned now."""
        if before.digest != after.digest or not after.has_digest(after.verified_digest):
            return False
        steps = [
            version
            for version in self.history.versions[after.path][number + 1 :]
            if version.commit.sha in self.history.mechanical and version.old_blob
        ]
        self.facts.read((blob, after.path) for step in steps for blob in (step.blob, step.old_blob))
        for step in steps:
            old, new = (self.facts.find(blob, after.path) for blob in (step.old_blob, step.blob))
            if old is not None and new is not None and new.digest == after.digest:
                return old.has_digest(before.verified_digest)
        return False

    @cached_property
    def _moving_commits(self) -> frozenset[str]:
        return frozenset(
            version.commit.sha
            for group in self.history.versions.values()
            for version in group
            if version.old_path
        )

    def _differ_in_links(self, one: str, other: str, path: str) -> bool:
        try:
            blobs = read_blobs(self._folder, (one, other))
        except GitError:
            return False
        texts = [read_card(blobs[blob], path, self.config) for blob in (one, other) if blob in blobs]
        bare = {
            digest_text(card.title, card.audience, _LINK_TARGET.sub(r"\1\2", card.body)) for card in texts
        }
        return len(texts) == 2 and len(bare) == 1

    def find_older_stamps(self, card: Card) -> Iterator[Origin]:
        """Further commits that set the same verification before the newest one did: it was undone between."""
        origin = self.stamps[card.path]
        while not origin.why:
            origin = self._search([card], {card.path: origin.number + 1})[card.path]
            if not origin.why:
                yield origin

    def find_text_origins(self, cards: Iterable[Card]) -> Mapping[str, Origin]:
        """By path, the commit that wrote the text which the verification of now was given to."""
        stamped, starts = [], {}
        for card in cards:
            stamp = self.stamps[card.path]
            if stamp.why or stamp.card is None:
                continue
            end = None if card.verified_digest else find_end(card, stamp, self.history, self.facts)
            stamped.append(end or stamp.card)
            # Where its branch went on, the text is looked for from its end.
            starts[card.path] = 0 if end is not None and end.digest != stamp.card.digest else stamp.number
        return find_origins(
            stamped, self.history, self.facts, lambda one, other: one.digest == other.digest, starts
        )

    def find_interval_origin(self, card: Card) -> Origin:
        """The commit that gave a card the interval (or due date) it has now."""

        def is_same(one: Card, other: Card) -> bool:
            return (one.verify_every, one.due_on) == (other.verify_every, other.due_on)

        return find_origins([card], self.history, self.facts, is_same)[card.path]

    def find_signers(self, commits: Iterable[CommitInfo]) -> dict[str, Keys]:
        """By commit ID, the keys of whoever signed it; none where git does not find the signature good.

        What a service committed it signed, too: that is nobody's word, and not looked at.
        """
        chosen = [commit.sha for commit in commits if commit.committer_email.casefold() not in MACHINES]
        return self.identities.read_signers(find_signers(self._folder, chosen)) if chosen else {}

    def list_claims(self, card: Card) -> list[Keys]:
        """Who verified a card, one set of keys a person: by its `verified_by`, else all whom the commit names together.

        Of a group in `verified_by` any member will do. Empty when nothing tells.
        """
        if not card.verified_by:
            version = self.stamps[card.path].version
            if self.stamps[card.path].why or version is None:
                return []
            everybody = frozenset[str]().union(*self.identities.list_witnesses(version.commit))
            return [everybody] if everybody else []
        claims = []
        for text in split_verifiers(card.verified_by):
            members = self.roster.find_members(text) if self.roster.is_group(text) else (text,)
            if members is not None:
                claims.append(self.read_people(members))
        return claims

    def read_people(self, names: Iterable[str]) -> Keys:
        """The keys of any of several people."""
        return frozenset[str]().union(*(self.identities.read_claim(name) for name in names))

    @cached_property
    def bulks(self) -> Mapping[str, Bulk]:
        """By path, the commit that set the verification of now, where it did so without changing the text or naming evidence."""
        setting = group_pairs(
            (origin.version.commit.sha, path)
            for path, origin in self.stamps.items()
            if not origin.why and origin.version is not None and not origin.version.commit.names_evidence
        )
        groups = {id(group): group for group in self.history.versions.values()}.values()
        chosen = [
            version for group in groups for version in group if version.commit.sha in setting and version.blob
        ]
        paths = set(select_card_paths(self.config, sorted({version.path for version in chosen})))
        chosen = [version for version in chosen if version.path in paths and version.before]
        self.facts.read(
            sorted({(blob, version.path) for version in chosen for blob in (version.blob, *version.before)})
        )
        mere = group_pairs({(one.commit.sha, one.path) for one in chosen if self._is_mere_stamp(one)})
        commits = {version.commit.sha: version.commit for version in chosen}
        return {
            path: Bulk(commits[sha], len(mere[sha]))
            for sha, here in setting.items()
            if sha in mere
            for path in here
            if (stamp := self.stamps[path].version) is not None and stamp.path in mere[sha]
        }

    def _is_mere_stamp(self, version: Version) -> bool:
        """Whether a version has a later date than each before it, and else the text and the evidence of one of them."""
        after = self.facts.find(version.blob, version.path)
        if after is None or after.verified is None:
            return False
        same = False
        for blob in version.before:
            before = self.facts.find(blob, version.path)
            if before is None or (before.verified is not None and before.verified >= after.verified):
                return False
            same = same or (before.digest == after.digest and before.evidence == after.evidence)
        return same


def _has_same_digest(one: Card, other: Card) -> bool:
    """Whether two cards pin the same text: `kb verify --pin` writes what was pinned by an older scheme anew."""
    if one.verified_digest == other.verified_digest:
        return True
    is_pinned = other.verified_digest and other.has_digest(other.verified_digest)
    return bool(is_pinned and one.verified_digest and other.has_digest(one.verified_digest))
