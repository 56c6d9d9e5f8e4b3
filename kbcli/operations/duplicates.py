"""Duplicates: pairs of cards that say the same."""

from collections.abc import Mapping, Sequence

from kbcli.errors import UsageError
from kbcli.foundation.git.objects import FileContents
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.index.references import resolve_reference
from kbcli.knowledge.likeness.pairs import DuplicatePair, PairFinder, ShingleCache, find_shingle_folder
from kbcli.knowledge.trust.filters import make_filter
from kbcli.knowledge.trust.judging import judge_library
from kbcli.knowledge.trust.states import Trust
from kbcli.operations.base import Base
from kbcli.operations.choices import DUPLICATE_THRESHOLD, LEAST_THRESHOLD


class DuplicateList(NamedTuple):
    """Pairs, the most alike first, of at least this likeness, and the trust of their cards by path."""

    pairs: tuple[DuplicatePair, ...]
    threshold: float
    trusts: Mapping[str, Trust]


def find_duplicates(
    kb: Base,
    card: str | None = None,
    *,
    threshold: float = DUPLICATE_THRESHOLD,
    lang: Sequence[str] = (),
) -> DuplicateList:
    """Every pair, or those with one card; `threshold` is the share of the shorter text that the other has too.

    Raises UsageError for a threshold that is not from 0.1 to 1, KbError for an unknown card.
    """
    # What is not a number (nan) passes no comparison.
    if not LEAST_THRESHOLD <= threshold <= 1:
        raise UsageError("--threshold is not a number from 0.1 to 1", "Use one such as 0.5.")
    config = kb.config
    only = None if card is None else frozenset((resolve_reference(config, card),))
    contents = FileContents()
    library = load_library(config, note=contents.note)
    if only and any(found.path in only and found.status == "archived" for found in library.cards):
        kb.say(f"{card} is archived, and archived cards are left out")
    chosen = make_filter(config, lang=lang)
    finder = PairFinder(threshold, ShingleCache(config, find_shingle_folder()), contents.digests)
    pairs = tuple(
        pair
        for pair in finder.find(library, only=only)
        if not lang or (chosen.matches(pair.a) and chosen.matches(pair.b))
    )
    return DuplicateList(pairs, threshold, judge_library(library, kb.today) if pairs else {})
