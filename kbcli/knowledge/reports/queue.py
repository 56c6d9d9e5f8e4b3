"""The verifier's queue (`kb review`): the cards that wait for a look, worst first."""

from collections.abc import Mapping
from datetime import date

from kbcli.errors import GitError
from kbcli.foundation.git.objects import list_changed_paths
from kbcli.foundation.git.revisions import find_merge_base
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.trust.filters import CardFilter
from kbcli.knowledge.trust.judging import judge_library
from kbcli.knowledge.trust.stale import StaleReport, list_stale
from kbcli.knowledge.trust.states import Trust


def list_queue(
    library: Library,
    today: date,
    *,
    within: int | None = None,
    filters: CardFilter | None = None,
    mine: CardFilter | None = None,
    paths: frozenset[str] | None = None,
    trusts: Mapping[str, Trust] | None = None,
) -> StaleReport:
    """What `list_stale` gives, of the cards at `paths` (None: all) that pass `filters` and `mine`.

    The rows are worst first, then the longest overdue, then by ID.
    """
    cards = tuple(
        card
        for card in library.cards
        if (paths is None or card.path in paths) and (mine is None or mine.matches(card))
    )
    if trusts is None:
        # Judged as part of the whole: what a card depends on may not be among them.
        trusts = judge_library(library, today)
    return list_stale(Library(library.config, cards), today, within=within, filters=filters, trusts=trusts)


def find_touched_paths(library: Library, revision: str) -> frozenset[str]:
    """The cards that are not as the merge base with `revision` has them: committed, staged, unstaged or new.

    Raises GitError when the merge base is not known.
    """
    config = library.config
    if config.git_root is None:
        raise GitError(
            "there is no git repository to compare with", "`kb review` without --base works anywhere."
        )
    base = find_merge_base(config.root, revision)
    return list_changed_paths(config.root, config.git_root, base, (card.path for card in library.cards))
