"""Cards that may answer already what somebody is about to write down: similar ones, and those that say the same."""

from collections.abc import Callable
from datetime import date
from math import log

from kbcli.config import Config
from kbcli.foundation.git.objects import digest_content
from kbcli.foundation.text.pipeline import QueryWord, analyse_query
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import Library, load_card_file
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.walk import stat_card_file
from kbcli.knowledge.index.port import Backend, Question, one_of
from kbcli.knowledge.likeness.pairs import ShingleCache, are_told_apart
from kbcli.knowledge.likeness.similarity import find_similar
from kbcli.knowledge.search.engine import Hit, search_cards
from kbcli.knowledge.search.query import make_ticket_query
from kbcli.knowledge.search.selection import ARCHIVED
from kbcli.knowledge.trust.judging import judge_one
from kbcli.knowledge.trust.states import Trust

_CANDIDATES = 10
_SHARE = 0.5
_NEAR = 0.6
_BODY_CHARACTERS = 2000


def find_similar_cards(
    config: Config, index: Backend, title: str, body: str, *, today: date, limit: int = 3
) -> tuple[Hit, ...]:
    """The cards most like a title and the start of a text, best first; those that share too few words are left out.

    A card must hold the words that tell more than half of what is asked, and score not far below the best.
    """
    queries = [make_ticket_query(title)]
    if body.strip():
        queries.append(make_ticket_query(f"{title}\n{body[:_BODY_CHARACTERS]}"))
    found: dict[str, Hit] = {}
    for query in queries:
        result = search_cards(config, index, query, today=today, limit=_CANDIDATES, exact=True, explain=True)
        best = max((hit.score for hit in result.hits), default=0.0)
        for hit in result.hits:
            if hit.score >= _NEAR * best and _holds_enough(index, hit, query.text, config.lang):
                found.setdefault(hit.record.id, hit)
    return tuple(found.values())[:limit]


def _holds_enough(index: Backend, hit: Hit, text: str, lang: str) -> bool:
    """Whether the words that a card lacks tell less than those it holds; rare words tell most."""
    langs = tuple(dict.fromkeys((hit.record.lang or lang, lang)))
    weights = {word.text: _weigh(index, word) for word in analyse_query(text, langs) if word.required}
    missing = hit.explanation.missing if hit.explanation is not None else weights
    return sum(weights.get(word, 0.0) for word in set(missing)) < _SHARE * sum(weights.values())


def _weigh(index: Backend, word: QueryWord) -> float:
    counts = [index.document_frequency(field, term) for term, _ in word.terms for field in ("title", "body")]
    return log(1 + index.doc_count / (1 + max(counts, default=0)))


class Repeat(NamedTuple):
    """A card that says the same as a new one: `similarity` and `contained` as in a DuplicatePair."""

    card: Card
    trust: Trust
    similarity: float
    contained: Card | None


def find_repeated_cards(
    config: Config,
    index: Backend,
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
    candidates = index.candidates(Question(none_of=(one_of(("status", ARCHIVED)),)), index.doc_count).items
    known = {}
    for done, candidate in enumerate(candidates):
        shingles = cache.find(candidate.digest)
        if shingles is None:
            if progress is not None:
                progress(done, len(candidates))
            card = _read_card(config, candidate.record.path, cache)
            shingles = card.shingles if card is not None else None
        if shingles is not None:
            known[candidate] = shingles
    cache.save(candidate.digest for candidate in candidates)
    found: list[Repeat] = []
    for candidate, likeness in find_similar(new.shingles, known):
        card = _read_card(config, candidate.record.path, cache)
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
