"""Cards that may answer already what somebody is about to write down."""

from datetime import date

from kbcli.config import Config
from kbcli.index.reader import IndexReader
from kbcli.search.engine import search_cards
from kbcli.search.query import make_ticket_query
from kbcli.search.results import Hit

_CANDIDATES = 10
_SHARE = 0.5
_BODY_CHARACTERS = 2000


def find_similar_cards(
    config: Config, reader: IndexReader, title: str, body: str, *, today: date, limit: int = 3
) -> tuple[Hit, ...]:
    """The cards most like a title and the start of a text, best first; those that share too few words are left out.

    A card must hold half of the title's words, or be among the best for title and text and hold
    half of all words looked for.
    """
    queries = [make_ticket_query(title)]
    if body.strip():
        queries.append(make_ticket_query(f"{title}\n{body[:_BODY_CHARACTERS]}"))
    found: dict[str, Hit] = {}
    for query in queries:
        result = search_cards(config, reader, query, today=today, limit=_CANDIDATES, correct=False, explain=True)
        for hit in result.hits:
            if _holds_enough(hit):
                found.setdefault(hit.record.id, hit)
    return tuple(found.values())[:limit]


def _holds_enough(hit: Hit) -> bool:
    why = hit.explanation
    if why is None:
        return False
    held = len({part.word for part in why.contributions})
    return held >= _SHARE * (held + len(why.missing))
