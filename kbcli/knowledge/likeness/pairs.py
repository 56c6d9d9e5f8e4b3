"""Near-duplicates: cards that say the same, and the shingles of cards, remembered by what is in their files.

The cache is one file for each knowledge base: a line of JSON, and then numbers only. It holds
nothing that cannot be worked out again.
"""

import hashlib
import json
from array import array
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from itertools import accumulate, chain, pairwise
from pathlib import Path
from types import MappingProxyType
from unicodedata import unidata_version

from kbcli import __version__
from kbcli.config import Config
from kbcli.foundation.disk.files import CacheFile, find_cache_folder, name_place, pack_array, unpack_array
from kbcli.foundation.git.objects import DIGEST_SIZE
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.pages import are_versions
from kbcli.knowledge.likeness import DUPLICATE_THRESHOLD
from kbcli.knowledge.likeness.similarity import Likeness, Places, SimilarTexts

MAX_BYTES = 256 * 1024 * 1024
WORTH_WRITING = 0.01
"""From this share of new texts on all are written; fewer are sooner made again."""

_VERSION = 1


class DuplicatePair(NamedTuple):
    """Two cards that say the same, in the order of their paths.

    `similarity` (0 to 1) is the share of the shorter card's text that the other has too,
    `jaccard` the share that is common of what both say together. `contained` is the one of the
    two that stands nearly whole in a notably longer other, or None.
    """

    a: Card
    b: Card
    similarity: float
    jaccard: float
    contained: Card | None = None


class PairFinder:
    """Finds the pairs of one library after the other.

    What the first one and a later one have in common is compared only once: so the pairs of the
    cards before a change cost little beside those of the cards after it. `cache` spares taking texts
    apart that an earlier run has; `digests` are those of the first library's files, by path.
    """

    def __init__(
        self,
        threshold: float = DUPLICATE_THRESHOLD,
        cache: "ShingleCache | None" = None,
        digests: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        self._threshold = threshold
        self._cache = cache
        self._digests = digests
        self._first: SimilarTexts | None = None

    def find(self, library: Library, *, only: Collection[str] | None = None) -> tuple[DuplicatePair, ...]:
        """The pairs of cards that are alike enough, most alike first, then by path.

        Archived cards, translations of one card, and cards of which one lists the other in
        `distinct_from` make no pair. `only` are paths of which at least one card of a pair must be.
        A text that more than TEMPLATE_CARDS cards have is a template and makes no pair, unless the
        cards are word for word the same: then each is paired with the first.
        """
        if self._first is None and self._cache is not None:
            self._cache.lend(library, self._digests)
        cards = [card for card in library.cards if card.status != "archived"]
        wholes = {card.path: card.shingles for card in cards}
        if self._first is not None:
            found = self._first.find_in(wholes)
        else:
            self._first = SimilarTexts(wholes, self._threshold)
            found = self._first.find() if only is None else self._first.find_with(only)
            if self._cache is not None:
                self._cache.keep(library, self._digests)
        pairs = [pair for places, like in found.items() if (pair := _make_pair(library, cards, places, like))]
        return tuple(
            sorted(pairs, key=lambda pair: (-pair.similarity, -pair.jaccard, pair.a.path, pair.b.path))
        )


def _make_pair(
    library: Library, cards: list[Card], places: Places, likeness: Likeness
) -> DuplicatePair | None:
    a, b = (cards[place] for place in places)
    if are_told_apart(library, a, b):
        return None
    shorter = min(a, b, key=lambda card: len(card.shingles))
    return DuplicatePair(a, b, likeness.similarity, likeness.jaccard, shorter if likeness.contained else None)


def are_told_apart(library: Library, a: Card, b: Card) -> bool:
    """Whether two cards are meant to be two: one is the other's translation, distinct from it, or of another version."""
    if _names(library, a.distinct_from, b) or _names(library, b.distinct_from, a):
        return True
    if _names(library, (a.translation_of,), b) or _names(library, (b.translation_of,), a):
        return True
    if are_versions(a.id, b.id):
        return True
    return a.lang != b.lang and _find_source(library, a) == _find_source(library, b)


def _names(library: Library, idents: Collection[str], card: Card) -> bool:
    return any(ident and (ident == card.id or library.find_id(ident) is card) for ident in idents)


def _find_source(library: Library, card: Card) -> str:
    """The ID of the card at the end of the chain of translations; the card's own when it is none."""
    seen = {card.id}
    ident = card.id
    while card.translation_of:
        source = library.find_id(card.translation_of)
        ident = source.id if source is not None else card.translation_of
        if source is None or source.id in seen:
            break
        seen.add(source.id)
        card = source
    return ident


def find_shingle_folder() -> Path:
    """The folder of the caches, which need not exist."""
    return find_cache_folder("shingles")


class ShingleCache:
    """Sorted shingles by the digest of the file they were made from (`objects.digest_content`).

    `folder` is where the file lies; None keeps nothing. It is read when it is first asked.
    """

    def __init__(self, config: Config, folder: Path | None) -> None:
        self._file = CacheFile(folder, f"{name_place(config.root)}.shingles", MAX_BYTES)
        parts = (str(_VERSION), __version__, unidata_version, config.reading)
        self._fingerprint = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
        self._new = 0

    @cached_property
    def _rows(self) -> "dict[bytes, array[int]]":
        return _unpack(self._file.read(), self._fingerprint)

    def find(self, digest: bytes) -> "array[int] | None":
        """The shingles of a file with this digest, or None."""
        return self._rows.get(digest)

    def note(self, digest: bytes, shingles: "array[int]") -> None:
        """Remember the shingles of a file."""
        if self.find(digest) is None:
            self._rows[digest] = shingles
            self._new += 1

    def save(self, used: Iterable[bytes]) -> None:
        """Keep the rows of these digests, if there are enough new ones. Never fails: it is only a cache."""
        rows = {digest: self._rows[digest] for digest in sorted(set(used)) if digest in self._rows}
        if self._new and self._new >= WORTH_WRITING * len(rows):
            self._file.write(_pack(rows, self._fingerprint))
            self._new = 0

    def lend(self, library: Library, digests: Mapping[str, bytes]) -> None:
        """Give the cards (whose files have these digests, by path) the shingles that are known."""
        for card in library.cards:
            digest = digests.get(card.path)
            shingles = None if digest is None else self.find(digest)
            if shingles is not None:
                vars(card).setdefault("shingles", shingles)

    def keep(self, library: Library, digests: Mapping[str, bytes]) -> None:
        """Remember the shingles that the cards have by now, and forget those of other texts."""
        used = []
        for card in library.cards:
            digest = digests.get(card.path)
            if digest is not None and "shingles" in vars(card):
                self.note(digest, card.shingles)
                used.append(digest)
        self.save(used)


def _pack(rows: Mapping[bytes, "array[int]"], fingerprint: str) -> bytes:
    head = json.dumps({"fingerprint": fingerprint, "texts": len(rows)}).encode("ascii")
    numbers = chain(map(len, rows.values()), *rows.values())
    return b"%b\n%b%b" % (head, b"".join(rows), pack_array("I", numbers, "little"))


def _unpack(data: bytes | None, fingerprint: str) -> "dict[bytes, array[int]]":
    """The rows of a cache file; none when it is not what `_pack` wrote for the same settings."""
    head, _, rest = (data or b"").partition(b"\n")
    try:
        facts = json.loads(head)
        count = facts["texts"] if facts["fingerprint"] == fingerprint else 0
        numbers = unpack_array("I", rest[count * DIGEST_SIZE :])
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    if count < 0 or count + sum(numbers[:count]) != len(numbers):
        return {}
    spans = pairwise(accumulate(numbers[:count], initial=count))
    return {
        rest[place * DIGEST_SIZE : (place + 1) * DIGEST_SIZE]: numbers[start:end]
        for place, (start, end) in enumerate(spans)
    }
