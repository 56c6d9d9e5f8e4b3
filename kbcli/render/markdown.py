"""Tables as Markdown, to paste into a chat or an issue."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from kbcli.knowledge.trust.judging import TrustSummary
from kbcli.knowledge.trust.stale import StaleReport, StaleRow
from kbcli.knowledge.trust.states import STATES
from kbcli.render.ansi import cut_to_width
from kbcli.render.escape import strip_controls
from kbcli.render.words import describe_due

_COLUMNS = ("Card", "State", "When", "Owner")
# GitHub also takes what stands between two $ for mathematics.
_MARKUP = re.compile(r"([\\`*_\[\]~|#$])")
# A name longer than this is cut: the card's ID still tells which one it is.
_NAME_WIDTH = 120
_MENTION = re.compile(r"(?<![\w`])@(?=\w)")
_AUTOLINK = re.compile(r"(?i)\b(https?|ftp|www)(://|\.)")


def format_markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A GitHub-flavoured table; the cells are Markdown already. A column whose head begins with # is of numbers."""
    heads = [column.removeprefix("#") for column in columns]
    rules = (" ---: " if column.startswith("#") else " --- " for column in columns)
    lines = [f"| {' | '.join(heads)} |", f"|{'|'.join(rules)}|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "".join(f"{line}\n" for line in lines)


def escape_markdown(text: str) -> str:
    """A text that shows as itself: no markup, no HTML, nobody mentioned, nothing linked."""
    text = strip_controls(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _MARKUP.sub(r"\\\1", text)
    text = _MENTION.sub("@\u200b", text)
    return _AUTOLINK.sub("\\1\u200b\\2", text)


def shorten_name(text: str) -> str:
    """A title, an owner or another name for a cell: shown as itself, cut when it is very long."""
    return escape_markdown(cut_to_width(strip_controls(text), _NAME_WIDTH))


def format_stale_markdown(report: StaleReport) -> str:
    """A heading with the score, then one table, or one for each group."""
    parts = [f"**{_format_headline(report)}**\n"]
    # Below its owner's heading a card need not name its owner again, unless it has several.
    alone = report.group_by == "owner" and all(len(row.card.owners) < 2 for row in report.rows)
    columns = _COLUMNS[:-1] if alone else _COLUMNS
    if not report.rows:
        parts.append("\nNothing is stale.\n")
    elif not report.groups:
        parts.append("\n" + format_markdown_table(_COLUMNS, (_format_row(row) for row in report.rows)))
    for group in report.groups:
        if group.rows:
            name = shorten_name(group.name) or f"no {report.group_by}"
            count = "1 card" if len(group.rows) == 1 else f"{len(group.rows)} cards"
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
    count = len(report.rows)
    noun = "card needs" if count == 1 else "cards need"
    counts = Counter(row.trust.state for row in report.rows)
    states = ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state])
    detail = f": {states}" if states else ""
    return f"{report.today}: {count} {noun} a look{detail}{_format_share(report.summary)}"


def _format_share(summary: TrustSummary) -> str:
    return "" if summary.score is None else f"; trust score {summary.score:.0%} of {summary.active}"


def _format_row(row: StaleRow) -> tuple[str, ...]:
    title = shorten_name(row.card.title)
    name = escape_markdown(row.card.id)
    reasons = "; ".join(
        dict.fromkeys(reason.text for reason in row.trust.reasons if reason.state not in ("expired", "due"))
    )
    state = f"**{row.trust.state}**" + (f": {escape_markdown(reasons)}" if reasons else "")
    return f"{title} ({name})", state, describe_due(row.days_left) or "–", shorten_name(row.owner) or "–"
