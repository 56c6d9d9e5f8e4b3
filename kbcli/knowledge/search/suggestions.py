"""What the user may have meant: words spelled much like a strange one, in every script, and other queries to try."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from math import log
from unicodedata import category, normalize

from kbcli.foundation.text.languages import (
    fold_roughly,
    is_hangul,
    is_unspaced,
    normalise_word,
    word_start,
)
from kbcli.foundation.text.pipeline import QueryWord, find_matches
from kbcli.foundation.text.words import LONGEST
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.index.port import Vocabulary
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.index.schema import NO_OWNER, WORD_FIELDS
from kbcli.knowledge.search.context import SearchContext, TextReader
from kbcli.knowledge.search.query import FILTER_NAMES, QUOTE_SIGNS, Filter, Query, parse_query
from kbcli.knowledge.search.selection import fold_value
from kbcli.knowledge.trust.states import STATES

_MOST_SCANNED = 6_000
_MOST_SHOWN = 4
_MOST_LINES = 12
_LEADS, _VOWELS, _TAILS = range(19), range(21), range(28)


class Correction(NamedTuple):
    """A word as the base writes it. `distance` is in slips; `sure` that it may be used unasked."""

    text: str
    distance: int
    sure: bool = True


class _Near(NamedTuple):
    """A term; `loose` when only its beginning is like what was typed, so that the whole word must tell."""

    distance: int
    term: str
    holders: int
    loose: bool = False


def is_correctable(word: QueryWord) -> bool:
    """Whether a query word is a word of letters, long enough to tell what was meant."""
    return (
        word.required
        and all(category(sign)[0] in "LM" for sign in word.text)
        and len(word.text) >= (2 if not word.text.isascii() else 3)
    )


def find_corrections(context: SearchContext, word: QueryWord) -> list[Correction]:
    """The nearest words of the base, best first, spelled as in a card that has them.

    Scans the terms that share the first two characters, and looks up those that differ
    by one slip in these, so that the time hardly grows with the vocabulary. Han characters are
    not corrected: words that share the first of them are offered, but never used unasked.
    """
    vocabulary, texts = context.index, context.texts
    if word.text[:1] > "\u3000" and any(map(is_unspaced, word.text)):
        return _complete_han(vocabulary, word)
    if any(map(is_unspaced, word.text)):
        return []
    most = _allow_slips(word.text)
    terms = [term for term, _ in word.terms][:2]
    near: dict[str, _Near] = {}
    scanned = {start: _scan_start(vocabulary, start) for start in dict.fromkeys(map(_take_start, terms))}
    for term in terms:
        for found in _find_near(vocabulary, term, most, scanned[_take_start(term)]):
            known = near.get(found.term)
            if known is None or found.distance < known.distance:
                near[found.term] = found
    # A term that many cards hold makes up for part of a slip.
    order = sorted(
        near.values(), key=lambda found: (found.distance - log(1 + found.holders) / 10, found.term)
    )
    shown = [_show(vocabulary, texts, word.text, found, most) for found in order[:_MOST_SHOWN]]
    unique: dict[str, Correction] = {}
    for correction in sorted(filter(None, shown), key=lambda item: item.distance):
        unique.setdefault(correction.text.casefold(), correction)
    return list(unique.values())


def find_split(context: SearchContext, word: QueryWord) -> str:
    """The word as two that the base has (`mailmerge` → `mail merge`), the commonest; else ""."""
    text, best = normalise_word(word.text), (0, "")
    if not text.isascii():
        return ""
    for place in range(3, len(text) - 2):
        parts = (text[:place], text[place:])
        counts = [_count_holders(context, part) for part in parts]
        if min(counts) > best[0]:
            best = (min(counts), " ".join(parts))
    return best[1]


def _count_holders(context: SearchContext, text: str) -> int:
    """In how many cards' titles or bodies a word stands."""
    terms = [term for word in context.analyse(text) for term, _ in word.terms]
    count = context.index.document_frequency
    return max((count(field, term) for term in terms for field in ("title", "body")), default=0)


def find_near_values(vocabulary: Vocabulary, field: str, value: str) -> list[str]:
    """Known values of a filter field that look like one that is not known, nearest first."""
    wanted = value.casefold()
    if len(wanted) > LONGEST:
        return []
    most = _allow_slips(wanted)
    found = []
    for term, count in islice(vocabulary.terms(field), _MOST_SCANNED):
        distance = spelling_distance(wanted, term, most)
        if distance > most and len(wanted) > 2 and (wanted in term or term in wanted):
            distance = most
        if distance <= most and term != NO_OWNER:
            found.append((distance, -count, term))
    return [term for _, _, term in sorted(found)[:3]]


def _allow_slips(text: str) -> int:
    length = len(normalize("NFD", text)) if any(map(is_hangul, text)) else len(text)
    return 1 if length <= 5 else 2 if length <= 11 else 3


def _complete_han(vocabulary: Vocabulary, word: QueryWord) -> list[Correction]:
    text = normalise_word(word.text)
    counts: dict[str, int] = {}
    for field in ("title", "aliases", "tags"):
        for term, count in islice(vocabulary.terms(field, text[:1]), _MOST_SCANNED):
            if len(term) == 2:
                counts[term] = counts.get(term, 0) + count
    best = sorted(counts, key=lambda term: (-counts[term], term))[:3]
    return [Correction(term, 1, sure=False) for term in best]


def _take_start(term: str) -> str:
    """The beginning that words spelled like a term are looked for by, unless the slip is in it."""
    return term[:1] if is_hangul(term[:1]) else term[:2]


def _scan_start(vocabulary: Vocabulary, start: str) -> dict[str, int]:
    """The terms that begin so, and in how many cards each stands."""
    counts: dict[str, int] = {}
    for field in WORD_FIELDS:
        for term, count in islice(vocabulary.terms(field, start), _MOST_SCANNED):
            counts[term] = max(counts.get(term, 0), count)
    return counts


def _find_near(vocabulary: Vocabulary, term: str, most: int, counts: dict[str, int]) -> Iterator[_Near]:
    signs = set(term)
    for other, count in counts.items():
        if abs(len(other) - len(term)) > most:
            if min(len(term), len(other)) >= 4 and (other.startswith(term) or term.startswith(other)):
                yield _Near(most, other, count, loose=True)
            continue
        if len(other) > 1 and (not term.isascii() or _differ_little(signs, other, most)):
            distance = spelling_distance(term, other, most)
            if distance <= most:
                yield _Near(distance, other, count)
    for other in _vary_start(term):
        if other not in counts:
            count = max(vocabulary.document_frequency(field, other) for field in ("title", "aliases", "body"))
            if count:
                yield _Near(spelling_distance(term, other, most), other, count)


def _differ_little(signs: set[str], other: str, most: int) -> bool:
    return len(signs.difference(other)) <= most and len(set(other) - signs) <= most


def _vary_start(term: str) -> set[str]:
    """Every word that differs from the term by one slip in the characters that words are looked for by."""
    if "\uac00" <= term[:1] <= "\ud7a3":
        return {sign + term[1:] for sign in _vary_syllable(term[0])} - {term}
    signs = set[str]().union(*(_list_signs(sign) for sign in set(term[:3])))
    varied: set[str] = set()
    for place in range(len(_take_start(term))):
        before, after = term[:place], term[place:]
        varied |= {before + after[1:], before + after[1:2] + after[:1] + after[2:]}
        for sign in signs:
            varied |= {before + sign + after, before + sign + after[1:]}
    return {other for other in varied if len(other) > 1} - {term}


def _list_signs(sign: str) -> set[str]:
    """The letters and marks of the script that a character belongs to."""
    if sign.isascii():
        return set("abcdefghijklmnopqrstuvwxyz")
    block = ord(sign) & ~0x7F
    return {
        chr(code) for code in range(block, block + 128) if category(chr(code)) in ("Ll", "Lo", "Mn", "Mc")
    }


def _vary_syllable(sign: str) -> set[str]:
    """Hangul syllables that differ by one jamo (Unicode 3.12, conjoining jamo behaviour)."""
    code = ord(sign) - 0xAC00
    lead, vowel, tail = code // 588, code % 588 // 28, code % 28
    varied = [(other, vowel, tail) for other in _LEADS]
    varied += [(lead, other, tail) for other in _VOWELS]
    varied += [(lead, vowel, other) for other in _TAILS]
    return {chr(0xAC00 + first * 588 + second * 28 + third) for first, second, third in varied}


def _show(
    vocabulary: Vocabulary, texts: TextReader, typed: str, found: _Near, most: int
) -> Correction | None:
    """The word behind a term as some card writes it, in the form most like what was typed."""
    forms: set[str] = set()
    wanted = fold_roughly(typed)
    for field in ("title", "aliases", "body"):
        if any(spelling_distance(wanted, fold_roughly(form), most) <= found.distance for form in forms):
            break
        for record in vocabulary.find_examples(field, found.term, 1 if field == "body" else 5):
            lines = _list_lines(texts, record, field)
            forms |= _find_forms(lines, found.term, record)
    if not forms:
        return None
    distance, _, form = min(
        (spelling_distance(wanted, fold_roughly(form), most + 2), form.isupper(), form) for form in forms
    )
    if found.loose and distance > most and not fold_roughly(form).startswith(wanted):
        return None
    return Correction(form, max(distance, 1))


def _list_lines(texts: TextReader, record: CardRecord, field: str) -> list[str]:
    if field == "title":
        return [record.title]
    return (texts.read_header(record) if field == "aliases" else texts.read_body(record)).split("\n")


def _find_forms(lines: Sequence[str], term: str, record: CardRecord) -> set[str]:
    """The spellings in which the term stands in the lines, lower case but for names."""
    word, forms = QueryWord(term, ((term, 1.0),)), set[str]()
    start = word_start(term)
    for line in islice((line for line in lines if start in fold_roughly(line)), _MOST_LINES):
        forms |= {line[begin:end] for begin, end, _ in find_matches(line, [word], record.lang)}
    if record.lang.startswith("de"):
        return forms
    return {form if form.isupper() or not form[:1].isupper() else form.lower() for form in forms}


def spelling_units(word: str) -> Sequence[str]:
    """What counts as one slip in a word: a letter; a jamo of Hangul; a whole syllable of an Indic script."""
    if word.isascii():
        return word
    if any("\uac00" <= sign <= "\ud7a3" for sign in word):
        return normalize("NFD", word)
    if not any("\u0900" <= sign <= "\u0dff" for sign in word):
        return word
    clusters: list[str] = []
    for sign in word:
        virama = (
            bool(clusters) and clusters[-1][-1] in "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d"
        )
        if clusters and (category(sign).startswith("M") or virama):
            clusters[-1] += sign
        else:
            clusters.append(sign)
    return clusters


def spelling_distance(first: str, second: str, most: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two words; `most` + 1 for more.

    Optimal string alignment over `spelling_units`, or over code points where those are nearer.
    """
    if first == second:
        return 0
    best = _align(spelling_units(first), spelling_units(second), most)
    if best > 1 and not first.isascii() and not second.isascii():
        best = min(best, _align(first, second, most))
    return best


def _align(first: Sequence[str], second: Sequence[str], most: int) -> int:
    if abs(len(first) - len(second)) > most:
        return most + 1
    before: list[int] = []
    above = list(range(len(second) + 1))
    for row, sign in enumerate(first, 1):
        line = [row]
        for column, other in enumerate(second, 1):
            value = min(above[column] + 1, line[-1] + 1, above[column - 1] + (sign != other))
            if row > 1 and column > 1 and sign == second[column - 2] and other == first[row - 2]:
                value = min(value, before[column - 2] + 1)
            line.append(value)
        if min(line) > most:
            return most + 1
        before, above = above, line
    return min(above[-1], most + 1)


_MOST_SUGGESTIONS = 3
_MOST_CORRECTED = 4
_SENTENCE = 7
"""So many words are a sentence, which is meant as it stands: its spelling is not put right unasked."""


Suggestion = tuple[str, bool]
"""A query to try, and whether it may be answered unasked when the first found nothing."""


def suggest_queries(
    context: SearchContext,
    query: Query,
    unknown: list[QueryWord],
    *,
    found: int,
    counts: Callable[[Query], int],
) -> list[Suggestion]:
    """Queries near the one asked, best first, at most three.

    Of the `unknown` words, which no card holds, those that may be misspelled are put right. When nothing was `found`, also filter values, and what is
    left without quotes or without filters, if `counts` says that this finds something.
    """
    misspelled = {word.text: word for word in unknown if is_correctable(word)}
    suggestions = _suggest_spellings(context, query, list(misspelled.values())[:_MOST_CORRECTED])
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
        for value in _list_near_values(context, part):
            filters = [*query.filters[:place], Filter(part.name, (value,)), *query.filters[place + 1 :]]
            suggestions.append((format_query(query._replace(filters=tuple(filters))), False))
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


def _suggest_looser(query: Query, counts: Callable[[Query], int]) -> list[Suggestion]:
    suggestions = []
    if query.phrases:
        # Customers put words in quotes that they do not mean letter by letter.
        bare = query._replace(words=(*query.words, *query.phrases), phrases=())
        if counts(bare):
            suggestions.append((_drop_quotes(query, bare), True))
    if query.excluded_words and counts(wanted := query._replace(excluded_words=())):
        # A word with a minus may have been the option of a command.
        suggestions.append(
            (format_query(wanted._replace(words=(*query.words, *query.excluded_words))), False)
        )
    if query.filters and query.has_words:
        wide = query._replace(filters=())
        if counts(wide):
            suggestions.append((format_query(wide), False))
    return suggestions


def _drop_quotes(query: Query, bare: Query) -> str:
    """The text without its quotes, if that changes nothing else; else the query as one would type it."""
    text = query.text.translate(dict.fromkeys(map(ord, QUOTE_SIGNS)))
    read = parse_query(text)._replace(text=query.text, words=bare.words)
    return text if read == bare else format_query(bare)


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
