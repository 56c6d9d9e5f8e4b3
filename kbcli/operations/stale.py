"""Stale: the cards that cannot be relied on, or soon will not."""

from dataclasses import replace
from typing import Unpack

from kbcli.knowledge.trust.filters import FilterWords
from kbcli.knowledge.trust.judging import explain_bases, explain_changes
from kbcli.knowledge.trust.stale import StaleReport, StaleRow, list_stale
from kbcli.operations.base import Base, judge_chosen, read_span, wants_history

__all__ = ["StaleReport", "StaleRow", "list_stale_cards"]


def list_stale_cards(
    kb: Base,
    *,
    within: str | None = None,
    by: str | None = None,
    history: bool | None = None,
    **filters: Unpack[FilterWords],
) -> StaleReport:
    """What is expired, changed, flagged, unverified or due, worst first.

    `within` is a span such as `30d`, in which what falls due counts too; `by` groups. Raises
    UsageError for a span, a grouping or a filter that does not exist.
    """
    config, today = kb.config, kb.today
    days = read_span(within)
    asked = wants_history(config, history)
    library, chosen, trusts = judge_chosen(kb, config, filters, history=asked)
    report = list_stale(library, today, within=days, filters=chosen, group_by=by or "", trusts=trusts)
    notes = explain_bases(config, report.bases, asked=asked)
    notes += explain_changes(row.trust.state for row in report.rows)
    return replace(report, notes=notes)
