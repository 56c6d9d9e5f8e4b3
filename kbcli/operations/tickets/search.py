"""Tickets search: what customers asked before, and what we answered."""

from collections.abc import Sequence
from datetime import date
from math import log

from kbcli.config import Config
from kbcli.errors import KbError, UsageError
from kbcli.foundation.text.pipeline import QueryWord, analyse_query, find_matches
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.knowledge.index.formula import DOUBT
from kbcli.knowledge.index.port import EngineUse
from kbcli.knowledge.search.query import Query, parse_query
from kbcli.knowledge.search.query_words import gather_words
from kbcli.operations.base import Base, read_day
from kbcli.operations.tickets import NoTicketsError, ask_tickets, find_linked_cards, refuse_part
from kbcli.support.tickets.archive import ArchivedTicket
from kbcli.support.tickets.port import TicketFilter, TicketStore

_ENOUGH = 0.4
"""The part of what the words of a question tell that a ticket must hold to be like it."""

_MOST_READ = 10_000
"""Characters of a ticket in which they are looked for."""

_SPARE = 3
"""How many times as many are looked at as are shown: some are gone meanwhile, or were answered by the same text."""

_FIRST_SPARE = 2
"""How many more than are shown are looked at first. Mostly these are enough, and they cost half of what all do."""


class TicketHit(NamedTuple):
    """An earlier ticket that is like the question; `score` compares within one answer, `cards` were linked to it."""

    ticket: ArchivedTicket
    score: float
    cards: tuple[str, ...] = ()


class FoundTickets(NamedTuple):
    """What was asked, and the earlier tickets that are like it, best first; `engine` says who answered, where one is set."""

    query: str
    hits: tuple[TicketHit, ...]
    engine: EngineUse | None = None


def search_tickets(
    kb: Base,
    query: str = "",
    *,
    ticket: bool = False,
    limit: int = 10,
    product: Sequence[str] = (),
    tag: Sequence[str] = (),
    lang: Sequence[str] = (),
    since: str | None = None,
    answered: bool = False,
) -> FoundTickets:
    """The best `limit` tickets for a question; with `ticket`, for a whole text.

    Filters narrow it down: any of the products, tags and languages, opened `since` a day, only those that are
    `answered`. Raises UsageError for nothing to search for, KbError where there is no archive or no index of it.
    """
    config = kb.config
    if ticket or "\n" in query.strip():
        from kbcli.knowledge.search.ticket_text import read_ticket

        asked = read_ticket(query)
    else:
        asked = parse_query(query)
    chosen = TicketFilter(tuple(product), tuple(tag), tuple(lang), read_since(since), answered)
    # Who asks with a whole text reads what comes, and of so many words most are in no other ticket.
    enough = 0.0 if asked.is_ticket else _ENOUGH

    def find(store: TicketStore) -> tuple[TicketHit, ...]:
        hits = find_hits(kb, config, store, asked, chosen, limit, enough)
        if not hits:
            refuse_part(store)
        return hits

    hits, engine = ask_tickets(kb, config, find)
    return FoundTickets(query, hits, engine)


def find_earlier_tickets(
    kb: Base, config: Config, query: Query, most: int, since: str | None
) -> tuple[TicketHit, ...]:
    """The answered tickets that are like what cards were searched for; none where there is no archive.

    What is wrong with it is only said, so that it keeps nobody from the cards. Raises UsageError for what is no day.
    """
    day = read_since(since)
    if query.words or query.phrases:
        chosen = TicketFilter(since=day, is_answered=True)
        try:
            return ask_tickets(kb, config, lambda store: find_hits(kb, config, store, query, chosen, most))[0]
        except (UsageError, NoTicketsError):
            pass
        except KbError as error:
            kb.say(f"no earlier tickets: {error.message}. {error.hint}")
    return ()


def _add_filters(query: Query, chosen: TicketFilter) -> TicketFilter | None:
    """The filter with those that stand in a query; None where a ticket has nothing that these could be of."""
    for part in query.filters:
        if part.negated or part.name not in ("product", "tag", "lang"):
            return None
        held: tuple[str, ...] = getattr(chosen, part.name)
        both: Any = {part.name: held + part.values}
        chosen = chosen._replace(**both)
    return chosen


def read_since(since: str | None) -> date | None:
    """The day since when tickets are looked for. Raises UsageError."""
    return None if since is None else read_day(since, "--since")


def find_hits(
    kb: Base,
    config: Config,
    store: TicketStore,
    query: Query,
    chosen: TicketFilter,
    limit: int,
    enough: float = _ENOUGH,
) -> tuple[TicketHit, ...]:
    """The tickets that hold `enough` of a query, each answer once. Raises UsageError, KbError."""
    narrowed = _add_filters(query, chosen)
    if narrowed is None:
        return ()
    langs = store.list_langs()

    def analyse(text: str) -> list[QueryWord]:
        words = analyse_query(text, langs)
        store.expect(words)
        return words

    phrased = [word for phrase in query.phrases for word in analyse(phrase)]
    words = gather_words(store, query, analyse) + phrased
    if not words:
        raise UsageError("nothing to search for", "Type what the customer asked: kb tickets search 429")
    asked = [_weigh_function(word) for word in words]
    weights = {word: _weigh(store, word) for word in dict.fromkeys(words) if word.required}
    kept: dict[str, tuple[float, ArchivedTicket]] = {}
    for most in sorted({min(limit + _FIRST_SPARE, limit * _SPARE), limit * _SPARE}):
        found = store.search(asked, narrowed, most)
        kept = _keep_like(found, weights, enough, limit)
        if len(kept) == limit or len(found) < most:
            break
    cards = find_linked_cards(kb, config, [ticket.name for _, ticket in kept.values()]) if kept else {}
    return tuple(TicketHit(ticket, score, cards.get(ticket.name, ())) for score, ticket in kept.values())


def _keep_like(
    found: Sequence[tuple[float, ArchivedTicket]], weights: dict[QueryWord, float], enough: float, limit: int
) -> dict[str, tuple[float, ArchivedTicket]]:
    """The first `limit` of the tickets that hold enough, by their answers, each of which counts once."""
    kept: dict[str, tuple[float, ArchivedTicket]] = {}
    for score, ticket in found:
        if len(kept) < limit and ticket.answer not in kept and _is_like(ticket, weights, enough):
            kept[ticket.answer or ticket.name] = (score, ticket)
    return kept


def _weigh_function(word: QueryWord) -> QueryWord:
    """A word that asks and connects counts less, as in cards; left out, they lose a sixth of nDCG@10 (covidfaq: .54, .66)."""
    return word._replace(weight=word.weight * DOUBT) if word.is_function else word


def _weigh(store: TicketStore, word: QueryWord) -> float:
    """How much a word tells: the rarer, the more; what no ticket holds tells least."""
    held = max((store.document_frequency("body", term) for term, _ in word.terms), default=0)
    return log(1 + store.doc_count / (1 + held)) * word.weight if held else 0.1


def _is_like(ticket: ArchivedTicket, weights: dict[QueryWord, float], enough: float) -> bool:
    """Whether a ticket holds enough of what the words of a question tell."""
    if not weights or not enough:
        return True
    words, wanted = list(weights), enough * sum(weights.values())
    held: set[int] = set()
    left = _MOST_READ
    # Most say it early, and reading on takes longer than finding them.
    for text in (ticket.subject, *(message.text for message in ticket.messages)):
        held.update(place for _, _, place in find_matches(text[:left], words, ticket.lang))
        left -= len(text) + 1
        if left <= 0 or sum(weights[words[place]] for place in held) >= wanted:
            break
    return sum(weights[words[place]] for place in held) >= wanted
