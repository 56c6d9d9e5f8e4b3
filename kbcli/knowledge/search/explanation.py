"""Why a hit stands where it stands: frozen data for `kb search --explain`."""

from kbcli.foundation.typed import NamedTuple


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
