"""Zammad: tickets with their articles, together or as two lists of the API.

Fields are those of docs.zammad.org. A merged ticket's articles move to the one that took it in, so it is gone.
"""

from kbcli.support.tickets.reading.conversation import Conversation
from kbcli.support.tickets.reading.shape import Context, Read, Record, Shape, Source, has_keys, put_aside
from kbcli.support.tickets.reading.values import (
    collect_addresses,
    collect_names,
    format_moment,
    read_day,
    read_dict,
    read_dicts,
    read_list,
    read_moment,
    read_optional_ref,
    read_ref,
    read_status,
    read_text,
)
from kbcli.support.tickets.ticket import CLOSED, OPEN, PENDING, Company, Ticket

NAME = "zammad"
_STATES = {1: OPEN, 2: OPEN, 3: PENDING, 4: CLOSED, 5: CLOSED, 6: CLOSED, 7: PENDING}
"""The states that an installation begins with; one of its own is open until it has an end."""

_GONE = ("merged", "removed")
_GONE_IDS = (5, 6)


def _read(record: Record, context: Context) -> Read:
    ticket = read_dict(record.get("ticket")) or record
    articles = read_dicts(record.get("articles")) or context.aside.get("zammad:articles", ticket["id"])
    conversation = _read_articles(articles)
    senders = [article.get("from") for article in articles]
    customers = [article.get("from") for article in articles if article["sender"] == "Customer"]
    state = read_text(ticket.get("state")).casefold()
    is_open = not ticket.get("close_at")
    first = articles[0]["sender"] if articles else "Customer"
    files = [file for article in articles for file in read_dicts(article.get("attachments"))]
    return Ticket(
        source=NAME,
        ref=read_ref(ticket["number"]),
        subject=read_text(ticket["title"]),
        opened=read_day(ticket.get("created_at")),
        updated=format_moment(read_moment(ticket.get("updated_at"))),
        status=read_status(state or ticket.get("state_id"), _STATES, default=OPEN if is_open else CLOSED),
        messages=tuple(conversation.messages),
        tags=read_list(ticket.get("tags")),
        topic=read_text(ticket.get("group")),
        customer=read_optional_ref(ticket.get("customer_id")),
        company=read_optional_ref(ticket.get("organization_id")),
        names=collect_names(ticket.get("customer"), *map(_split, senders)),
        addresses=collect_addresses(*(_split(sender)["email"] for sender in customers[:1])),
        is_outbound=first == "Agent" and read_text(articles[0].get("type")) == "email",
        is_gone=state in _GONE or (not state and ticket.get("state_id") in _GONE_IDS),
        articles=conversation.articles,
        attachments=tuple(name for file in files if (name := read_text(file.get("filename")))),
        has_conversation=bool(articles),
    )


def _read_articles(articles: list[Record]) -> Conversation:
    conversation = Conversation()
    for article in sorted(articles, key=lambda article: read_text(article.get("created_at"))):
        if article["sender"] != "System":
            is_html = "html" in read_text(article.get("content_type"))
            body = article.get("body")
            conversation.add(
                "" if is_html else body,
                body if is_html else "",
                is_customer=article["sender"] == "Customer",
                is_public=not article.get("internal"),
                author=article.get("created_by_id") or article.get("from") or article["sender"],
                address=_split(article.get("from"))["email"],
            )
    return conversation


def _split(sender: object) -> dict[str, str]:
    """The name and the address of `Test Person <person@example.com>`."""
    name, sign, address = read_text(sender).rpartition("<")
    return (
        {"name": name.strip(' "'), "email": address.rstrip("> ")} if sign else {"name": "", "email": address}
    )


_put_article = put_aside(
    "zammad:articles", "ticket_id",
    "sender", "internal", "content_type", "body", "from", "created_at", "created_by_id", "type", "attachments",
)  # fmt: skip


def _read_organization(record: Record, _: Context) -> Read:
    return Company(
        NAME, read_ref(record["id"]), read_text(record["name"]), "vip" if record.get("vip") else ""
    )


SOURCE = Source(
    NAME,
    "Zammad",
    (
        Shape("tickets", has_keys("ticket", "articles"), _read),
        Shape("tickets of the API", has_keys("number", "title", "group_id", "customer_id", "article_count"), _read),
        Shape("articles", has_keys("ticket_id", "sender", "internal", "content_type"), _put_article, is_aside=True),
        Shape("organizations", has_keys("id", "name", "domain_assignment", "shared"), _read_organization),
    ),
)  # fmt: skip
