"""The trust score: which part of the active cards can be relied on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kbcli.knowledge.trust.states import INACTIVE, STATES, TRUSTED, Trust


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
    counts = dict.fromkeys(STATES, 0)
    for trust in trusts:
        counts[trust.state] += 1
    return summarise_counts(counts)


def summarise_counts(counts: Mapping[str, int]) -> TrustSummary:
    """The trust score of cards that are counted by state already; `counts` has every one of STATES."""
    active = sum(count for state, count in counts.items() if state not in INACTIVE)
    trusted = sum(counts[state] for state in TRUSTED)
    return TrustSummary(MappingProxyType(counts), active, trusted, trusted / active if active else None)
