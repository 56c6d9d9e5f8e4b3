"""Contracts that are due, with what is open."""

from kbcli.foundation.text.counts import count_things
from kbcli.operations.renewals import Renewal, Renewals
from kbcli.render.ansi import cut_to_width, paint
from kbcli.render.escape import make_line
from kbcli.render.formats import Output, View


def format_renewals_table(found: Renewals, view: View) -> Output:
    """A company, its tier and day; below it what it has open."""
    lines: list[str] = []
    for row in found.rows:
        tier = f" ({make_line(row.tier)})" if row.tier else ""
        name = paint(f"{make_line(row.company) or '(no name)'}{tier}", "bold", color=view.color)
        recent = f"{count_things(row.recent, 'ticket')} in three months"
        lines.append(f"{row.day}  {name}  {_say_left(row)}, {len(row.problems)} open, {recent}")
        for one in row.problems:
            text = f"            {make_line(one.ticket)}  {one.opened or '–'}  {one.status}  {make_line(one.subject)}"
            lines.append(cut_to_width(text, view.width))
    return Output(
        "".join(f"{line}\n" for line in lines) or f"No contract is due up to {found.until}.\n",
        _say_undated(found),
    )


def _say_left(row: Renewal) -> str:
    return "today" if row.days_left == 0 else f"in {count_things(row.days_left, 'day')}"


def _say_undated(found: Renewals) -> tuple[str, ...]:
    return (
        (f"of {count_things(found.undated, 'company', 'companies')} no day of renewal is known",)
        if found.undated
        else ()
    )


def list_renewal_rows(found: Renewals, _view: View) -> list[tuple[object, ...]]:
    """Day, company, tier, days left, tickets of three months, then of each open ticket (a line each) its name, day, state, subject."""
    rows: list[tuple[object, ...]] = []
    for row in found.rows:
        head = (row.day, row.company, row.tier, row.days_left, row.recent)
        rows += [(*head, *problem) for problem in row.problems] or [(*head, "", "", "", "")]
    return rows


def describe_renewals(found: Renewals) -> dict[str, object]:
    """The data of `kb renewals`."""
    return {
        "until": found.until,
        "undated": found.undated,
        "renewals": [
            {
                "company": row.company,
                "tier": row.tier or None,
                "day": row.day,
                "days_left": row.days_left,
                "recent": row.recent,
                "open": [problem._asdict() for problem in row.problems],
            }
            for row in found.rows
        ],
    }
