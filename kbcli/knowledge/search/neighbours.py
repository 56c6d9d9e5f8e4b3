"""Cards that may answer already what somebody is about to write down."""

from datetime import date
from math import log

from kbcli.config import Config
from kbcli.foundation.text.pipeline import QueryWord, analyse_query
from kbcli.knowledge.index.reader import IndexReader
from kbcli.knowledge.search.engine import search_cards
from kbcli.knowledge.search.query import make_ticket_query
from kbcli.knowledge.search.results import Hit

_CANDIDATES = 10
_SHARE = 0.5
_NEAR = 0.6
_BODY_CHARACTERS = 2000


def find_similar_cards(
    config: Config, reader: IndexReader, title: str, body: str, *, today: date, limit: int = 3
) -> tuple[Hit, ...]:
    """The cards most like a title and the start of a text, best first; those that share too few words are left out.

    A card must hold the words that tell more than half of what is asked, and score not far below the best.
    """
    queries = [make_ticket_query(title)]
    if body.strip():
        queries.append(make_ticket_query(f"{title}\n{body[:_BODY_CHARACTERS]}"))
    found: dict[str, Hit] = {}
    for query in queries:
        result = search_cards(
            config, reader, query, today=today, limit=_CANDIDATES, correct=False, explain=True
        )
        best = max((hit.score for hit in result.hits), default=0.0)
        for hit in result.hits:
            if hit.score >= _NEAR * best and _holds_enough(reader, hit, query.text, config.lang):
                found.setdefault(hit.record.id, hit)
    return tuple(found.values())[:limit]


def _holds_enough(reader: IndexReader, hit: Hit, text: str, lang: str) -> bool:
    """Whether the words that a card lacks tell less than those it holds; rare words tell most."""
    langs = tuple(dict.fromkeys((hit.record.lang or lang, lang)))
    weights = {word.text: _weigh(reader, word) for word in analyse_query(text, langs) if word.required}
    missing = hit.explanation.missing if hit.explanation is not None else weights
    return sum(weights.get(word, 0.0) for word in set(missing)) < _SHARE * sum(weights.values())


def _weigh(reader: IndexReader, word: QueryWord) -> float:
    counts = [reader.document_frequency(field, term) for term, _ in word.terms for field in ("title", "body")]
    return log(1 + reader.doc_count / (1 + max(counts, default=0)))
