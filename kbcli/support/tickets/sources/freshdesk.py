"""Freshdesk: tickets of the API with their conversations, the CSV of the user interface, and companies.

Fields are those of developers.freshdesk.com. Statuses are numbers in the API and words in the CSV, which has no
conversation. Source 10 is a mail that we sent first.
"""

import re

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

NAME = "freshdesk"
_STATUSES = {2: OPEN, 3: PENDING, 4: CLOSED, 5: CLOSED, 6: PENDING, 7: PENDING}
_OUTBOUND = 10
_MERGED = re.compile(r"merged into (?:the )?ticket #?(\d+)", re.IGNORECASE)


def _read_ticket(record: Record, context: Context) -> Read:
    ref = read_ref(record["id"])
    parts = read_dicts(record.get("conversations")) or context.aside.get("freshdesk:conversations", ref)
    requester = read_optional_ref(record["requester_id"])
    is_outbound = record.get("source") == _OUTBOUND
    conversation = _read_messages(record, parts, context, is_outbound=is_outbound)
    refs = [requester, record.get("responder_id"), *(part.get("user_id") for part in parts)]
    people = [
        person
        for one in dict.fromkeys(map(str, refs))
        for person in context.aside.get("freshdesk:people", one)
    ]
    merged = [match[1] for part in parts if (match := _MERGED.search(read_text(part.get("body_text"))))]
    return Ticket(
        source=NAME,
        ref=ref,
        subject=read_text(record["subject"]),
        opened=read_day(record.get("created_at")),
        updated=format_moment(read_moment(record.get("updated_at"))),
        status=read_status(record["status"], _STATUSES),
        messages=tuple(conversation.messages),
        tags=read_list(record.get("tags")),
        topic=read_text(record.get("type")),
        product=read_optional_ref(record.get("product_id")),
        customer=requester,
        company=read_optional_ref(record.get("company_id")),
        names=collect_names(record.get("requester"), record.get("email"), *people),
        addresses=collect_addresses(
            record.get("requester"), record.get("email"), *context.aside.get("freshdesk:people", requester)
        ),
        is_outbound=is_outbound,
        is_gone=record.get("spam") is True or record.get("deleted") is True,
        merged_into=merged[-1] if merged else "",
        articles=conversation.articles,
        attachments=_name_files(record, *parts),
        has_conversation="conversations" in record or bool(parts),
    )


def _name_files(*holders: Record) -> tuple[str, ...]:
    files = [file for holder in holders for file in read_dicts(holder.get("attachments"))]
    return tuple(name for file in files if (name := read_text(file.get("name"))))


def _read_messages(
    record: Record, parts: list[Record], context: Context, *, is_outbound: bool
) -> Conversation:
    """The description, which is the first message, and what followed, without automatic answers."""
    conversation = Conversation()
    conversation.add(
        record.get("description_text"),
        record.get("description"),
        is_customer=not is_outbound,
        author=record.get("responder_id") if is_outbound else record["requester_id"],
    )
    for part in parts:
        if not part.get("auto_response"):
            person: Record = next(iter(context.aside.get("freshdesk:people", part.get("user_id"))), {})
            conversation.add(
                part.get("body_text"),
                part.get("body"),
                is_customer=part.get("incoming") is True,
                is_public=not part.get("private"),
                author=part.get("user_id"),
                address=read_text(person.get("email")),
            )
    return conversation


def _read_row(record: Record, context: Context) -> Read:
    """A row of the CSV, whose columns people choose: a question where they took the description, no answers."""
    zone, style = context.zone, context.options.date_style
    conversation = Conversation()
    conversation.add(record.get("Description"), is_customer=True)
    return Ticket(
        source=NAME,
        ref=read_ref(record["Ticket ID"]),
        subject=read_text(record["Subject"]),
        opened=read_day(record["Created time"], zone, style),
        updated=format_moment(
            read_moment(record.get("Last update time") or record["Created time"], zone, style)
        ),
        status=read_status(record["Status"]),
        messages=tuple(conversation.messages),
        tags=read_list(record.get("Tags")),
        topic=read_text(record.get("Type")),
        product=read_text(record.get("Product")),
        customer=read_text(record.get("Contact ID") or record.get("Email")),
        company=read_text(record.get("Company Name")),
        names=collect_names(record.get("Full name"), record.get("Email"), record.get("Agent")),
        addresses=collect_addresses(record.get("Email")),
        is_outbound=record.get("Source") == "Outbound Email",
        has_texts=bool(conversation.messages),
        has_conversation=False,
    )


_put_conversation = put_aside(
    "freshdesk:conversations", "ticket_id",
    "body", "body_text", "incoming", "private", "user_id", "auto_response", "attachments",
)  # fmt: skip


def _put_person(record: Record, context: Context) -> None:
    """A contact, or an agent, whose name stands one level deeper."""
    person = read_dict(record.get("contact")) or record
    known = {key: person.get(key) for key in ("name", "email", "phone", "mobile", "twitter_id")}
    context.aside.put("freshdesk:people", read_ref(record["id"]), known)


def _read_company(record: Record, _: Context) -> Read:
    return Company(
        NAME,
        read_ref(record["id"]),
        read_text(record["name"]),
        read_text(record.get("account_tier")),
        read_day(record.get("renewal_date")),
    )


SOURCE = Source(
    NAME,
    "Freshdesk",
    (
        Shape("tickets", has_keys("id", "subject", "status", "requester_id", "responder_id"), _read_ticket),
        Shape(
            "conversations", has_keys("ticket_id", "incoming", "private"), _put_conversation, is_aside=True
        ),
        Shape("companies", has_keys("id", "name", "domains", "renewal_date"), _read_company),
        Shape("agents", has_keys("id", "contact", "occasional"), _put_person, is_aside=True),
        Shape("contacts", has_keys("id", "name", "mobile", "job_title"), _put_person, is_aside=True),
        Shape("table", has_keys("Ticket ID", "Subject", "Status", "Created time"), _read_row),
    ),
)
