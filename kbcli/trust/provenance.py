"""Whether a card without a digest changed after its date was set, as git history tells it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kbcli.cards.library import Library
from kbcli.cards.model import Card
from kbcli.cards.reader import read_card
from kbcli.config import Config
from kbcli.files.history import History, Version, find_versions, read_blobs

_BATCH = 8


def find_changed(library: Library, history: History) -> Mapping[str, bool]:
    """Cards without a digest, by path: whether their text changed after the commit that set the date.

    That commit is the oldest of the newest versions in a row that carry today's date. A card is
    left out when it has no date, git does not know it, or a shallow clone ends before the date
    was set. Reads each version at most once, in batches.
    """
    if not history.available:
        return {}
    changed: dict[str, bool] = {}
    open_cards = {
        card.path: card
        for card in library.cards
        if card.verified is not None and not card.verified_digest and history.versions.get(card.path)
    }
    stamped: dict[str, Card] = {}
    start = 0
    while open_cards:
        batch = {path: history.versions[path][start : start + _BATCH] for path in open_cards}
        blobs = read_blobs(library.config.root, {version.blob for group in batch.values() for version in group if version.blob})
        for path, card in list(open_cards.items()):
            ended = start + _BATCH >= len(history.versions[path])
            finished = _walk_back(card, batch[path], blobs, library, stamped)
            if not finished and ended:
                # The first version carries the date already; in a shallow clone that proves nothing.
                finished = not history.shallow
                if not finished:
                    del open_cards[path]
            if finished:
                changed[path] = path in stamped and stamped[path].digest != card.digest
                del open_cards[path]
        start += _BATCH
    return changed


def _walk_back(
    card: Card, versions: Sequence[Version], blobs: Mapping[str, bytes], library: Library, stamped: dict[str, Card]
) -> bool:
    """Note the oldest version so far that has the card's date; whether one with another date was met."""
    for version in versions:
        data = blobs.get(version.blob)
        if data is None:
            return True
        past = read_card(data, card.path, library.config)
        if past.verified != card.verified:
            return True
        stamped[card.path] = past
    return False


class PastText(NamedTuple):
    """A card as one commit left it."""

    card: Card
    version: Version


def find_text_by_digest(config: Config, card: Card, digest: str) -> PastText | None:
    """The newest version of a card in git, renames followed, whose text has a digest; None when history lacks it.

    It is found by its text, so it survives squash, rebase and a wrong date.
    """
    versions = [version for version in find_versions(config.root, card.path).versions.get(card.path, ()) if version.blob]
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
