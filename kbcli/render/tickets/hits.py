"""Earlier tickets that are like a question: what was asked, what we answered, when, and from which card."""

from collections.abc import Iterator, Sequence

from kbcli.operations.tickets.search import FoundTickets, TicketHit
from kbcli.render.ansi import cut_to_width, measure_width, paint
from kbcli.render.escape import format_rows, make_line
from kbcli.render.formats import Output, View

_INDENT = "    "
_SHOWN = 1000
"""Characters of a text that are looked at for the line that shows it."""


def format_ticket_hits(found: FoundTickets, view: View) -> Output:
    """The tickets for a terminal, three lines each: subject and name, question, answer; day and cards between."""
    text = format_hits(found.hits, view)
    return Output(text, () if text else (f"no earlier ticket is like “{found.query}”",))


def format_hits(hits: Sequence[TicketHit], view: View) -> str:
    """Tickets, with an empty line between them."""
    return "\n".join(_format_hit(hit, view) for hit in hits)


def _format_hit(hit: TicketHit, view: View) -> str:
    ticket, color = hit.ticket, view.color
    name = make_line(ticket.name)
    subject = cut_to_width(
        make_line(ticket.subject), max(view.width - len(_INDENT) - measure_width(name) - 2, 20)
    )
    gap = " " * max(view.width - len(_INDENT) - measure_width(subject) - measure_width(name), 2)
    when = ticket.opened.isoformat() if ticket.opened else "on an unknown day"
    notes = [when, ticket.status, *(make_line(part) for part in (ticket.product, *ticket.tags) if part)]
    cards = "".join(f" → {make_line(card)}" for card in hit.cards)
    lines = [f"{_INDENT}{paint(subject, 'bold', color=color)}{gap}{paint(name, 'cyan', color=color)}"]
    lines.append(
        f"{_INDENT}{paint(' · '.join(notes), 'dim', color=color)}{paint(cards, 'cyan', color=color)}"
    )
    lines += [
        f"{_INDENT}{paint(label, 'dim', color=color)} {cut_to_width(line, max(view.width - 6, 20))}"
        for label, text in (("?", ticket.question), ("→", ticket.answer))
        if (line := make_line(text[:_SHOWN]))
    ]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def list_ticket_rows(found: FoundTickets, _view: View) -> Output:
    """Name, day, status, subject, question, answer, cards."""
    return Output(format_rows(map(_list_fields, found.hits)))


def _list_fields(hit: TicketHit) -> Iterator[object]:
    ticket = hit.ticket
    yield from (ticket.name, ticket.opened, ticket.status, ticket.subject, ticket.question, ticket.answer)
    yield " ".join(hit.cards)


def describe_found(found: FoundTickets) -> dict[str, object]:
    """The data of `kb tickets search`."""
    data: dict[str, object] = {"query": found.query, "tickets": describe_hits(found.hits)}
    if found.engine is not None:
        data["engine"] = {"used": found.engine.used, "reason": found.engine.reason or None}
    return data


def describe_hits(hits: Sequence[TicketHit]) -> list[dict[str, object]]:
    """Tickets as they stand in JSON: score and cards beside the ticket."""
    from kbcli.render.tickets.ticket import describe_ticket

    return [
        {"ticket": describe_ticket(hit.ticket), "score": round(hit.score, 6), "cards": list(hit.cards)}
        for hit in hits
    ]
