"""Review: the verifier's queue, and what is decided of a card in it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

from kbcli.config import Config
from kbcli.errors import GitError
from kbcli.foundation.git.objects import list_changed_paths
from kbcli.foundation.git.people import find_identity
from kbcli.foundation.git.revisions import find_merge_base
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.edit.fields import set_interval as write_interval
from kbcli.knowledge.edit.verification import VerificationPlan, plan_verification, stamp_card as write_stamp
from kbcli.knowledge.index.references import load_card
from kbcli.knowledge.trust.filters import CardFilter, FilterWords, make_filter
from kbcli.knowledge.trust.judging import explain_bases
from kbcli.knowledge.trust.stale import StaleReport, list_stale
from kbcli.operations.base import Base, JudgedCard, judge_chosen, read_span, wants_history
from kbcli.operations.show import judge_shown
from kbcli.operations.values import check_interval


class ReviewedCard(NamedTuple):
    """A card as a reviewer is shown it: what verifying it would mean, and its trust by its history."""

    plan: VerificationPlan
    card: JudgedCard


def review_cards(
    kb: Base,
    *,
    mine: bool = False,
    base: str | None = None,
    within: str | None = None,
    history: bool | None = True,
    limit: int | None = None,
    **filters: Unpack[FilterWords],
) -> StaleReport:
    """The cards that wait for a look, worst first, at most `limit`.

    `mine` leaves those of whoever acts and of that person's groups, `base` those that differ from
    where the branch left that revision; `within` is a span such as `30d`, in which what falls due
    counts too. Raises UsageError for a span or filter that does not exist, GitError for a revision.
    """
    config, today = kb.config, kb.today
    days = read_span(within)
    asked = wants_history(config, history)
    # Judged as part of the whole: what a card depends on may not be among those that are left.
    library, chosen, trusts = judge_chosen(kb, config, filters, history=asked)
    cards = library.cards
    if mine:
        cards = tuple(filter(_find_mine(kb, config).matches, cards))
    if base:
        touched = _find_touched_paths(library, base)
        cards = tuple(card for card in cards if card.path in touched)
    report = list_stale(Library(config, cards), today, within=days, filters=chosen, trusts=trusts)
    notes = explain_bases(config, report.bases, asked=asked)
    return replace(report, rows=report.rows[:limit], claims=(), notes=notes)


def _find_mine(kb: Base, config: Config) -> CardFilter:
    """The cards of who acts, under every name that git and kb.toml know, and of their groups."""
    names: Sequence[str] = (kb.find_actor(),)
    if not kb.actor:
        identity = find_identity(config.root)
        names = [name for name in (identity.email, identity.name) if name]
    return make_filter(config, owner=names)


def _find_touched_paths(library: Library, revision: str) -> frozenset[str]:
    """The cards that are not as the merge base with `revision` has them: committed, staged, unstaged or new."""
    config = library.config
    if config.git_root is None:
        raise GitError(
            "there is no git repository to compare with", "`kb review` without --base works anywhere."
        )
    base = find_merge_base(config.root, revision)
    return list_changed_paths(config.root, config.git_root, base, (card.path for card in library.cards))


def look_at_card(kb: Base, card: str) -> ReviewedCard:
    """What a reviewer must see of a card. Raises CardNotFoundError, KbError."""
    config, today = kb.config, kb.today
    found = load_card(config, card)
    judged = JudgedCard(found, judge_shown(config, found, today), today)
    return ReviewedCard(plan_verification(config, found), judged)


def stamp_card(kb: Base, card: Card, *, by: str, unflag: bool = False) -> JudgedCard:
    """Verify a card that was looked at; it as it is then. Raises RefusedError where it changed since."""
    config, today = kb.config, kb.today
    write_stamp(config, card, today, by, unflag=unflag)
    after = load_card(config, card.path)
    return JudgedCard(after, judge_shown(config, after, today), today)


def set_interval(kb: Base, card: Card, every: str, *, reason: str = "") -> None:
    """Give a card another verification interval; `reason` says why where it is `never`. Raises UsageError."""
    write_interval(kb.config, card, check_interval(every, ""), reason)
