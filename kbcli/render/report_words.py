"""What the report says in sentences, the same in every format."""

from kbcli.render.words import format_span
from kbcli.trust.report import LinkedCard, Report
from kbcli.trust.score import TrustSummary
from kbcli.trust.states import STATES, TRUSTED
from kbcli.trust.trends import TrendPoint

WEEKS_IN_A_YEAR = 52


def name_group(name: str, by: str) -> str:
    """A group's name, or what cards without one are called."""
    return name or {"owner": "(no owner)", "lang": "(no language)"}.get(by, f"(no {by})")


def format_score(score: float | None) -> str:
    """A share in per cent, – without one."""
    return "–" if score is None else f"{score:.0%}"


def list_untrusted(summary: TrustSummary) -> str:
    """The active cards that cannot be relied on, by state: `39 expired, 6 changed`."""
    parts = [
        f"{summary.counts[state]} {state}"
        for state in STATES[:7]
        if state not in TRUSTED and summary.counts[state]
    ]
    return ", ".join(parts)


def describe_movement(report: Report) -> str:
    """How the score compares with a year ago, and its lowest and highest; "" without a past."""
    scored = [point for point in report.curve if point.score is not None]
    if len(scored) < 2:
        return ""
    lowest = min(scored, key=_score_of)
    highest = max(scored, key=_score_of)
    text = f"lowest {format_score(lowest.score)} on {lowest.day}, highest {format_score(highest.score)} on {highest.day}"
    if (
        len(report.curve) > WEEKS_IN_A_YEAR
        and (before := report.curve[-1 - WEEKS_IN_A_YEAR]).score is not None
    ):
        text = f"{format_score(before.score)} a year ago ({before.day}), {text}"
    return text


def _score_of(point: TrendPoint) -> float:
    return point.score if point.score is not None else 0.0


def describe_stamps(report: Report) -> list[str]:
    """The share of rubber stamps and the largest batch, in sentences."""
    stamps = report.stamps
    if stamps is None:
        return [f"Not known without history: {report.why_no_past}."]
    since = f" since {stamps.since}" if stamps.since else ""
    if not stamps.total or stamps.share is None:
        return [f"No card was verified again{since}."]
    count = f"{stamps.counts['stamp']} of {stamps.total} verifications{since} ({stamps.share:.0%})"
    sentences = [f"{count} changed nothing but the stamp and named no evidence."]
    if stamps.edited_with:
        sentences.append(
            f"For {stamps.edited_with} of them another commit of the same merge did change the card's text."
        )
    if stamps.largest is not None and stamps.largest_count > 1:
        sentences.append(
            f"Most at once: {stamps.largest_count} cards on {stamps.largest.day} in {stamps.largest.sha[:10]} "
            f"“{stamps.largest.subject}”, {stamps.largest_stamps} of them nothing but the stamp."
        )
    return sentences


def describe_overdue(row: LinkedCard) -> str:
    """How long an expired card has been so."""
    days = -(row.trust.days_left or 0)
    return format_span(days) if days else "today"


def count_things(number: int, one: str, many: str) -> str:
    """`1 card`, `2 cards`."""
    return f"{number} {one if number == 1 else many}"
