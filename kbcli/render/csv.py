"""Tables as CSV (RFC 4180), safe to open in a spreadsheet."""

from collections.abc import Iterable, Sequence

from kbcli.knowledge.trust.stale import StaleReport, StaleRow
from kbcli.render.escape import strip_controls

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


def format_csv(columns: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> str:
    """A header and rows. A text that a spreadsheet would run as a formula is led by an apostrophe."""
    import csv
    import io

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(
            ["" if cell is None else cell if isinstance(cell, int) else _neutralise(cell) for cell in row]
        )
    return stream.getvalue()


def _neutralise(text: str) -> str:
    # https://owasp.org/www-community/attacks/CSV_Injection; tab and newline are gone before the test.
    text = strip_controls(text)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) else text


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
        row.owner,
        card.verified.isoformat() if card.verified else "",
        card.verified_by,
        trust.due.isoformat() if trust.due else "",
        row.days_left,
    )
