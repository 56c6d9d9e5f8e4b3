"""What a ticket is about, as index terms; and whether it is about what a few words say."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from functools import cache

from kbcli.foundation.text.languages import function_words, language_code
from kbcli.foundation.text.pipeline import analyse_text
from kbcli.foundation.typed import NamedTuple

NEEDED = 2
"""How many of a row's words a ticket must have."""
MOST_CHARACTERS = 1500
_SUBJECT_WEIGHT = 2
_NO_WORDS = re.compile(
    r"https?://\S+|\[(?:name|email|phone|token|card|iban|ip|address|national-id|customer-number)\]",
    re.IGNORECASE,
)


class TicketText(NamedTuple):
    """What a customer asked: the subject, the question, and its language (BCP 47)."""

    subject: str
    question: str
    lang: str


def read_terms(text: TicketText) -> dict[str, int]:
    """The terms of a ticket with how often they stand there, those of the subject twice.

    Without web addresses, what stands for what was taken out, function words and single characters; of a long question only the beginning is read.
    """
    code = language_code(text.lang)
    counts = Counter(analyse_text(_NO_WORDS.sub(" ", text.subject), code))
    for term in counts:
        counts[term] *= _SUBJECT_WEIGHT
    counts.update(analyse_text(_NO_WORDS.sub(" ", text.question[:MOST_CHARACTERS]), code))
    idle = _find_idle(code)
    return {term: count for term, count in counts.items() if len(term) > 1 and term not in idle}


def read_word(word: str, lang: str) -> frozenset[str]:
    """The terms that a ticket about a word has, by the measure of `read_terms`; none for a function word."""
    code = language_code(lang)
    return frozenset(term for term in analyse_text(word, code) if len(term) > 1) - _find_idle(code)


@cache
def _find_idle(code: str) -> frozenset[str]:
    return frozenset(term for word in function_words(code) for term in analyse_text(word, code))


def is_about(terms: Container[str], wanted: Collection[Collection[str]]) -> bool:
    """Whether a ticket has two of the wanted words (the one where there is but one), each with all its terms."""
    needed = min(NEEDED, len(wanted))
    return needed > 0 and sum(all(term in terms for term in word) for word in wanted) >= needed


def make_test(words: Sequence[str], lang: str) -> Callable[[Mapping[str, int]], bool]:
    """The test whether a ticket of a language is about these words; "spam folder" is one that needs both of its own."""
    wanted = [terms for word in words if (terms := read_word(word, lang))]
    return lambda terms: is_about(terms, wanted)
