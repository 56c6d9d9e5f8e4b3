"""Cards that say what a new one would say again."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from kbcli.config import Config
from kbcli.foundation.git.contents import digest_content
from kbcli.knowledge.cards.library import Library, load_card_file
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.walk import stat_card_file
from kbcli.knowledge.index.whoosh.disk import DiskReader
from kbcli.knowledge.likeness.cache import ShingleCache
from kbcli.knowledge.likeness.pairs import are_told_apart
from kbcli.knowledge.likeness.repeats import find_repeats
from kbcli.knowledge.trust.judging import judge_one
from kbcli.knowledge.trust.states import Trust


class Repeat(NamedTuple):
    """A card that says the same as a new one: `similarity` and `contained` as in a DuplicatePair."""

    card: Card
    trust: Trust
    similarity: float
    contained: Card | None


def find_repeated_cards(
    config: Config,
    reader: DiskReader,
    new: Card,
    cache: ShingleCache,
    *,
    today: date,
    limit: int = 3,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Repeat, ...]:
    """The cards of the index that are near-duplicates of a new one, most alike first.

    Which cards count is as for pairs (`trust.duplicates`). Only files that are not in the cache are
    read. Raises DamagedIndexError.
    """
    archived = frozenset(reader.postings("status", "archived")[0])
    numbers = [number for number in reader.numbers() if number not in archived]
    known = {}
    for done, number in enumerate(numbers):
        digest = reader.digest(number)
        shingles = cache.find(digest)
        if shingles is None:
            if progress is not None:
                progress(done, len(numbers))
            card = _read_card(config, reader.record(number).path, cache)
            shingles = card.shingles if card is not None else None
        if shingles is not None:
            known[number] = shingles
    cache.save(map(reader.digest, numbers))
    found: list[Repeat] = []
    for number, likeness in find_repeats(new.shingles, known):
        card = _read_card(config, reader.record(number).path, cache)
        if card is not None and not are_told_apart(Library(config, (new, card)), new, card):
            contained = min(new, card, key=lambda one: len(one.shingles)) if likeness.contained else None
            found.append(Repeat(card, judge_one(config, card, today), likeness.similarity, contained))
        if len(found) == limit:
            break
    return tuple(found)


def _read_card(config: Config, path: str, cache: ShingleCache) -> Card | None:
    """The card as it is on disk, its shingles in the cache; None when it is gone or cannot be read."""
    digests: list[bytes] = []
    entry = stat_card_file(config, path)
    if entry is None:
        return None
    card = load_card_file(config, entry, lambda _, data: digests.append(digest_content(data)))
    if not isinstance(card, Card):
        return None
    shingles = cache.find(digests[0])
    if shingles is None:
        cache.note(digests[0], card.shingles)
    else:
        vars(card)["shingles"] = shingles
    return card
