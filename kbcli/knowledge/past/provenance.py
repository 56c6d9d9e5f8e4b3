"""Whether a card without a digest changed after its date was set, as git history tells it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from kbcli.config import Config
from kbcli.errors import GitError
from kbcli.foundation.git.log import History, Version, find_versions, load_history
from kbcli.foundation.git.objects import read_blobs
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.past.factcache import FactCache
from kbcli.knowledge.past.origins import UNCOMMITTED, find_origins

_BATCH = 8
_CLOCKS_DIFFER = timedelta(days=31)


def find_changed(library: Library, history: History, facts: FactCache | None = None) -> Mapping[str, bool]:
    """Cards without a digest, by path: whether their text is another than when their date was set.

    The date was set by the oldest commit after which the card had it and before which it had not:
    a merge that passes it on, and a revert that puts it back, verify nothing. A card is left out when it has no
    date, when git does not know it, or when what git has (a shallow or partial clone) ends before
    the date was set. `history` may end before HEAD, the cards being of then. `facts` saves
    reading versions again that it knows.
    """
    changed: dict[str, bool] = {}
    if not history.available:
        return changed
    facts = facts or FactCache(library.config._replace(root=history.folder or library.config.root), None)
    walks = {
        card.path: (card, 0)
        for card in library.cards
        if card.verified is not None and not card.verified_digest and history.versions.get(card.path)
    }
    while walks:
        versions = {path: history.versions[path][start:] for path, (_, start) in walks.items()}
        cards = [card for card, _ in walks.values()]
        origins = find_origins(
            cards, versions, history, facts, lambda one, other: one.verified == other.verified
        )
        before, walks = walks, {}
        for path, origin in origins.items():
            card, start = before[path]
            if origin.card is not None and not origin.why:
                changed[path] = origin.card.digest != card.digest
                older = versions[path][origin.number + 1 :]
                if older and _may_be_set_before(card, older[0]):
                    walks[path] = card, start + origin.number + 1
            elif origin.why == UNCOMMITTED:
                # The date is set in the working tree only, beside the text as it stands.
                changed.setdefault(path, False)
    return changed


def _may_be_set_before(card: Card, version: Version) -> bool:
    """Whether a commit this old, or an older one, may have set the date first: not long before that day, whatever its clock."""
    return card.verified is not None and version.commit.date >= card.verified - _CLOCKS_DIFFER


def needs_history(cards: Iterable[Card]) -> bool:
    """Whether any card is dated and has no digest, so that only history tells whether it changed."""
    return any(card.verified is not None and not card.verified_digest for card in cards)


def load_changed(library: Library) -> Mapping[str, bool]:
    """As `find_changed`, the history being read where there is one and a card needs it. Never fails."""
    if library.config.git_root is None or not needs_history(library.cards):
        return {}
    try:
        return find_changed(library, load_history(library.config.root))
    except GitError:
        return {}


def judge_change(config: Config, card: Card) -> bool | None:
    """The same of one card, from its own history only; None when nothing tells. Never fails."""
    if config.git_root is None or not needs_history((card,)):
        return None
    try:
        return find_changed(Library(config, (card,)), find_card_history(config, card)).get(card.path)
    except GitError:
        return None


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


class PastText(NamedTuple):
    """A card as one commit left it."""

    card: Card
    version: Version


def find_text_by_digest(config: Config, card: Card, digest: str) -> PastText | None:
    """The newest version of a card in git, renames followed, whose text has a digest; None when history lacks it.

    It is found by its text, so it survives squash, rebase and a wrong date.
    """
    versions = [
        version for version in find_card_history(config, card).versions.get(card.path, ()) if version.blob
    ]
    for start in range(0, len(versions), _BATCH):
        batch = versions[start : start + _BATCH]
        blobs = read_blobs(config.root, {version.blob for version in batch})
        for version in batch:
            data = blobs.get(version.blob)
            if data is None:
                continue
            past = read_card(data, version.path, config)
            if past.digest == digest:
                return PastText(past, version)
    return None
