"""Intercom: conversations and tickets of the API, with contacts and companies.

Fields are those of developers.intercom.com. The first message of a conversation is its `source` and not among its
parts; moments are seconds since 1970; bots answer as authors of their own type.
"""

import re

from kbcli.support.tickets.reading.conversation import Conversation
from kbcli.support.tickets.reading.shape import Context, Read, Record, Shape, Source, has_keys, put_aside
from kbcli.support.tickets.reading.texts import read_html
from kbcli.support.tickets.reading.values import (
    collect_addresses,
    collect_names,
    format_moment,
    read_count,
    read_day,
    read_dict,
    read_dicts,
    read_list,
    read_moment,
    read_ref,
    read_status,
    read_text,
)
from kbcli.support.tickets.ticket import CLOSED, Company, Ticket

NAME = "intercom"
_OUTBOUND = frozenset(("automated", "campaigns_initiated", "admin_initiated"))
_WRITTEN = frozenset(("comment", "note", "open", "close", "assignment", "quick_reply", "note_and_reopen"))


def _read_conversation(record: Record, context: Context) -> Read:
    first = read_dict(record["source"])
    conversation = Conversation()
    parts = read_dicts(read_dict(record.get("conversation_parts")).get("conversation_parts"))
    contacts = _list_contacts(record, context)
    for part in ({"part_type": "comment", **first}, *parts):
        _add(conversation, part, contacts)
    title = read_text(record.get("title")) or read_html(str(first.get("subject") or "")).text
    opening = conversation.messages[0].text if conversation.messages else ""
    return Ticket(
        source=NAME,
        ref=read_ref(record["id"]),
        subject=" ".join(title.split()) or opening.partition("\n")[0][:80],
        opened=read_day(record["created_at"]),
        updated=format_moment(read_moment(record.get("updated_at"))),
        status=read_status(record["state"]),
        messages=tuple(conversation.messages),
        tags=_read_tags(record),
        customer=read_text(contacts[0].get("id"))
        if contacts
        else read_text(read_dict(first.get("author")).get("id")),
        names=_list_names((first, *parts), contacts),
        addresses=collect_addresses(*(contacts[:1] or [read_dict(first.get("author"))])),
        reopens=read_count(read_dict(record.get("statistics")).get("count_reopens")),
        is_outbound=first.get("delivered_as") in _OUTBOUND,
        articles=conversation.articles,
        attachments=_list_files((first, *parts)),
        has_conversation="conversation_parts" in record,
    )


def _read_ticket(record: Record, context: Context) -> Read:
    fields = read_dict(record["ticket_attributes"])
    parts = read_dicts(read_dict(record.get("ticket_parts")).get("ticket_parts"))
    contacts = _list_contacts(record, context)
    customer = read_text(contacts[0].get("id")) if contacts else ""
    conversation = Conversation()
    conversation.add("", fields.get("_default_description_"), is_customer=True, author=customer)
    for part in parts:
        _add(conversation, part, contacts)
    state = record.get("ticket_state")
    category = read_text(read_dict(state).get("category") or state)
    is_open = record.get("open") is True and category != "resolved"
    return Ticket(
        source="intercom-ticket",
        ref=read_ref(record["ticket_id"]),
        subject=read_text(fields.get("_default_title_")),
        opened=read_day(record["created_at"]),
        updated=format_moment(read_moment(record.get("updated_at"))),
        status=read_status(category) if is_open else CLOSED,
        messages=tuple(conversation.messages),
        tags=_read_tags(record),
        topic=read_text(read_dict(record.get("ticket_type")).get("name")),
        customer=customer,
        company=read_text(record.get("company_id")),
        names=_list_names(parts, contacts),
        addresses=collect_addresses(*contacts[:1]),
        is_outbound=read_text(record.get("category")) == "Back-office",
        articles=conversation.articles,
        attachments=_list_files(parts),
        has_conversation="ticket_parts" in record,
    )


def _add(conversation: Conversation, part: Record, contacts: list[Record]) -> None:
    """A part of a conversation if somebody wrote it: bots, what was redacted upstream and mere events did not."""
    author = read_dict(part.get("author"))
    kind = read_text(author.get("type"))
    if kind == "bot" or part.get("redacted") or part.get("part_type") not in _WRITTEN:
        return
    known = [contact.get("email") for contact in contacts if contact.get("id") == author.get("id")]
    is_note = str(part["part_type"]).startswith("note")
    conversation.add(
        "",
        part.get("body"),
        is_customer=kind not in ("admin", "team"),
        is_public=not is_note,
        author=author.get("id"),
        address=author.get("email") or next(iter(known), ""),
    )


def _list_contacts(record: Record, context: Context) -> list[Record]:
    """The contacts of a conversation, with what the contacts' file knows of them."""
    contacts = read_dicts(read_dict(record.get("contacts")).get("contacts"))
    return [
        {**contact, **known}
        for contact in contacts
        for known in context.aside.get("intercom:contacts", contact.get("id")) or [{}]
    ]


def _list_names(parts: tuple[Record, ...] | list[Record], contacts: list[Record]) -> tuple[str, ...]:
    return collect_names(*contacts, *(part.get("author") for part in parts))


def _list_files(parts: tuple[Record, ...] | list[Record]) -> tuple[str, ...]:
    return read_list([file.get("name") for part in parts for file in read_dicts(part.get("attachments"))])


def _read_tags(record: Record) -> tuple[str, ...]:
    tags = read_dicts(read_dict(record.get("tags")).get("tags"))
    return tuple(name for tag in tags if (name := read_text(tag.get("name"))))


_put_contact = put_aside("intercom:contacts", "id", "name", "email", "phone")


def _read_company(record: Record, _: Context) -> Read:
    fields = read_dict(record.get("custom_attributes"))
    renewal = next(
        (value for key, value in fields.items() if re.search("renew|contract_end", key, re.IGNORECASE)), None
    )
    tier = read_text(read_dict(record.get("plan")).get("name"))
    return Company(NAME, read_ref(record["id"]), read_text(record["name"]), tier, read_day(renewal))


SOURCE = Source(
    NAME,
    "Intercom",
    (
        Shape("conversations", has_keys("created_at", "source", "state", "contacts"), _read_conversation),
        Shape("tickets", has_keys("ticket_id", "ticket_attributes", "created_at"), _read_ticket),
        Shape("contacts", has_keys("id", "role", "external_id", "workspace_id"), _put_contact, is_aside=True),
        Shape("companies", has_keys("id", "company_id", "custom_attributes", "name"), _read_company),
    ),
)
