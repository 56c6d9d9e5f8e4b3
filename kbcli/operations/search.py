"""Search: the cards that answer a question."""

import os
from collections.abc import Mapping
from datetime import date

from kbcli.config import Config, load_user_settings
from kbcli.errors import UsageError
from kbcli.foundation.disk.files import find_user_folder
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.operations.base import Base

if TYPE_CHECKING:
    from typing import Unpack

    from kbcli.knowledge.index.sync import EngineUse, OpenIndex
    from kbcli.knowledge.search.engine import SearchResult
    from kbcli.knowledge.search.query import Query
    from kbcli.knowledge.trust.filters import FilterWords
    from kbcli.operations.tickets.search import TicketHit

_FILTERS = frozenset(("tag", "owner", "type", "lang", "product", "state", "status", "audience"))


class SearchAnswer(NamedTuple):
    """What a search found, on which day, and the earlier tickets that are like the question, where they were asked for.

    `engine` says which index answered, where an engine is set.
    """

    result: "SearchResult"
    today: date
    tickets: "tuple[TicketHit, ...]" = ()
    engine: "EngineUse | None" = None


def search_cards(
    kb: Base,
    query: str = "",
    *,
    ticket: bool = False,
    limit: int = 10,
    exact: bool = False,
    explain: bool = False,
    trust_ranking: bool | None = None,
    tickets: int = 0,
    since: str | None = None,
    **filters: "Unpack[FilterWords]",
) -> SearchAnswer:
    """The best `limit` cards for a query; with `ticket`, for a whole text in which nothing is an operator.

    A query of several lines is one too. With `exact` no other spellings are searched for, and every phrase must be held.
    Filters narrow the query down. So many `tickets` are looked for beside, where there is an archive of them, answered
    ones, opened `since` a day: words of customers, so whoever does not ask for them gets none. Raises UsageError for nothing to search for, and for a state, status
    or audience that does not exist.
    """
    # Git looks at the files while this process still imports.
    check = kb.begin_look()
    config, today = kb.config, kb.today
    asked = _make_query(config, query, filters, ticket=ticket)
    priors = load_priors(config, today)
    from kbcli.knowledge.index.sync import limit_question
    from kbcli.knowledge.search.engine import search_cards as search

    def answer(index: "OpenIndex") -> "tuple[SearchResult, EngineUse | None]":
        if index.is_stale:
            kb.say("another kb is updating the index; this answer is from just before")
        found = search(
            config,
            index.reader,
            asked,
            today=today,
            limit=limit,
            trust_ranking=trust_ranking,
            exact=exact,
            explain=explain,
            priors=priors,
        )
        return found, index.engine

    with limit_question(config):
        with kb.show_progress("indexing") as progress:
            result, engine = kb.ask_index(config, answer, progress=progress, check=check, eager=True)
        if not result.hits:
            _say_submodules(kb, asked)
        return SearchAnswer(result, today, _find_tickets(kb, config, asked, tickets, since), engine)


def _say_submodules(kb: Base, query: "Query") -> None:
    """That a path asked for is in a git submodule, where nothing is found."""
    values = [value for part in query.filters if part.name in ("path", "id") for value in part.values]
    places = [value.strip("/") for value in (*values, *query.words) if value in values or "/" in value]
    if not places:
        return
    from kbcli.knowledge.cards.library import explain_submodule, find_submodules

    submodules = find_submodules(kb.config)
    for place in places:
        if where := explain_submodule(kb.config, kb.config.prefix + place, submodules):
            kb.say(f"{place} {where}")


def _find_tickets(
    kb: Base, config: "Config", query: "Query", most: int, since: str | None
) -> "tuple[TicketHit, ...]":
    """The earlier tickets; nothing is loaded where there can be no archive."""
    places = (find_user_folder("data") / "archives", find_user_folder("config") / "config.toml")
    named = os.environ.get("KB_TICKETS") or config.engine_index
    if not most or not (named or any(map(os.path.exists, places))):
        return ()
    from kbcli.operations.tickets.search import find_earlier_tickets

    return find_earlier_tickets(kb, config, query, most, since)


def load_priors(config: Config, today: date) -> Mapping[str, float]:
    """What the scores of cards are multiplied by for their use, by ID; nothing is loaded where no ticket is linked."""
    if not config.use_ranking or not os.path.isdir(os.path.join(config.root, "support", "links")):
        return {}
    from kbcli.support.links.use import rank_use

    return rank_use(config.root, config.boundary, today)


def keep_failed_search(kb: Base, answer: SearchAnswer) -> None:
    """Keep a question that no card answers for `kb gaps`, on this machine, and say so the first time.

    What was narrowed down or excluded from, a ticket, and a search where kb.toml, the environment or the user does not
    want it, is not kept. Raises ConfigError for settings of the user that cannot be read.
    """
    query = answer.result.query
    excluded = (*query.excluded_words, *query.excluded_prefixes, *query.excluded_phrases)
    if (answer.result.hits and not answer.result.is_weak) or query.is_ticket or query.filters or excluded:
        return
    from kbcli.support.links.failed_searches import DAYS_KEPT, keep_failed_search as keep

    settings = load_user_settings()
    for warning in settings.warnings:
        kb.say(warning)
    if kb.config.keep_failed and settings.keep_failed and keep(kb.root, query.text, answer.today):
        about = "redacted, on this machine only; KB_KEEP_FAILED=0 turns that off"
        kb.say(f"what is asked in vain is kept for `kb gaps`, {DAYS_KEPT} days, {about}")


def _make_query(config: Config, text: str, filters: "FilterWords", *, ticket: bool) -> "Query":
    from kbcli.knowledge.search.query import Filter, make_words_query, parse_query

    if ticket or "\n" in text.strip():
        from kbcli.knowledge.search.ticket_text import read_ticket

        query = read_ticket(text)
    else:
        query = parse_query(text)
    if any(filters.get(name) for name in ("state", "status", "audience")):
        from kbcli.knowledge.trust.filters import make_filter

        # A misspelt word here is a mistake; in the query itself it would merely match nothing.
        make_filter(config, **filters)
    if unknown := filters.keys() - _FILTERS:
        raise TypeError(f"no card is chosen by {', '.join(sorted(unknown))}")
    narrowed = tuple(Filter(name, tuple(words)) for name, words in filters.items() if words)  # type: ignore[arg-type]
    if query.is_empty and not narrowed and not query.text:
        raise UsageError("nothing to search for", "Type what the customer asked: kb search 429")
    if query.is_empty and not narrowed:
        # Operators alone, such as -- and *, are what is asked for.
        query = make_words_query(query.text)
    return query._replace(filters=query.filters + narrowed)
