"""What `kb verify --pin` did, or would do, on a terminal, in a pipe and as JSON."""

from collections.abc import Sequence

from kbcli.knowledge.edit.verification import RESULTS, PinRow
from kbcli.render.ansi import cut_to_width, paint
from kbcli.render.cards import pad_cell
from kbcli.render.escape import escape_field, make_line

PIN_COLUMNS = ("id", "result", "basis", "text")
_STYLES = {"pinned": "green", "kept": "dim", "untrusted": "yellow", "refused": "red"}
_BASES = {
    "history": "its text did not change since its date, by git history",
    "date": "by its date alone: git does not tell whether its text changed",
    "digest": "it has a digest already",
    "": "never verified",
}


def count_pins(rows: Sequence[PinRow]) -> dict[str, int]:
    """How many cards came to each result."""
    return {result: sum(row.result == result for row in rows) for result in RESULTS}


def describe_pins(rows: Sequence[PinRow]) -> list[dict[str, object]]:
    """The rows as JSON objects."""
    return [
        {
            "id": row.card.id, "path": row.card.path, "result": row.result, "basis": row.basis or None,
            "state": row.trust.state, "digest": row.card.digest if row.result == "pinned" else row.card.verified_digest or None,
            "message": row.text or None, "hint": row.hint or None,
        }
        for row in rows
    ]  # fmt: skip


def format_pin_lines(rows: Sequence[PinRow]) -> str:
    """One card a line, tab-separated: ID, result, basis, reason."""
    cells = ((row.card.id, row.result, row.basis, row.text) for row in rows)
    return "".join("\t".join(map(escape_field, row)) + "\n" for row in cells)


def format_pin_table(rows: Sequence[PinRow], *, width: int, color: bool, dry_run: bool) -> str:
    """Cards by result with what each was judged by, and the sum."""
    id_width = min(max((len(make_line(row.card.id)) for row in rows), default=0), max(20, width // 3))
    lines = []
    for row in sorted(rows, key=lambda row: RESULTS.index(row.result)):
        result = paint(f"{row.result:<9}", _STYLES[row.result], color=color)
        why = row.text if row.result in ("untrusted", "refused") else _BASES[row.basis]
        lines.append(
            f"{result}  {pad_cell(make_line(row.card.id), id_width)}  {cut_to_width(make_line(why), max(width - id_width - 13, 20))}"
        )
    counts = (
        ", ".join(f"{number} {result}" for result, number in count_pins(rows).items() if number)
        or "no active card"
    )
    ending = " (dry run: nothing was written)" if dry_run else ""
    return "\n".join([*lines, paint(f"{counts}{ending}", "bold", color=color)]) + "\n"
