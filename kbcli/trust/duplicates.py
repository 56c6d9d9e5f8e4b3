"""Near-duplicates: cards that say the same, found by their shingles.

How alike two cards are is the share of the shorter one's shingles that the other has too (the
overlap coefficient), so that a paragraph added to a copy does not hide it. It is taken twice:
over the whole texts, and over what is their own, that is without shingles that many cards have
(the text of a template); the smaller of both counts.

Candidates come from one-permutation MinHash signatures, each number of which is a band of its
own: cards that agree in a few bins are then compared exactly.
"""

from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from math import log1p, sqrt
from typing import NamedTuple

from kbcli.cards.library import Library
from kbcli.cards.model import Card
from kbcli.cards.shingles import make_shingles, make_signature, split_tokens
from kbcli.choices import DUPLICATE_THRESHOLD

TEMPLATE_CARDS = 20
"""A shingle that more cards than this have is taken for a template's."""

TITLE_THRESHOLD = 0.6
"""From here on two titles are alike (cosine of their words, rare words counting more)."""

_MIN_SHARED = 4
_MIN_AGREEING_BINS = 3
_CONTAINED_FROM = 0.7
_LONGER_BY = 1.5
_MOST_COUNTERS = 1 << 25


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


class Similar(NamedTuple):
    """A card that a new text is like: `score` from 0 to 1; `contained` when one is a part of the other."""

    card: Card
    score: float
    contained: bool


class _Likeness(NamedTuple):
    similarity: float
    jaccard: float
    contained: bool


class _Text(NamedTuple):
    """The shingles of a text: all of them, sorted, and those that are its own (no template's)."""

    whole: "array[int]"
    own: "array[int]"


class _Shingled:
    """Some cards with their shingles, and in how many of the cards each shingle is.

    Needs about 10 bytes for each word of the cards.
    """

    def __init__(self, cards: Sequence[Card]) -> None:
        self.cards = cards
        wholes = [array("I", sorted(make_shingles(read_text(card)))) for card in cards]
        size = 1 << 16
        while size < _MOST_COUNTERS and size < 2 * sum(map(len, wholes)):
            size *= 2
        self._mask = mask = size - 1
        # Two shingles may share a counter; that can only take a rare one for more frequent.
        self._counters = counters = array("I", bytes(4 * size))
        for whole in wholes:
            for number in whole:
                counters[number & mask] += 1
        self.texts = [self.make_text(whole) for whole in wholes]

    def make_text(self, whole: "array[int]") -> _Text:
        """A text told from the templates of these cards: what more than TEMPLATE_CARDS of them have."""
        counters, mask = self._counters, self._mask
        return _Text(
            whole, array("I", [number for number in whole if counters[number & mask] <= TEMPLATE_CARDS])
        )

    def sign(self, index: int) -> "array[int]":
        """The signature of a card over what is its own, but not its alone: the rest can agree with nobody."""
        counters, mask = self._counters, self._mask
        return make_signature([number for number in self.texts[index].own if counters[number & mask] > 1])


def read_text(card: Card) -> str:
    """What a card says: its title, unless that is a heading of the body, and its body."""
    return card.body if card.heading_title else f"{card.own_title}\n{card.body}"


def find_pairs(
    library: Library, threshold: float = DUPLICATE_THRESHOLD, *, only: Collection[str] | None = None
) -> tuple[DuplicatePair, ...]:
    """The pairs of cards at least this alike (0 to 1), most alike first, then by path.

    Archived cards, translations of one card, and cards of which one lists the other in
    `distinct_from` make no pair. `only` are paths of which at least one card of a pair must be.
    A text that more than TEMPLATE_CARDS cards have is a template and makes no pair, unless the
    cards are word for word the same: then each is paired with the first.
    """
    shingled = _Shingled([card for card in library.cards if card.status != "archived"])
    candidates = _find_candidates(shingled) if only is None else _list_all_with(shingled, frozenset(only))
    pairs = []
    for first, second in chain(candidates, _find_same_templates(shingled)):
        a, b = shingled.cards[first], shingled.cards[second]
        if only is not None and a.path not in only and b.path not in only:
            continue
        likeness = _compare(shingled.texts[first], shingled.texts[second], threshold)
        if likeness is None or are_told_apart(library, a, b):
            continue
        shorter = min((first, second), key=lambda index: len(shingled.texts[index].whole))
        contained = shingled.cards[shorter] if likeness.contained else None
        pairs.append(DuplicatePair(a, b, likeness.similarity, likeness.jaccard, contained))
    unique = {(pair.a.path, pair.b.path): pair for pair in pairs}
    return tuple(
        sorted(unique.values(), key=lambda pair: (-pair.similarity, -pair.jaccard, pair.a.path, pair.b.path))
    )


def _find_candidates(shingled: _Shingled) -> Iterator[tuple[int, int]]:
    """Pairs of cards, the earlier first, whose signatures agree in a few bins."""
    holders: dict[int, list[int]] = {}
    for index in range(len(shingled.cards)):
        met = [holders.setdefault(number, []) for number in shingled.sign(index)]
        for other, bins in Counter(chain.from_iterable(met)).items():
            if bins >= _MIN_AGREEING_BINS:
                yield other, index
        for held in met:
            held.append(index)


def _list_all_with(shingled: _Shingled, paths: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Every pair of which one card is at one of the paths, the earlier first."""
    wanted = [index for index, card in enumerate(shingled.cards) if card.path in paths]
    for index in wanted:
        for other in range(len(shingled.cards)):
            if other != index:
                yield min(index, other), max(index, other)


def _find_same_templates(shingled: _Shingled) -> Iterator[tuple[int, int]]:
    """Of cards with next to nothing of their own, those that are word for word the same, with the first."""
    first: dict[bytes, int] = {}
    for index, text in enumerate(shingled.texts):
        if text.whole and len(text.own) < _MIN_SHARED:
            other = first.setdefault(text.whole.tobytes(), index)
            if other != index:
                yield other, index


def _compare(a: _Text, b: _Text, threshold: float) -> _Likeness | None:
    """How alike two texts are, or None when that is below the threshold or rests on too little."""
    if a.whole == b.whole:
        return _Likeness(1.0, 1.0, contained=False) if a.whole else None
    least = min(len(a.own), len(b.own))
    if least < _MIN_SHARED:
        return None
    shared_own = len(frozenset(a.own).intersection(b.own))
    if shared_own < max(_MIN_SHARED, threshold * least):
        return None
    shared = len(frozenset(a.whole).intersection(b.whole))
    shorter, longer = sorted((len(a.whole), len(b.whole)))
    similarity = min(shared / shorter, shared_own / least)
    if similarity < threshold:
        return None
    contained = similarity >= _CONTAINED_FROM and longer >= _LONGER_BY * shorter
    return _Likeness(similarity, shared / (longer + shorter - shared), contained)


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


def find_similar(
    library: Library, title: str, body: str = "", *, limit: int = 3, threshold: float = DUPLICATE_THRESHOLD
) -> list[Similar]:
    """The cards that a new text is most like, best first, then by path; archived ones left out.

    A card is like it by its text (as in find_pairs) or by its title or an alias; the higher
    score counts. Without a body only titles are compared, which is much faster.
    """
    cards = [card for card in library.cards if card.status != "archived"]
    found = {
        card.path: Similar(card, score, contained=False) for card, score in _find_like_titles(cards, title)
    }
    if body.strip():
        for card, likeness in _find_like_texts(cards, f"{title}\n{body}", threshold):
            if card.path not in found or found[card.path].score <= likeness.similarity:
                found[card.path] = Similar(card, likeness.similarity, likeness.contained)
    return sorted(found.values(), key=lambda similar: (-similar.score, similar.card.path))[:limit]


def _find_like_texts(cards: Sequence[Card], text: str, threshold: float) -> Iterator[tuple[Card, _Likeness]]:
    shingled = _Shingled(cards)
    wanted = shingled.make_text(array("I", sorted(make_shingles(text))))
    for card, known in zip(cards, shingled.texts, strict=True):
        likeness = _compare(wanted, known, threshold)
        if likeness is not None:
            yield card, likeness


def _find_like_titles(cards: Sequence[Card], title: str) -> Iterator[tuple[Card, float]]:
    """Cards with a title or alias like this one; a word weighs more the fewer titles have it."""
    wanted = frozenset(split_tokens(title))
    names = [[frozenset(split_tokens(name)) for name in (card.title, *card.aliases)] for card in cards]
    frequency = Counter(token for card_names in names for token in frozenset().union(*card_names))
    weight = {token: log1p(len(cards) / (1 + frequency[token])) for token in frequency.keys() | wanted}

    def weigh(tokens: frozenset[str]) -> float:
        return sum(weight[token] for token in sorted(tokens))

    full = weigh(wanted)
    for card, card_names in zip(cards, names, strict=True):
        scores = [weigh(wanted & name) / sqrt(full * weigh(name)) for name in card_names if name & wanted]
        if scores and (score := min(max(scores), 1.0)) >= TITLE_THRESHOLD:
            yield card, score
