"""The trust of every card of a knowledge base on one day, and which part of the cards can be relied on."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from kbcli.config import Config
from kbcli.foundation.text.counts import count_things
from kbcli.knowledge.cards.library import Library, load_card_file, load_library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.walk import select_card_paths, stat_card_file
from kbcli.knowledge.trust.dependencies import find_suspects, leaves_repository, name_dependencies
from kbcli.knowledge.trust.states import INACTIVE, STATES, TRUSTED, Trust, judge_card

BASES = ("digest", "history", "date")
_MANY = 10


def judge_library(
    library: Library,
    today: date,
    *,
    changed: Mapping[str, bool] | None = None,
    suspects: Mapping[str, tuple[str, ...]] | None = None,
    unvouched: frozenset[str] = frozenset(),
) -> dict[str, Trust]:
    """The trust of each card, by path, in the order of the library.

    `changed` is what git history says of cards without a digest, by path. `suspects` are
    sentences by card ID, from find_suspects unless they are given. `unvouched` are paths of cards whose text
    is newer than their verification, by the base of a change.
    """
    known = changed or {}
    doubts = find_suspects(library) if suspects is None else suspects
    return {
        card.path: judge_card(
            card,
            today,
            changed=known.get(card.path),
            suspect=doubts.get(card.id, ()),
            unvouched=card.path in unvouched,
        )
        for card in library.cards
    }


def count_bases(rows: Iterable[tuple[Card, Trust]]) -> dict[str, int]:
    """How many active, verified cards were judged by their digest, by git history, and by their date alone."""
    counts = dict.fromkeys(BASES, 0)
    for card, trust in rows:
        if card.verified is not None and trust.state not in ("draft", "archived"):
            # By the base of a change only in a check of one.
            counts[trust.basis] = counts.get(trust.basis, 0) + 1
    return counts


def judge_one(config: Config, card: Card, today: date, *, changed: bool | None = None) -> Trust:
    """The trust of a single card; of the others only those are read that it depends on."""
    suspects: Mapping[str, tuple[str, ...]] = {}
    if card.depends_digest or card.translation_digest:
        suspects = find_suspects(_load_around(config, card))
    return judge_card(card, today, changed=changed, suspect=suspects.get(card.id, ()))


def _load_around(config: Config, card: Card) -> Library:
    """A library of the card and those it names; the whole one when a name is a former ID or nobody's."""
    found = [card]
    for ident in sorted(name_dependencies(card) - {card.id}):
        other = None if leaves_repository(ident) else _load_by_id(config, ident)
        if other is None:
            return load_library(config)
        found.append(other)
    return Library(config, tuple(found))


def _load_by_id(config: Config, ident: str) -> Card | None:
    paths = [
        ident + ending for ending in config.extensions if os.path.lexists(config.root / (ident + ending))
    ]
    for path in sorted(select_card_paths(config, paths)):
        entry = stat_card_file(config, path)
        loaded = load_card_file(config, entry) if entry is not None else None
        if isinstance(loaded, Card) and loaded.id == ident:
            return loaded
    return None


def explain_bases(config: Config, bases: Mapping[str, int], *, asked: bool) -> tuple[str, ...]:
    """Sentences on how cards without a digest were judged; none where there are none or no git.

    `bases` is what `count_bases` gives, `asked` whether git history was asked.
    """
    if config.git_root is None:
        return ()
    notes = []
    if number := bases.get("history", 0):
        notes.append(f"{count_things(number, 'card')} judged by git history, as there is no digest")
    if number := bases.get("date", 0):
        why = "git does not know more" if asked else "--history asks git whether the text changed"
        notes.append(f"{count_things(number, 'card')} judged by the date alone; {why}")
    return tuple(notes)


def explain_changes(states: Iterable[str]) -> tuple[str, ...]:
    """The way out where many cards are `changed`, as after a formatter; nothing where few are."""
    number = sum(state == "changed" for state in states)
    if number < _MANY:
        return ()
    way_out = "name it in .git-blame-ignore-revs, and renew digests with `kb verify --mechanical COMMIT`"
    return (
        f"{count_things(number, 'card')} changed since verified: where one commit did that without meaning it, {way_out}",
    )


@dataclass(frozen=True, slots=True)
class TrustSummary:
    """How many cards are in each state, and the trust score.

    `counts` holds every state, worst first, also those with no card. `active` counts the cards
    that are neither draft nor archived, `trusted` those of them that are verified or due.
    `score` is trusted ÷ active, from 0 to 1; None when no card is active.
    """

    counts: Mapping[str, int]
    active: int
    trusted: int
    score: float | None


def summarise_trust(trusts: Iterable[Trust]) -> TrustSummary:
    """Count cards by state and work out the trust score."""
    counts = Counter(trust.state for trust in trusts)
    return summarise_counts({state: counts[state] for state in STATES})


def summarise_counts(counts: Mapping[str, int]) -> TrustSummary:
    """The trust score of cards that are counted by state already; `counts` has every one of STATES."""
    active = sum(count for state, count in counts.items() if state not in INACTIVE)
    trusted = sum(counts[state] for state in TRUSTED)
    return TrustSummary(MappingProxyType(counts), active, trusted, trusted / active if active else None)
