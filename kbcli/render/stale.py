"""The stale report in each format."""

import shlex
from collections import Counter
from collections.abc import Iterator

from kbcli.foundation.text.counts import count_things
from kbcli.knowledge.trust.judging import TrustSummary
from kbcli.knowledge.trust.stale import StaleReport, StaleRow
from kbcli.knowledge.trust.states import STATES
from kbcli.render.ansi import STATE_MARKS, STATE_STYLES, cut_to_width, measure_width, pad_cell, pad_id, paint
from kbcli.render.csv import format_csv
from kbcli.render.escape import make_line
from kbcli.render.formats import View
from kbcli.render.json import describe_card, describe_summary
from kbcli.render.markdown import escape_markdown, format_markdown_table, shorten_name
from kbcli.render.words import describe_due, format_notes, format_span, format_summary

_STATE_WIDTH = 12
# Of a group, so that the worst groups are seen at once.
_GROUP_ROWS = 10
_MARKDOWN_COLUMNS = ("Card", "State", "When", "Owner")
STALE_COLUMNS = (
    "id",
    "path",
    "title",
    "state",
    "reasons",
    "owner",
    "verified",
    "verified_by",
    "due",
    "days_left",
)


def list_stale_rows(report: StaleReport, _view: View) -> Iterator[tuple[object, ...]]:
    """One stale card a row: ID, state, days left, due date, owner, reason, title.

    Claims that have ended or end soon follow, with `claim` as their state.
    """
    for row in report.rows:
        card, trust = row.card, row.trust
        yield card.id, trust.state, trust.days_left, trust.due, card.owner, trust.reasons[0].text, card.title
    for found in report.claims:
        card, claim = found.card, found.claim
        yield (
            card.id,
            "claim",
            found.days_left,
            claim.until,
            card.owner,
            (claim.note or claim.excerpt),
            card.title,
        )


def format_stale_table(report: StaleReport, view: View) -> str:
    """The report for a terminal, in groups when it has them, with the summary line last and how it was judged below it."""
    width, color = view.width, view.color
    parts = []
    if report.groups:
        for group in report.groups:
            if not group.rows:
                continue
            name = make_line(group.name) or f"no {report.group_by}"
            score = f"{group.summary.score:.0%} trusted, " if group.summary.score is not None else ""
            counts = Counter(row.trust.state for row in group.rows)
            score += ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state])
            parts.append(
                f"{paint(name, 'bold underline', color=color)}  {paint(score, 'dim', color=color)}\n"
            )
            rows = group.rows[:_GROUP_ROWS]
            parts.append(_format_rows(rows, width, color, show_owner=report.group_by != "owner"))
            if more := len(group.rows) - len(rows):
                value = make_line(shlex.quote(group.name or "-"))
                parts.append(f"… and {more} more: kb stale --{report.group_by} {value}\n")
            parts.append("\n")
    elif report.rows:
        parts.append(_format_rows(report.rows, width, color, show_owner=True) + "\n")
    else:
        parts.append("Nothing is stale.\n")
    if report.claims:
        parts.append(_format_claims(report, width, color) + "\n")
    parts.append(format_summary(report.summary, color=color) + "\n")
    return "".join(parts) + format_notes(report.notes, color=color)


def describe_stale(report: StaleReport) -> dict[str, object]:
    """The data of `kb stale`."""
    data: dict[str, object] = {
        "cards": [describe_card(row.card, row.trust) for row in report.rows],
        "summary": {**describe_summary(report.summary), "basis": dict(report.bases)},
    }
    if report.claims:
        data["claims"] = [
            {
                "id": row.card.id,
                "line": row.claim.line,
                "until": row.claim.until,
                "days_left": row.days_left,
                "note": row.claim.note,
            }
            for row in report.claims
        ]
    if report.group_by:
        data["groups"] = [
            {
                report.group_by: group.name or None,
                "ids": [row.card.id for row in group.rows],
                "summary": describe_summary(group.summary),
            }
            for group in report.groups
        ]
    return data


def _format_rows(rows: tuple[StaleRow, ...], width: int, color: bool, *, show_owner: bool) -> str:
    owners = [make_line(row.card.owner) or "–" for row in rows]
    days = [describe_days(row) for row in rows]
    owner_width = min(max(map(measure_width, owners)), 18) if show_owner else 0
    days_width = min(max(map(measure_width, days)), width // 3)
    room = width - _STATE_WIDTH - days_width - owner_width - 3
    id_width = max(18, min(max(measure_width(row.card.id) for row in rows), room))
    lines = []
    for row, owner, when in zip(rows, owners, days, strict=True):
        cells = [
            paint(
                f"{STATE_MARKS[row.trust.state]} {row.trust.state:<10}",
                STATE_STYLES[row.trust.state],
                color=color,
            ),
            paint(pad_id(make_line(row.card.id), id_width), "cyan", color=color),
        ]
        if show_owner:
            cells.append(pad_cell(owner, owner_width))
        lines.append(" ".join((*cells, cut_to_width(when, days_width))).rstrip())
    return "\n".join(lines) + "\n"


def _format_claims(report: StaleReport, width: int, color: bool) -> str:
    lines = [paint("claims with an end of their own", "bold underline", color=color)]
    for row in report.claims:
        ended = row.days_left < 0
        when = (
            f"ended {format_span(-row.days_left)} ago" if ended else f"ends in {format_span(row.days_left)}"
        )
        mark = paint("⌛" if ended else "⏳", "red" if ended else "yellow", color=color)
        place = make_line(f"{row.card.path}:{row.claim.line}")
        lines.append(
            cut_to_width(f"{mark} {place}  {when}: {make_line(row.claim.note or row.claim.excerpt)}", width)
        )
    return "\n".join(lines) + "\n"


def describe_days(row: StaleRow) -> str:
    """How late a card is, how long it has, or what else is the matter with it."""
    if row.trust.state in ("flagged", "changed", "suspect") or row.card.bad_date:
        return make_line(row.trust.reasons[0].text)
    return describe_due(row.trust.days_left) or ("no due date" if row.card.verified else "never verified")


def format_stale_csv(report: StaleReport) -> str:
    """The stale cards in report order; with a grouping, one row per card and group, led by the group."""
    if not report.group_by:
        return format_csv(STALE_COLUMNS, (_stale_cells(row) for row in report.rows))
    rows = ((group.name, *_stale_cells(row)) for group in report.groups for row in group.rows)
    return format_csv((f"by_{report.group_by}", *STALE_COLUMNS), rows)


def _stale_cells(row: StaleRow) -> tuple[str | int | None, ...]:
    card, trust = row.card, row.trust
    return (
        card.id,
        card.path,
        card.title,
        trust.state,
        "; ".join(reason.text for reason in trust.reasons),
        card.owner,
        card.verified.isoformat() if card.verified else "",
        card.verified_by,
        trust.due.isoformat() if trust.due else "",
        trust.days_left,
    )


def format_stale_markdown(report: StaleReport) -> str:
    """A heading with the score, then one table, or one for each group."""
    parts = [f"**{_format_headline(report)}**\n"]
    # Below its owner's heading a card need not name its owner again, unless it has several.
    alone = report.group_by == "owner" and all(len(row.card.owners) < 2 for row in report.rows)
    columns = _MARKDOWN_COLUMNS[:-1] if alone else _MARKDOWN_COLUMNS
    if not report.rows:
        parts.append("\nNothing is stale.\n")
    elif not report.groups:
        parts.append(
            "\n" + format_markdown_table(_MARKDOWN_COLUMNS, (_format_row(row) for row in report.rows))
        )
    for group in report.groups:
        if group.rows:
            name = shorten_name(group.name) or f"no {report.group_by}"
            count = count_things(len(group.rows), "card")
            parts.append(f"\n### {name} ({count}{_format_share(group.summary)})\n\n")
            rows = (_format_row(row)[: len(columns)] for row in group.rows)
            parts.append(format_markdown_table(columns, rows))
    if report.claims:
        claims = (
            (
                escape_markdown(row.card.id),
                f"line {row.claim.line}",
                str(row.claim.until),
                escape_markdown(row.claim.note or row.claim.excerpt),
            )
            for row in report.claims
        )
        parts.append(
            "\n### Claims with an end of their own\n\n"
            + format_markdown_table(("Card", "Where", "Until", "What"), claims)
        )
    return "".join(parts)


def _format_headline(report: StaleReport) -> str:
    needing = count_things(len(report.rows), "card needs", "cards need")
    counts = Counter(row.trust.state for row in report.rows)
    states = ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state])
    detail = f": {states}" if states else ""
    return f"{report.today}: {needing} a look{detail}{_format_share(report.summary)}"


def _format_share(summary: TrustSummary) -> str:
    return "" if summary.score is None else f"; trust score {summary.score:.0%} of {summary.active}"


def _format_row(row: StaleRow) -> tuple[str, ...]:
    card, trust = row.card, row.trust
    title, name = shorten_name(card.title), escape_markdown(card.id)
    reasons = "; ".join(
        dict.fromkeys(reason.text for reason in trust.reasons if reason.state not in ("expired", "due"))
    )
    state = f"**{trust.state}**" + (f": {escape_markdown(reasons)}" if reasons else "")
    return f"{title} ({name})", state, describe_due(trust.days_left) or "–", shorten_name(card.owner) or "–"
