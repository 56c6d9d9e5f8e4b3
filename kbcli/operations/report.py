"""Report: where the knowledge base stands, how it got there, and what is to come."""

from dataclasses import replace
from datetime import timedelta
from typing import Unpack

from kbcli.foundation.disk.files import find_cache_folder
from kbcli.knowledge.past.factcache import FactCache
from kbcli.knowledge.reports.report import Report, make_report
from kbcli.knowledge.trust.filters import FilterWords, make_filter
from kbcli.operations.base import Base, read_day, wants_history
from kbcli.support.links.lines import read_lines
from kbcli.support.links.months import count_months


def report_trust(
    kb: Base,
    *,
    since: str | None = None,
    by: str | None = None,
    history: bool | None = None,
    **filters: Unpack[FilterWords],
) -> Report:
    """The trust score now and over time, what falls due, what is expired and linked to, rubber stamps, use.

    `since` is a day (`2026-01-01`) from which on the past is told; `by`, one of GROUPINGS, gives every
    group its curve. Use, month by month, is told of all cards only, and without `since` of a year. Raises UsageError for a day, a grouping or a filter that does not exist.
    """
    config, today = kb.config, kb.today
    chosen = make_filter(config, **filters)
    start = None if since is None else read_day(since, "--since")
    facts = FactCache(config, find_cache_folder("report"))
    with kb.show_progress("reading history") as progress:
        report = make_report(
            facts.load_library(),
            today,
            facts,
            group_by=by or "",
            since=start,
            filters=chosen,
            progress=progress,
            basis="history" if wants_history(config, history) else "date",
        )
    if not chosen.is_empty:
        return report
    lines, _ = read_lines(config.root, config.boundary)
    return replace(report, use=count_months(lines, start or today - timedelta(days=365)))
