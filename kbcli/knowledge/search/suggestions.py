"""Queries to try instead of one that found nothing: with other filter values, without what narrows it down."""

import re
from collections.abc import Callable, Mapping
from itertools import islice

from kbcli.foundation.text.words import LONGEST
from kbcli.knowledge.index.port import Vocabulary
from kbcli.knowledge.index.schema import NO_OWNER
from kbcli.knowledge.search.context import SearchContext
from kbcli.knowledge.search.query import FILTER_NAMES, QUOTE_SIGNS, Filter, Query, parse_query
from kbcli.knowledge.search.selection import fold_value
from kbcli.knowledge.search.spellings import count_slips
from kbcli.knowledge.trust.states import STATES

_MOST_SCANNED = 6_000
_MOST_SUGGESTIONS = 3


def suggest_queries(context: SearchContext, query: Query, counts: Callable[[Query], int]) -> tuple[str, ...]:
    """Queries near one that found nothing, best first, at most three.

    Filter values are put right; and what is left without excluded words or without filters is offered, if
    `counts` says that this finds something.
    """
    suggestions = [*_suggest_values(context, query), *_suggest_looser(query, counts)]
    unique = dict.fromkeys(text for text in suggestions if text not in ("", query.text))
    return tuple(unique)[:_MOST_SUGGESTIONS]


def _suggest_values(context: SearchContext, query: Query) -> list[str]:
    suggestions = []
    for place, part in enumerate(query.filters):
        for value in _list_near_values(context, part):
            filters = [*query.filters[:place], Filter(part.name, (value,)), *query.filters[place + 1 :]]
            suggestions.append(format_query(query._replace(filters=tuple(filters))))
    return suggestions


def _list_near_values(context: SearchContext, part: Filter) -> list[str]:
    """Known values near those of a filter, when it has none that is known."""
    if part.negated or part.name == "title":
        return []
    if part.name == "state":
        if any(value.casefold() in STATES for value in part.values):
            return []
        return [state for value in part.values for state in STATES if state[:2] == value[:2].casefold()]
    for value in part.values:
        for term in fold_value(context.config, part.name, value):
            if context.index.document_frequency(part.name, term):
                return []
    return [near for value in part.values for near in find_near_values(context.index, part.name, value)]


def find_near_values(vocabulary: Vocabulary, field: str, value: str) -> list[str]:
    """Known values of a filter field that look like one that is not known, nearest first."""
    wanted = value.casefold()
    if len(wanted) > LONGEST:
        return []
    most = _allow_slips(wanted)
    found = []
    for term, count in islice(vocabulary.terms(field), _MOST_SCANNED):
        distance = count_slips(wanted, term, most)
        if distance > most and len(wanted) > 2 and (wanted in term or term in wanted):
            distance = most
        if distance <= most and term != NO_OWNER:
            found.append((distance, -count, term))
    return [term for _, _, term in sorted(found)[:3]]


def _allow_slips(text: str) -> int:
    return 1 if len(text) <= 5 else 2 if len(text) <= 11 else 3


def _suggest_looser(query: Query, counts: Callable[[Query], int]) -> list[str]:
    suggestions = []
    if query.excluded_words and counts(wanted := query._replace(excluded_words=())):
        # A word with a minus may have been the option of a command.
        suggestions.append(format_query(wanted._replace(words=(*query.words, *query.excluded_words))))
    if query.filters and query.has_words:
        wide = query._replace(filters=())
        if counts(wide):
            suggestions.append(format_query(wide))
    return suggestions


def tell_filters(query: Query, counts: Callable[[Query], int]) -> tuple[str, ...]:
    """Which filters no card passes by itself, as `counts` says, in a sentence each."""
    alone = (part for part in query.filters if not part.negated)
    return tuple(f"no card has {format_filter(part)}" for part in alone if not counts(Query(filters=(part,))))


def format_freed(query: Query, bare: Query) -> str:
    """A query whose quotes were dropped: its text without them, if that changes nothing else, else as one would type it."""
    text = query.text.translate(dict.fromkeys(map(ord, QUOTE_SIGNS)))
    read = parse_query(text)._replace(text=query.text, words=bare.words)
    return text if read == bare else format_query(bare)


def replace_words(text: str, others: Mapping[str, str]) -> str:
    """A query with other words for some of those in it."""
    for typed, other in others.items():
        pattern = rf"(?<!\w){re.escape(typed)}(?!\w)"
        changed = re.sub(pattern, lambda _, new=other: new, text)  # type: ignore[misc]
        text = changed if changed != text else text.replace(typed, other)
    return text


def format_query(query: Query) -> str:
    """A query as one would type it."""
    parts = [*query.words, *(f"{prefix}*" for prefix in query.prefixes), *map(_quote, query.phrases)]
    parts += map(format_filter, query.filters)
    parts += [f"-{word}" for word in query.excluded_words]
    parts += [f"-{prefix}*" for prefix in query.excluded_prefixes]
    parts += [f"-{_quote(phrase)}" for phrase in query.excluded_phrases]
    return " ".join(parts)


def format_filter(part: Filter) -> str:
    """A filter as one would type it."""
    assert part.name in FILTER_NAMES
    values = ",".join(_quote(value) if re.search(r"[\s,]", value) else value for value in part.values)
    return f"{'-' if part.negated else ''}{part.name}:{values}"


def _quote(text: str) -> str:
    return f'"{text}"'
