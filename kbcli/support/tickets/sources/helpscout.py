"""Help Scout and FreeScout: conversations of the Mailbox API 2.0 with their threads embedded.

Fields are those of developer.helpscout.com and api-docs.freescout.net, whose conversations have the same shape.
"""

from kbcli.support.tickets.reading.conversation import Conversation
from kbcli.support.tickets.reading.shape import Context, Read, Record, Shape, Source, has_keys
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
from kbcli.support.tickets.ticket import Ticket

_WRITTEN = frozenset(
    ("customer", "message", "note", "chat", "beaconchat", "phone", "forwardparent", "forwardchild")
)
_ALIVE = frozenset(("published", "hidden", ""))


def _read(record: Record, _: Context) -> Read:
    threads = read_dicts(read_dict(record.get("_embedded")).get("threads"))
    customer = read_dict(record.get("primaryCustomer") or record.get("customer"))
    conversation = _read_threads(threads)
    files = [
        file
        for thread in threads
        for file in read_dicts(read_dict(thread.get("_embedded")).get("attachments"))
    ]
    people = [
        read_dict(thread.get(key)) for thread in threads for key in ("createdBy", "customer", "assignedTo")
    ]
    tags = record.get("tags")
    return Ticket(
        source="helpscout" if "primaryCustomer" in record else "freescout",
        ref=read_ref(record["number"]),
        subject=read_text(record["subject"]),
        opened=read_day(record["createdAt"]),
        updated=format_moment(read_moment(record.get("userUpdatedAt") or record.get("updatedAt"))),
        status=read_status(record["status"]),
        messages=tuple(conversation.messages),
        tags=read_list([read_text(tag.get("tag") or tag.get("name")) for tag in read_dicts(tags)] or tags),
        customer=read_optional_ref(customer.get("id")),
        names=collect_names(customer, record.get("createdBy"), record.get("assignee"), *people),
        addresses=collect_addresses(customer),
        is_outbound=bool(conversation.messages) and threads[-1].get("type") == "message" and _is_ours(record),
        is_gone=record["status"] == "spam" or record.get("state") == "deleted",
        articles=conversation.articles,
        attachments=tuple(
            name for file in files if (name := read_text(file.get("filename") or file.get("fileName")))
        ),
        has_conversation="_embedded" in record and "threads" in record["_embedded"],
    )


def _read_threads(threads: list[Record]) -> Conversation:
    conversation = Conversation()
    for thread in sorted(threads, key=lambda thread: read_text(thread.get("createdAt"))):
        kind, author = thread["type"], read_dict(thread.get("createdBy"))
        if kind not in _WRITTEN or read_text(thread.get("state")) not in _ALIVE:
            continue
        # A call is written down by a colleague, for the customer.
        is_customer = kind in ("customer", "phone") or author.get("type") == "customer"
        conversation.add(
            "",
            thread.get("body"),
            is_customer=is_customer,
            is_public=kind != "note",
            author=author.get("id"),
            address=author.get("email"),
        )
    return conversation


def _is_ours(record: Record) -> bool:
    """Whether a colleague began the conversation with a mail; who writes down a call does not."""
    began = read_dict(record.get("createdBy")).get("type") or read_dict(record.get("source")).get("via")
    return began == "user" and record.get("type") != "phone"


SOURCE = Source(
    "helpscout",
    "Help Scout or FreeScout",
    (Shape("conversations", has_keys("number", "mailboxId", "folderId", "subject", "status"), _read),),
)
