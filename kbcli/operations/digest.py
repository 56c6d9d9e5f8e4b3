"""Digest: what each owner has to look at, composed for those who send it."""

from collections.abc import Sequence
from typing import Unpack

from kbcli.config import Config
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.trust.filters import FilterWords
from kbcli.knowledge.trust.stale import StaleReport
from kbcli.operations.base import Base
from kbcli.operations.gaps import Gap, list_gaps
from kbcli.operations.stale import list_stale_cards

WITHIN = "14d"
_MOST_GAPS = 5


class Digest(NamedTuple):
    """The stale cards in groups, and what many ask and no card answers.

    `title` is what the knowledge base is called; `recipients` are the addresses of the owners that were asked for.
    """

    title: str
    report: StaleReport
    gaps: tuple[Gap, ...] = ()
    recipients: tuple[str, ...] = ()


def digest_cards(
    kb: Base,
    *,
    by: str | None = None,
    within: str | None = None,
    history: bool | None = None,
    **filters: Unpack[FilterWords],
) -> Digest:
    """What is stale or falls due `within` a span (two weeks), in groups `by` owner or another field.

    Gaps belong to nobody yet: they are told where no owner was asked for, confirmed ones only. Nothing is sent.
    Raises UsageError for a span, a grouping or a filter that does not exist.
    """
    report = list_stale_cards(kb, within=within or WITHIN, by=by or "owner", history=history, **filters)
    config, owners = kb.config, filters.get("owner") or ()
    gaps = () if owners else tuple(gap for gap in list_gaps(kb, own=False).rows if gap.tickets)[:_MOST_GAPS]
    return Digest(config.title, report, gaps, _find_addresses(config, owners))


def _find_addresses(config: Config, owners: Sequence[str]) -> tuple[str, ...]:
    """The addresses of owners: of a group those of its people."""
    people = [person for owner in owners for person in config.groups.get(owner, (owner,))]
    return tuple(dict.fromkeys(person for person in people if "@" in person.strip("@")))
