"""What a search answers: frozen data, which others render."""

from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.search.query import Query
from kbcli.knowledge.trust.states import Trust

if TYPE_CHECKING:
    from kbcli.knowledge.search.explanation import Explanation

Span = tuple[int, int]


class Snippet(NamedTuple):
    """A passage of a card on one line, and where the words of the query stand in it.

    `spans` are (start, end) in characters of `text`, ascending, not overlapping. A passage cut
    out of more text begins or ends with an ellipsis, which is part of `text`. Control characters
    are the renderer's business, except that there are no line breaks and tabs.
    """

    text: str
    spans: tuple[Span, ...] = ()


class Hit(NamedTuple):
    """One card that answers a query.

    `score` is comparable within one result only. `title_spans` are the query's words in
    `record.title`. `explanation` is there when it was asked for.
    """

    record: CardRecord
    trust: Trust
    score: float
    snippet: Snippet
    title_spans: tuple[Span, ...] = ()
    explanation: "Explanation | None" = None


class SearchResult(NamedTuple):
    """The answer to a query: the best hits, best first.

    `total` is how many cards match, translations of one card counted once; when `total_exact` is
    false it is the most there can be. `corrected` is the query that was answered instead, when no
    card held a word of the one asked; `suggestions` are queries to try, best first. `lang` is the
    language that the query was taken to be in. `warnings` are sentences about what could not be
    used (a damaged synonyms.toml).
    """

    query: Query
    total: int
    hits: tuple[Hit, ...]
    corrected: str | None = None
    suggestions: tuple[str, ...] = ()
    lang: str = ""
    warnings: tuple[str, ...] = ()
    total_exact: bool = True
