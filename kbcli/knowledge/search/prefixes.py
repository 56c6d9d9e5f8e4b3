"""`prefix*`: every word of the base that begins so, as one query word."""

from collections.abc import Sequence
from itertools import islice

from kbcli.foundation.text.folding import is_unspaced
from kbcli.foundation.text.normalisation import fold_accents, normalise_word
from kbcli.foundation.text.pipeline import QueryWord, analyse_query
from kbcli.knowledge.index.fields import WORD_FIELDS
from kbcli.knowledge.index.reader import IndexReader

_MOST_SCANNED = 20_000
_MOST_TERMS = 300


def expand_prefix(reader: IndexReader, prefix: str, langs: Sequence[str]) -> list[QueryWord]:
    """The query words of `prefix*`: one, whose terms are those of the index that begin with it.

    At most the 300 terms that the most cards hold. The index holds stems, so the stem of the prefix itself
    counts too (`organised*` finds “organise”). In a script without spaces any word is found
    inside a longer one anyway, and the prefix is an ordinary word.
    """
    plain = analyse_query(prefix, langs)
    if any(map(is_unspaced, prefix)):
        return plain
    counts: dict[str, int] = {}
    for beginning in find_beginnings(prefix):
        for field in WORD_FIELDS:
            for term, count in islice(reader.terms(field, beginning), _MOST_SCANNED):
                counts[term] = counts.get(term, 0) + count
    terms = sorted(counts, key=lambda term: (-counts[term], term))[:_MOST_TERMS]
    if len(plain) == 1:
        terms += [term for term, _ in plain[0].terms]
    unique = dict.fromkeys(terms)
    return [QueryWord(f"{prefix}*", tuple((term, 1.0) for term in unique))] if unique else []


def find_beginnings(prefix: str) -> list[str]:
    """What index terms of words with this prefix begin with: as typed, and without joining signs."""
    word = fold_accents(normalise_word(prefix)).lstrip("-_\"'([{")
    joined = word.replace("-", "").replace("_", "")
    return [form for form in dict.fromkeys((word, joined)) if form]
