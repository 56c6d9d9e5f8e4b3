"""One earlier ticket."""

from collections.abc import Iterable, Iterator

from kbcli.operations.tickets.show import ShownTicket
from kbcli.render.ansi import paint
from kbcli.render.escape import make_line, make_visible
from kbcli.render.formats import View
from kbcli.support.tickets.archive import ArchivedTicket
from kbcli.support.tickets.ticket import US

_BY = {US: "we", "customer": "customer"}


def format_ticket(shown: ShownTicket, view: View) -> str:
    """Subject, what is known of it, and its messages in order; a note among colleagues is marked."""
    return format_messages(shown.ticket, _list_facts(shown), view)


def format_messages(ticket: ArchivedTicket, further: Iterable[tuple[str, str]], view: View) -> str:
    """A ticket with its messages, and further facts of it by what they are."""
    lines = [paint(make_line(ticket.subject) or "(no subject)", "bold", color=view.color)]
    facts = (
        ("ticket:", ticket.name),
        ("opened:", f"{ticket.opened or 'on an unknown day'}, {ticket.status}"),
        ("about:", ", ".join(filter(None, (ticket.product, ticket.topic, *ticket.tags)))),
        *further,
        ("follows:", ticket.follows),
        ("articles:", " ".join(ticket.articles)),
        ("attached:", ", ".join(ticket.attachments)),
        ("at:", ticket.url),
    )
    lines += [f"{paint(label, 'dim', color=view.color)} {make_line(text)}" for label, text in facts if text]
    for place, message in enumerate(ticket.messages):
        notes = [] if message.is_public else ["note"]
        notes += ["solution"] if place == ticket.solution else []
        head = " · ".join((_BY.get(message.by, make_line(message.by)), *notes))
        lines += ["", paint(f"── {head}", "cyan", color=view.color), make_visible(message.text)]
    return "".join(f"{line}\n" for line in lines)


def _list_facts(shown: ShownTicket) -> Iterator[tuple[str, str]]:
    company = shown.company
    if company is not None:
        renewal = f"renews {company.renewal}" if company.renewal else ""
        yield "company:", ", ".join(filter(None, (company.name, company.tier, renewal)))
    yield "cards:", ", ".join(shown.cards)


def describe_shown(shown: ShownTicket) -> dict[str, object]:
    """The data of `kb tickets show`."""
    company = shown.company
    return {
        "ticket": describe_ticket(shown.ticket),
        "company": company
        and {"name": company.name, "tier": company.tier or None, "renewal": company.renewal},
        "cards": list(shown.cards),
    }


def describe_ticket(ticket: ArchivedTicket) -> dict[str, object]:
    """A ticket under the documented keys."""
    return {
        "name": ticket.name,
        "opened": ticket.opened,
        "status": ticket.status,
        "product": ticket.product or None,
        "topic": ticket.topic or None,
        "lang": ticket.lang,
        "tags": list(ticket.tags),
        "subject": ticket.subject,
        "question": ticket.question,
        "answer": ticket.answer,
        "replies": ticket.replies,
        "reopens": ticket.reopens,
        "outbound": ticket.is_outbound,
        "first_contact": ticket.first_contact,
        "messages": [
            {"by": message.by, "text": message.text, "public": message.is_public}
            for message in ticket.messages
        ],
        "articles": list(ticket.articles),
        "attachments": list(ticket.attachments),
        "follows": ticket.follows or None,
        "url": ticket.url or None,
    }
