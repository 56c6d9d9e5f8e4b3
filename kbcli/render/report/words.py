"""What the report says in sentences, the same in every format."""

from collections.abc import Iterator, Sequence
from operator import itemgetter

from kbcli.foundation.text.counts import count_things
from kbcli.knowledge.reports.report import LinkedCard, Report, ReportGroup
from kbcli.knowledge.reports.trends import TrendPoint
from kbcli.knowledge.trust.judging import TrustSummary
from kbcli.knowledge.trust.states import TRUSTED, WORST_FIRST
from kbcli.render.words import format_span

WEEKS_IN_A_YEAR = 52


def name_group(name: str, by: str) -> str:
    """A group's name, or what cards without one are called."""
    return name or {"owner": "(no owner)", "lang": "(no language)"}.get(by, f"(no {by})")


def list_groupings(report: Report) -> Iterator[tuple[str, str, Sequence[ReportGroup]]]:
    """The groupings that say something: how each is asked for, what it is called, and its groups."""
    for by, groups in report.groups.items():
        if by == report.group_by or any(group.name for group in groups):
            yield by, "language" if by == "lang" else by, groups


def format_score(score: float | None) -> str:
    """A share in per cent, – without one."""
    return "–" if score is None else f"{score:.0%}"


def count_untrusted(summary: TrustSummary) -> list[tuple[str, int]]:
    """The states in which active cards cannot be relied on, worst first, with how many are in each."""
    return [
        (state, count) for state in WORST_FIRST if state not in TRUSTED and (count := summary.counts[state])
    ]


def list_untrusted(summary: TrustSummary) -> str:
    """The active cards that cannot be relied on, by state: `39 expired, 6 changed`."""
    return ", ".join(f"{count} {state}" for state, count in count_untrusted(summary))


def list_states(summary: TrustSummary) -> str:
    """How many cards are in each state, in words, without the states of no card."""
    return ", ".join(f"{count} {state}" for state, count in summary.counts.items() if count)


def describe_short_past(report: Report) -> str:
    """Why there is no curve to draw; "" where there is enough to draw."""
    if report.why_no_past:
        return f"Not known: {report.why_no_past}."
    points = report.curve
    if not any(point.summary.active for point in points):
        return "There has been no active card yet, so there is no curve."
    since = f"since {report.since}" if report.since else "in this history"
    if len(points) == 1:
        return f"No week has ended yet {since}, so there is no curve."
    if len(points) == 2:
        before = f"{format_score(points[0].summary.score)} on {points[0].day}"
        return f"Only one week has ended {since}: the trust score was {before} and is {format_score(points[1].summary.score)} today."
    return ""


def describe_movement(report: Report) -> str:
    """How the score compares with a year ago, and its lowest and highest; "" without a past."""
    scored = [(score, point.day) for point in report.curve if (score := point.summary.score) is not None]
    if len(scored) < 2:
        return ""
    # Of days with the same score, the first.
    lowest, low_day = min(scored, key=itemgetter(0))
    highest, high_day = max(scored, key=itemgetter(0))
    text = f"lowest {format_score(lowest)} on {low_day}, highest {format_score(highest)} on {high_day}"
    if before := find_year_before(report):
        text = f"{format_score(before.summary.score)} a year ago ({before.day}), {text}"
    return text


def find_year_before(report: Report) -> TrendPoint | None:
    """Where things stood a year ago; None where nothing is known of then, or no card was active."""
    if len(report.curve) <= WEEKS_IN_A_YEAR:
        return None
    point = report.curve[-1 - WEEKS_IN_A_YEAR]
    return None if point.summary.score is None else point


def describe_use(report: Report) -> list[str]:
    """How many tickets were answered from cards, and what became of gaps, in sentences; none where nothing is noted."""
    if not report.use:
        return []
    total = report.use_total
    since = f"since {total.month:%B %Y}"
    gaps = f"Gaps opened {since}: {total.opened}, closed: {total.closed}."
    if not total.tickets:
        return [gaps]
    tickets = count_things(total.tickets, "ticket")
    rate, new = total.linked / total.tickets, total.new / total.tickets
    return [
        f"Of {tickets} noted {since}, {rate:.0%} were answered from a card; of {new:.0%} nothing was known at first.",
        gaps,
    ]


USE_COLUMNS = ("Month", "#Tickets", "#Answered from a card", "#New", "#Gaps opened", "#Closed")


def list_use(report: Report) -> list[tuple[str, ...]]:
    """A row for each month, newest first, under USE_COLUMNS."""
    return [(f"{row.month:%Y-%m}", *map(str, row[1:])) for row in reversed(report.use)]


def describe_stamps(report: Report) -> list[str]:
    """The share of rubber stamps and the largest batch, in sentences."""
    stamps = report.stamps
    if stamps is None:
        return [f"Not known without history: {report.why_no_past}."]
    since = f" since {report.since}" if report.since else ""
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
