"""Trust and time in words."""

from collections.abc import Iterable
from datetime import date

from kbcli.foundation.text.counts import count_things
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.trust.states import STATES, Trust
from kbcli.render.ansi import STATE_STYLES, paint

if TYPE_CHECKING:
    from kbcli.knowledge.trust.judging import TrustSummary


def format_age(days: int) -> str:
    """How long ago: `today`, `yesterday`, `12 days ago`, `3 weeks ago`, `5 months ago`, `2 years ago`."""
    if days <= 0:
        return "today"
    if days == 1:
        return "yesterday"
    return f"{format_span(days)} ago"


def format_span(days: int) -> str:
    """A number of days in the unit a person would use: days to 20, weeks to 10, months to 24, years."""
    if days <= 20:
        return count_things(days, "day")
    if days <= 76:
        return count_things(round(days / 7), "week")
    if days < 730:
        return count_things(round(days / 30.44), "month")
    return count_things(round(days / 365.25), "year")


def describe_due(days_left: int | None) -> str:
    """When a card falls due: `due in 3 weeks`, `due today`, `5 days overdue`; "" without a due date."""
    if days_left is None:
        return ""
    if days_left < 0:
        return f"{format_span(-days_left)} overdue"
    return f"due in {format_span(days_left)}" if days_left else "due today"


def shorten_person(person: str) -> str:
    """A name to show: an address without its domain, anything else as it is."""
    return person.partition("@")[0] if "@" in person else person


def describe_trust(trust: Trust, verified: date | None, verified_by: str, today: date) -> str:
    """The trust state in a phrase: `verified 12 days ago by api-lead`, `expired 3 weeks ago`."""
    by = f" by {shorten_person(verified_by)}" if verified_by else ""
    age = f"verified {format_age((today - verified).days)}{by}" if verified else ""
    left = trust.days_left if trust.days_left is not None else 0
    if trust.state == "verified":
        return age
    if trust.state == "due":
        when = "today" if left == 0 else "tomorrow" if left == 1 else f"in {format_span(left)}"
        return f"due {when}, {age}" if age else f"due {when}"
    if trust.state == "expired":
        ago = "today" if left == 0 else format_age(-left)
        return f"expired {ago}, {age}" if age else f"expired {ago}"
    if trust.state == "changed":
        return (
            f"changed since it was verified {format_age((today - verified).days)}{by}"
            if verified
            else "changed"
        )
    if trust.state in ("flagged", "suspect") or trust.reasons[0].text.startswith("its date cannot be read"):
        return f"{trust.state}: {trust.reasons[0].text}"
    return trust.state


def format_summary(summary: "TrustSummary", *, color: bool = False) -> str:
    """One line: the trust score and how many cards are in each state."""
    if summary.score is None:
        return "no active cards"
    counts = " · ".join(
        paint(f"{count} {state}", STATE_STYLES[state], color=color)
        for state in STATES
        if (count := summary.counts[state])
    )
    score = paint(f"trust score {summary.score:.0%}", "bold", color=color)
    return f"{score} of {summary.active} active cards: {counts}"


def format_notes(notes: Iterable[str], *, color: bool) -> str:
    """Sentences below a table, a line each."""
    return "".join(paint(note, "dim", color=color) + "\n" for note in notes)
