"""Near-duplicates: cards that say the same."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.likeness import DUPLICATE_THRESHOLD
from kbcli.knowledge.likeness.similarity import Places, SimilarTexts

if TYPE_CHECKING:
    from kbcli.knowledge.likeness.cache import ShingleCache
    from kbcli.knowledge.likeness.similarity import Likeness


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


def find_pairs(
    library: Library, threshold: float = DUPLICATE_THRESHOLD, *, only: Collection[str] | None = None
) -> tuple[DuplicatePair, ...]:
    """The pairs of one library at least this alike (0 to 1): see PairFinder."""
    return PairFinder(threshold).find(library, only=only)


def _make_pair(
    library: Library, cards: list[Card], places: Places, likeness: "Likeness"
) -> DuplicatePair | None:
    a, b = (cards[place] for place in places)
    if are_told_apart(library, a, b):
        return None
    shorter = min(a, b, key=lambda card: len(card.shingles))
    return DuplicatePair(a, b, likeness.similarity, likeness.jaccard, shorter if likeness.contained else None)


def are_told_apart(library: Library, a: Card, b: Card) -> bool:
    """Whether two cards say themselves that they are two: one is the other's translation, or distinct from it."""
    if _names(library, a.distinct_from, b) or _names(library, b.distinct_from, a):
        return True
    if _names(library, (a.translation_of,), b) or _names(library, (b.translation_of,), a):
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
