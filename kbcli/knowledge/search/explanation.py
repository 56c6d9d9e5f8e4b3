"""Why a hit stands where it stands, for `kb search --explain`."""

from collections.abc import Sequence

from kbcli.foundation.text.pipeline import QueryWord
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.index.port import Question
from kbcli.knowledge.search.ordering import JudgedCard


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
    """A wording of synonyms.toml or of kb's own lists that stood in the query, and one that was searched for with it."""

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


def explain_card(
    card: JudgedCard, asked: Question | None, required: Sequence[QueryWord], synonyms: tuple[SynonymUse, ...]
) -> Explanation:
    """What made up the score of a card; `asked` is what the index was asked, `required` the words that count."""
    parts = card.candidate.explain(asked) if asked is not None else []
    held = {word.terms for word, field, _ in parts if field != "grams"}
    return Explanation(
        score=card.score,
        contributions=tuple(Contribution(word.text, field, score) for word, field, score in parts),
        factors=tuple(Factor(name, value) for name, value in card.factors),
        missing=tuple(dict.fromkeys(word.text for word in required if word.terms not in held)),
        synonyms=synonyms,
        shown_for=card.shown_for,
    )
