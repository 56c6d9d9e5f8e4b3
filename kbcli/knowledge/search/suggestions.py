"""What the user may have meant: other queries to try when one finds little."""

import re
from collections.abc import Callable

from kbcli.foundation.text.pipeline import QueryWord
from kbcli.knowledge.search.context import SearchContext
from kbcli.knowledge.search.query import FILTER_NAMES, QUOTE_SIGNS, Filter, Query, parse_query
from kbcli.knowledge.search.selection import fold_value
from kbcli.knowledge.search.spelling import find_corrections, find_near_values, find_split, is_correctable
from kbcli.knowledge.trust.states import STATES

_MOST_SUGGESTIONS = 3
_MOST_CORRECTED = 4
_SENTENCE = 7
"""So many words are a sentence, which is meant as it stands: its spelling is not put right unasked."""


Suggestion = tuple[str, bool]
"""A query to try, and whether it may be answered unasked when the first found nothing."""


def choose_correctable(unknown: list[QueryWord]) -> list[QueryWord]:
    """Of words that no card holds those that may be misspelled."""
    found = {word.text: word for word in unknown if is_correctable(word)}
    return list(found.values())[:_MOST_CORRECTED]


def suggest_queries(
    context: SearchContext,
    query: Query,
    unknown: list[QueryWord],
    *,
    found: int,
    counts: Callable[[Query], int],
) -> list[Suggestion]:
    """Queries near the one asked, best first, at most three.

    Misspelled words are put right. When nothing was `found`, also filter values, and what is
    left without quotes or without filters, if `counts` says that this finds something.
    """
    suggestions = _suggest_spellings(context, query, unknown)
    if not found:
        suggestions += _suggest_values(context, query)
        suggestions += _suggest_looser(query, counts)
    unique = {text: (text, sure) for text, sure in reversed(suggestions) if text not in ("", query.text)}
    return list(reversed(unique.values()))[:_MOST_SUGGESTIONS]


def _suggest_spellings(context: SearchContext, query: Query, unknown: list[QueryWord]) -> list[Suggestion]:
    choices = []
    for word in unknown:
        corrections = find_corrections(context, word)
        is_unlike = not corrections or corrections[0].distance > 1
        split = find_split(context, word) if is_unlike else ""
        options = [(split, True)] if split else []
        options += [(item.text, item.sure) for item in corrections]
        if options:
            choices.append((word.text, options))
    if not choices:
        return []
    best = {typed: options[0] for typed, options in choices}
    plans = [best]
    plans += [{**best, typed: option} for typed, options in choices for option in options[1:3]]
    is_short = len(query.words) < _SENTENCE
    return [
        (_replace_words(query.text, plan), is_short and all(sure for _, sure in plan.values()))
        for plan in plans
    ]


def _replace_words(text: str, plan: dict[str, Suggestion]) -> str:
    for typed, (other, _) in plan.items():
        pattern = rf"(?<!\w){re.escape(typed)}(?!\w)"
        changed = re.sub(pattern, lambda _, new=other: new, text)  # type: ignore[misc]
        text = changed if changed != text else text.replace(typed, other)
    return text


def _suggest_values(context: SearchContext, query: Query) -> list[Suggestion]:
    suggestions = []
    for place, part in enumerate(query.filters):
        for value in _find_near(context, part):
            filters = [*query.filters[:place], Filter(part.name, (value,)), *query.filters[place + 1 :]]
            suggestions.append((format_query(query._replace(filters=tuple(filters))), False))
    return suggestions


def _find_near(context: SearchContext, part: Filter) -> list[str]:
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


def _suggest_looser(query: Query, counts: Callable[[Query], int]) -> list[Suggestion]:
    suggestions = []
    if query.phrases:
        # Customers put words in quotes that they do not mean letter by letter.
        bare = query._replace(words=(*query.words, *query.phrases), phrases=())
        if counts(bare):
            suggestions.append((_drop_quotes(query, bare), True))
    if query.filters and query.has_words:
        wide = query._replace(filters=())
        if counts(wide):
            suggestions.append((format_query(wide), False))
    return suggestions


def _drop_quotes(query: Query, bare: Query) -> str:
    """The text without its quotes, if that changes nothing else; else the query as one would type it."""
    text = query.text.translate(dict.fromkeys(map(ord, QUOTE_SIGNS)))
    read = parse_query(text)
    return text if read._replace(text=query.text, words=bare.words) == bare else format_query(bare)


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
