"""What a browser needs to search without kb: each word's worth to each card, worked out beforehand, and kb's terms of words.

The worth is that of `index/formula.py`, as every number in it but the words of the query is known. A browser
cannot stem: of each word that stands in a card it gets the terms.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from math import log

from kbcli.foundation.text.languages import (
    function_words,
    is_hangul,
    is_unspaced,
    language_code,
    normalize,
)
from kbcli.foundation.text.pipeline import analyse_text
from kbcli.foundation.text.words import CHUNK
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.index.documents import make_document
from kbcli.knowledge.index.formula import HEADING, HEADING_FIELDS, HEADING_IDENTIFIER, K1, LENGTH_NORM

_FIELDS = (*HEADING_FIELDS, "body")
_SCALE = 100
_LONGEST_FORM = 40
_PIECES = r"[\p{L}\p{M}]+|\p{N}+"
_EDGES = r"\A[^\p{L}\p{N}.]+|[^\p{L}\p{N}+#]+\Z"
_SPACED = r"(?V1)[\p{L}\p{M}--[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]]+"


class OfflineIndex(NamedTuple):
    """`terms` maps each to (card's number, worth in hundredths); `forms` a folded word to its terms, where it is not one itself.

    `idle` are the function words, folded, by the languages of the cards.
    """

    terms: dict[str, list[tuple[int, int]]]
    forms: dict[str, list[str]]
    grams: dict[str, list[tuple[int, int]]]
    idle: dict[str, list[str]]
    langs: list[str]


def fold_form(text: str) -> str:
    """A word as the browser's script folds it: NFKC, lower case, no combining accents. Any text, never fails."""
    text = normalize("NFD", normalize("NFKC", text).lower())
    return normalize("NFC", "".join(sign for sign in text if not "\u0300" <= sign <= "\u036f"))


def index_offline(cards: Sequence[Card]) -> OfflineIndex:
    """The index of cards, which are known in it by their place."""
    documents = [make_document(card, 0) for card in cards]
    counts = [
        {field: Counter(one.terms.get(field, ())) for field in (*_FIELDS, "grams")} for one in documents
    ]
    langs = [one.record.lang for one in documents]
    chunks: dict[str, set[str]] = defaultdict(set)
    for card, lang in zip(cards, langs, strict=True):
        for text in (card.title, *card.aliases, *card.tags, card.body):
            chunks[lang].update(CHUNK.findall(text))
    forms: dict[str, set[str]] = defaultdict(set)
    for lang, seen in chunks.items():
        for word in {form for chunk in seen for form in _list_forms(chunk)}:
            forms[fold_form(word)].update(analyse_text(word, lang))
    return OfflineIndex(
        _weigh_terms(counts, _FIELDS),
        {word: sorted(found) for word, found in sorted(forms.items()) if found and found != {word}},
        _weigh_terms(counts, ("grams",)),
        {code: _list_idle(code) for code in dict.fromkeys(map(language_code, langs))},
        langs,
    )


def _list_idle(code: str) -> list[str]:
    return sorted(set(map(fold_form, function_words(code))))


def _list_forms(chunk: str) -> Sequence[str]:
    """The words of a chunk of text whose terms a browser cannot make: those of scripts with spaces, as they stand and in pieces."""
    if any(is_unspaced(sign) or is_hangul(sign) for sign in chunk):
        return list(_compile(_SPACED).findall(chunk))
    bare = _compile(_EDGES).sub("", chunk)
    found = (bare, *_compile(_PIECES).findall(chunk))
    return [word for word in found if 0 < len(word) <= _LONGEST_FORM]


@cache
def _compile(pattern: str) -> Any:
    """A pattern of `regex`, which knows scripts."""
    import regex

    return regex.compile(pattern)


def _weigh_terms(
    counts: Sequence[dict[str, Counter[str]]], fields: Sequence[str]
) -> dict[str, list[tuple[int, int]]]:
    """What each term is worth to each document that holds it, by the formula of the index."""
    total = max(1, len(counts))
    average = {field: sum(sum(one[field].values()) for one in counts) / total or 1.0 for field in fields}
    holders = Counter(term for one in counts for term in set().union(*(one[field] for field in fields)))
    found: dict[str, list[tuple[int, int]]] = {term: [] for term in sorted(holders)}
    for number, one in enumerate(counts):
        for term in sorted(set().union(*(one[field] for field in fields))):
            worth = _rate(one, average, term, names=any(map(str.isdigit, term)))
            idf = log(1 + (total - holders[term] + 0.5) / (holders[term] + 0.5))
            found[term].append((number, max(1, round(_SCALE * idf * worth))))
    return found


def _rate(one: dict[str, Counter[str]], average: dict[str, float], term: str, *, names: bool) -> float:
    heading, body = 0.0, 0.0
    for field, mean in average.items():
        if count := one[field][term]:
            b = LENGTH_NORM[field]
            length = 1 - b + b * sum(one[field].values()) / mean
            if field in HEADING_FIELDS:
                heading += HEADING_FIELDS[field] * count / (min(length, 1.0) if names else length)
            else:
                body += count / length
    return _saturate(body + heading) + (HEADING_IDENTIFIER if names else HEADING) * _saturate(heading)


def _saturate(frequency: float) -> float:
    return (K1 + 1) * frequency / (K1 + frequency)
