"""What a search answers: frozen data, which others render."""

from typing import NamedTuple

from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.search.query import Query
from kbcli.knowledge.trust.states import Trust

Span = tuple[int, int]


class Snippet(NamedTuple):
    """A passage of a card on one line, and where the words of the query stand in it.

    `spans` are (start, end) in characters of `text`, ascending, not overlapping. A passage cut
    out of more text begins or ends with an ellipsis, which is part of `text`. Control characters
    are the renderer's business, except that there are no line breaks and tabs.
    """

    text: str
    spans: tuple[Span, ...] = ()


class Contribution(NamedTuple):
    """What one query word in one field added to a card's score."""

    word: str
    field: str
    score: float


class Factor(NamedTuple):
    """One thing the sum of the contributions was multiplied by, and why."""

    name: str
    value: float


class SynonymUse(NamedTuple):
    """A wording of synonyms.toml that stood in the query, and one that was searched for with it."""

    wording: str
    other: str


class Explanation(NamedTuple):
    """What made up a hit's score.

    `contributions` say which word added what in which field, largest first; times the `factors`
    they add up to the score, unless the card is shown for a translation. `missing` are the words of
    the query that the card does not hold. `synonyms` are those that the query was widened by.
    `shown_for` is the ID of the translation that matched best, when the card is shown for it.
    """

    score: float
    contributions: tuple[Contribution, ...]
    factors: tuple[Factor, ...] = ()
    missing: tuple[str, ...] = ()
    synonyms: tuple[SynonymUse, ...] = ()
    shown_for: str = ""


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
    explanation: Explanation | None = None


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
