"""Whether a card without a digest changed after its date was set, as git history tells it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from kbcli.cards.library import Library
from kbcli.cards.model import Card
from kbcli.cards.reader import read_card
from kbcli.config import Config
from kbcli.errors import GitError
from kbcli.files.history import History, Version, find_versions, load_history, read_blobs

_BATCH = 8


def find_changed(library: Library, history: History) -> Mapping[str, bool]:
    """Cards without a digest, by path: whether their text changed after the commit that set the date.

    That commit is the oldest of the newest versions in a row that carry the date of now. A card
    is left out when it has no date, when git does not know it, or when what git has (a shallow or
    partial clone) ends before the date was set. Versions are read in batches, as many as needed.
    """
    changed: dict[str, bool] = {}
    if not history.available:
        return changed
    walks = [
        _Walk(card, history.versions[card.path])
        for card in library.cards
        if card.verified is not None and not card.verified_digest and history.versions.get(card.path)
    ]
    while walks:
        wanted = {version.blob for walk in walks for version in walk.next_batch() if version.blob}
        blobs = read_blobs(library.config.root, wanted)
        for walk in walks:
            walk.take(blobs, library.config, shallow=history.shallow)
            if walk.verdict is not None:
                changed[walk.card.path] = walk.verdict
        walks = [walk for walk in walks if not walk.done]
    return changed


class _Walk:
    """Going back through the versions of one card until its date was another one.

    `verdict` is None until that is reached, and stays None when git does not reach back so far.
    """

    def __init__(self, card: Card, versions: Sequence[Version]) -> None:
        self.card = card
        self.verdict: bool | None = None
        self.done = False
        self._versions = versions
        self._position = 0
        self._stamped: Card | None = None

    def next_batch(self) -> Sequence[Version]:
        """The versions to be read next."""
        return self._versions[self._position : self._position + _BATCH]

    def take(self, blobs: Mapping[str, bytes], config: Config, *, shallow: bool) -> None:
        """Look at the batch. Versions whose blob is missing from `blobs` end the walk without a verdict."""
        for version in self.next_batch():
            if version.blob and version.blob not in blobs:
                self.done = True
                return
            past = read_card(blobs[version.blob], self.card.path, config) if version.blob else None
            if past is None or past.verified != self.card.verified:
                self._settle()
                return
            self._stamped = past
        self._position += _BATCH
        if self._position >= len(self._versions):
            if shallow:
                self.done = True  # the clone may end just where the date was still older
            else:
                self._settle()

    def _settle(self) -> None:
        """No stamped version means that the date is set in the working tree only, beside the text as it stands."""
        self.verdict = self._stamped is not None and self._stamped.digest != self.card.digest
        self.done = True


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
    if history.versions.get(card.path) or not history.available:
        return history
    ending = next((ending for ending in config.extensions if card.path.endswith(ending)), "")
    for former in reversed(card.former_ids):
        path = former + ending
        if versions := find_versions(config.root, path).versions.get(path):
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
    versions = [version for version in find_card_history(config, card).versions.get(card.path, ()) if version.blob]
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
