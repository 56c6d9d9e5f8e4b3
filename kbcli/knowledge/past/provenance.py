"""Where the present value of something in a card came from, and whether a card changed since its date was set.

A value came from a commit after which the card had it and before which it had it in none of the
commit's parents. So a merge that only passes a value on did not set it, nor did one that chose
between two; clocks do not matter.

Whether a card changed is judged on the main line (the first parents): a branch that was merged is one
change, so that a date is held to the text with which its branch ended, whatever the commits of
that branch did in between. Where the branch was merged beside another edit of the card, the text
of the merge is neither's, and changed. HEAD's own line is judged commit by commit, as it cannot
be told where a change begins, but for `History.since`. Who vouches (`vouching`) is a word
that somebody gave in one commit, and is looked for in the branches' own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

from kbcli.config import Config
from kbcli.errors import GitError
from kbcli.foundation.git.log import History, Version, find_versions, load_history
from kbcli.foundation.git.objects import iterate_blobs
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card

if TYPE_CHECKING:
    from kbcli.knowledge.past.factcache import FactCache

UNCOMMITTED, SHALLOW, MISSING = "uncommitted", "shallow", "missing"
_BATCH = 8
_CLOCKS_DIFFER = timedelta(days=31)

Same = Callable[[Card, Card], bool]


class Origin(NamedTuple):
    """The newest commit that set a value: the card's version there, its number (newest is 0), the card as it was.

    `why` is "" when it is known, else why it is not: `uncommitted` (no commit has the value),
    `shallow` (the clone ends before) or `missing` (the clone lacks old contents).
    """

    why: str
    number: int = -1
    version: Version | None = None
    card: Card | None = None


def find_origins(
    cards: Iterable[Card],
    history: History,
    facts: "FactCache",
    same: Same,
    starts: Mapping[str, int] | None = None,
) -> dict[str, Origin]:
    """By path, where the value came from that `same` compares. Reads back in batches, as far as needed.

    `starts` says from which of its versions on a card is looked for, if not from the newest.
    """
    origins: dict[str, Origin] = {}
    walks = [_Walk(card, history, (starts or {}).get(card.path, 0)) for card in cards]
    while walks:
        texts = {text for walk in walks for text in walk.list_texts()}
        try:
            facts.read(sorted(texts))
        except GitError:
            return origins | {walk.card.path: Origin(MISSING) for walk in walks}
        for walk in walks:
            if (origin := walk.take(facts, same)) is not None:
                origins[walk.card.path] = origin
        walks = [walk for walk in walks if walk.card.path not in origins]
    return origins


class _Walk:
    """Going back through one card's versions."""

    def __init__(self, card: Card, history: History, start: int) -> None:
        self.card = card
        self._versions = history.versions.get(card.path, ())
        self._boundary = history.boundary
        self._position = start
        self._met = False

    def list_texts(self) -> set[tuple[str, str]]:
        """What to read for the next batch: blobs, each as if it lay where the card lies now."""
        batch = self._versions[self._position : self._position + _BATCH]
        return {
            (blob, self.card.path) for version in batch for blob in (version.blob, *version.before) if blob
        }

    def take(self, facts: "FactCache", same: Same) -> Origin | None:
        """Look at the batch; None when the walk has to go on."""
        end = self._position + _BATCH
        for index, version in enumerate(self._versions[self._position : end], self._position):
            if not version.blob:
                continue
            past = facts.find(version.blob, self.card.path)
            if past is None:
                return Origin(MISSING, index, version)
            if not same(self.card, past):
                continue
            self._met = True
            origin = self._judge(facts, same, index, version, past)
            if origin is not None:
                return origin
        self._position = end
        if end < len(self._versions):
            return None
        # Each version had the value from one before it, and the oldest of those is not here.
        return Origin(SHALLOW if self._met else UNCOMMITTED)

    def _judge(
        self, facts: "FactCache", same: Same, index: int, version: Version, past: Card
    ) -> Origin | None:
        """Whether a version that has the value is where it came from; None when a parent had it."""
        for blob in version.before:
            before = facts.find(blob, self.card.path)
            if before is None:
                return Origin(MISSING, index, version, past)
            if same(self.card, before):
                return None
        if version.commit.sha in self._boundary:
            return Origin(SHALLOW, index, version, past)
        return Origin("", index, version, past)


def find_changed(library: Library, history: History, facts: "FactCache | None" = None) -> Mapping[str, bool]:
    """Cards without a digest, by path: whether their text is another than when their date was set.

    The date was set by the oldest commit after which the card had it and before which it had not:
    a merge that passes it on, and a revert that puts it back, verify nothing. What was verified is
    the text with which that change ended (`find_end`). What commits did that `.git-blame-ignore-revs`
    names is no change. A card is left out when it has no
    date, when git does not know it, or when what git has (a shallow or partial clone) ends before
    the date was set, or does not tell what the change was. `history` may end before HEAD, the cards being of then. `facts` saves
    reading versions again that it knows.
    """
    changed: dict[str, bool | None] = {}
    if not history.available:
        return {}
    if facts is None:
        from kbcli.knowledge.past.factcache import FactCache

        facts = FactCache(library.config._replace(root=history.folder or library.config.root), None)
    cards = {
        card.path: card for card in library.cards if needs_history(card) and history.versions.get(card.path)
    }
    starts = dict.fromkeys(cards, 0)
    while cards:
        origins = find_origins(cards.values(), history, facts, _share_date, starts)
        before, cards = cards, {}
        for path, origin in origins.items():
            card = before[path]
            if origin.card is not None and not origin.why:
                end = find_end(card, origin, history, facts)
                same = end is not None and _is_same_text(card, end, origin, history, facts)
                changed[path] = None if end is None else not same
                starts[path] = origin.number + 1
                older = history.versions[path][starts[path] :]
                # A commit of long before that day did not set it, whatever its clock.
                if older and card.verified and older[0].commit.date >= card.verified - _CLOCKS_DIFFER:
                    cards[path] = card
            elif origin.why == UNCOMMITTED:
                # The date is set in the working tree only, beside the text as it stands.
                changed.setdefault(path, False)
    return {path: known for path, known in changed.items() if known is not None}


def _share_date(one: Card, other: Card) -> bool:
    return one.verified == other.verified


def _is_same_text(card: Card, end: Card, origin: Origin, history: History, facts: "FactCache") -> bool:
    """Whether a card's text is that of `end`, or what only mechanical commits made of it."""
    if end.digest == card.digest:
        return True
    same = card.digest
    for version in history.versions[card.path][: origin.number]:
        if version.commit.sha not in history.mechanical:
            continue
        after, before = facts.find(version.blob, card.path), facts.find(version.old_blob, card.path)
        if after is not None and before is not None and after.digest == same:
            same = before.digest
            if same == end.digest:
                return True
    return False


def find_end(card: Card, origin: Origin, history: History, facts: "FactCache") -> Card | None:
    """The card as it was when the change was complete that set its date; None where a shallow clone cannot tell.

    That is the commit itself on the main line, the end of the branch on which it was merged, or
    the card as it stands where its branch is the one that `History.since` makes one change.
    """
    if origin.version is None or origin.card is None or not (origin.number or history.since):
        return origin.card
    tips = history.mainline.tips
    sha = origin.version.commit.sha
    tip = tips.get(sha, sha)
    if history.since and tip == history.head:
        return card
    if tip == sha:
        return origin.card
    for version in history.versions[card.path][: origin.number]:
        past = facts.find(version.blob, card.path) if tips.get(version.commit.sha) == tip else None
        if past is not None and past.verified == card.verified:
            # Where the main line is cut off, commits of its own may seem to be a branch's.
            return None if history.shallow and past.digest != origin.card.digest else past
    return origin.card


def needs_history(card: Card | None) -> bool:
    """Whether only git history tells if a card changed after its date was set: it is dated and has no digest."""
    return card is not None and card.verified is not None and not card.verified_digest


def load_changed(library: Library, read: Callable[[], History] | None = None) -> Mapping[str, bool]:
    """As `find_changed`, the history being read where there is one and a card needs it. Never fails."""
    root = library.config.root
    if library.config.git_root is None or not any(map(needs_history, library.cards)):
        return {}
    try:
        return find_changed(library, load_history(root) if read is None else read())
    except GitError:
        return {}


def judge_change(config: Config, card: Card) -> bool | None:
    """The same of one card, from its own history only; None when nothing tells. Never fails."""
    return load_changed(Library(config, (card,)), partial(find_card_history, config, card)).get(card.path)


def find_card_history(config: Config, card: Card) -> History:
    """The history of one card, renames followed; where the last move is not committed, that of its former name.

    The versions stand under the card's path. Never raises: see `History.why`.
    """
    history = find_versions(config.root, card.path)
    own = history.versions.get(card.path)
    # A file that git last saw deleted here was moved back, or is another one of that name.
    if (own and own[0].blob) or not history.available:
        return history
    ending = next((ending for ending in config.extensions if card.path.endswith(ending)), "")
    for former in reversed(card.former_ids):
        path = former + ending
        versions = find_versions(config.root, path).versions.get(path)
        if versions and versions[0].blob:
            return replace(history, versions={card.path: versions})
    return history


def find_text_by_digest(config: Config, card: Card, digest: str) -> Card | None:
    """The card as its newest version in git had it, renames followed, whose text has a digest; None when history lacks it.

    It is found by its text, so it survives squash, rebase and a wrong date.
    """
    versions = find_card_history(config, card).versions.get(card.path, ())
    paths = {version.blob: version.path for version in reversed(versions) if version.blob}
    for blob, data in iterate_blobs(config.root, reversed(paths)):
        past = read_card(data, paths[blob], config)
        if past.has_digest(digest):
            return past
    return None
