"""Links of cards to tickets, gaps, and tickets that a correction concerns."""

from kbcli.foundation.text.counts import count_things
from kbcli.operations.affected import AffectedTickets
from kbcli.operations.gaps import Gap, GapChange, Gaps
from kbcli.operations.link import TicketLinks
from kbcli.render.ansi import paint
from kbcli.render.diff import format_diff
from kbcli.render.escape import format_rows, make_line
from kbcli.render.formats import Output, View
from kbcli.render.words import shorten_person

_INDENT = "    "


def format_link_table(links: TicketLinks, view: View) -> str:
    """What was noted, a line each."""
    if not links.lines:
        return f"nothing {'to take back' if links.undone else 'new'}: {make_line(links.ticket)}\n"
    verb = "no longer" if links.undone else ""
    lines = []
    for line in links.lines:
        what = (
            paint(make_line(line.card), "cyan", color=view.color)
            if line.card
            else f"no card: {make_line(line.asked)}"
        )
        words = " ".join(filter(None, (make_line(links.ticket), verb, "→", what)))
        lines.append(words if line.outcome in ("used", "none") else f"{words} ({line.outcome})")
    return "".join(f"{line}\n" for line in lines)


def list_link_rows(links: TicketLinks, _view: View) -> list[tuple[object, ...]]:
    """Ticket, outcome (`undone` for what was taken back), card, what was asked."""
    return [
        (links.ticket, "undone" if links.undone else line.outcome, line.card, line.asked)
        for line in links.lines
    ]


def describe_links(links: TicketLinks) -> dict[str, object]:
    """The data of `kb link`."""
    return {
        "ticket": links.ticket,
        "undone": links.undone,
        "lines": [
            {
                "on": line.on,
                "card": line.card or None,
                "digest": line.digest or None,
                "outcome": line.outcome,
                "asked": line.asked or None,
            }
            for line in links.lines
        ],
    }


def format_gap_table(gaps: Gaps, view: View) -> Output:
    """How many tickets and searches, last when, what was asked; below it the nearest cards."""
    blocks = []
    for number, gap in enumerate(gaps.rows, 1):
        counts = [count_things(len(gap.tickets), "ticket")] if gap.tickets else []
        if gap.searches:
            counts.append(count_things(gap.searches, "search of yours", "searches of yours"))
        asked = paint(make_line(gap.asked), "bold", color=view.color)
        counts.append(f"{'last' if counts else 'since'} {gap.last}")
        if gap.taken:
            counts.append(f"{_name_writers(gap)} writes it")
        block = f"{number:>2}  {asked}  ({', '.join(counts)})\n"
        if gap.nearest:
            near = f"{_INDENT}nearest: {', '.join(map(make_line, gap.nearest))}"
            block += paint(near, "dim", color=view.color) + "\n"
        blocks.append(block)
    if gaps.more:
        blocks.append(paint(f"{gaps.more} more: --limit N\n", "dim", color=view.color))
    return Output("".join(blocks) or "No gap is noted.\n", gaps.notes)


def format_gap_lines(gaps: Gaps, _view: View) -> Output:
    """Number of tickets, first and last day, what was asked, the tickets, number of searches, the nearest cards, who writes it."""
    rows = [
        (len(gap.tickets), gap.first, gap.last, gap.asked, ",".join(gap.tickets), gap.searches, ",".join(gap.nearest), ",".join(line.by for line in gap.taken))
        for gap in gaps.rows
    ]  # fmt: skip
    return Output(format_rows(rows), gaps.notes)


def describe_gaps(gaps: Gaps) -> dict[str, object]:
    """The data of `kb gaps`."""
    return {
        "gaps": [
            {"asked": gap.asked, "count": len(gap.tickets), "first": gap.first, "last": gap.last, "tickets": list(gap.tickets),
             "searches": gap.searches, "nearest": list(gap.nearest), "taken": [{"by": line.by, "on": line.on} for line in gap.taken]}
            for gap in gaps.rows
        ],
        "more": gaps.more,
    }  # fmt: skip


def _name_writers(gap: Gap) -> str:
    return ", ".join(make_line(shorten_person(line.by)) for line in gap.taken)


def format_gap_change(change: GapChange, _view: View) -> str:
    """Who writes what, or which card answers it."""
    line = change.line
    who = make_line(line.card or shorten_person(line.by))
    verb = "answers" if line.card else "no longer writes" if change.undone else "writes"
    return f"{who} {verb}: {make_line(change.asked)}\n"


def list_changed_gap(change: GapChange, _view: View) -> list[tuple[object, ...]]:
    """A row: what was asked, the card that answers it or who writes it ("" for nobody)."""
    return [(change.asked, "" if change.undone else change.line.card or change.line.by)]


def describe_gap_change(change: GapChange) -> dict[str, object]:
    """The data of `kb gaps take` and `kb gaps close`."""
    line = change.line
    return {
        "asked": change.asked,
        "outcome": line.outcome,
        "undone": change.undone,
        "on": line.on,
        "by": line.by or None,
        "card": line.card or None,
    }


def format_affected_table(affected: AffectedTickets, view: View) -> str:
    """The tickets of each text that was sent, and how it differs from what is true now."""
    if not affected.texts:
        return f"No ticket is affected by changes of {make_line(affected.card.id)}.\n"
    parts: list[str] = []
    for text in affected.texts:
        parts += [f"{make_line(ticket)}  {day}\n" for ticket, day in text.tickets]
        if text.sent is None:
            parts.append("  git does not know the text that was sent\n")
        else:
            now = affected.card
            parts.append(format_diff(text.sent.text, now.text, color=view.color, width=view.width))
    return "".join(parts)


def list_affected_rows(affected: AffectedTickets, _view: View) -> list[tuple[object, ...]]:
    """Ticket, day of the answer, digest of the text that was sent."""
    return [(ticket, day, text.digest) for text in affected.texts for ticket, day in text.tickets]


def describe_affected(affected: AffectedTickets) -> dict[str, object]:
    """The data of `kb affected`."""
    now = affected.card.text
    return {
        "card": affected.card.id,
        "texts": [
            {
                "digest": text.digest,
                "tickets": [{"ticket": ticket, "on": day} for ticket, day in text.tickets],
                "diff": None if text.sent is None else format_diff(text.sent.text, now, color=False),
            }
            for text in affected.texts
        ],
    }
