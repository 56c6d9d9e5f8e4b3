"""Zendesk: the account's JSON export (a ticket a line), incremental exports of the API, and the CSV of the account.

Fields are those of developer.zendesk.com (tickets, comments, users, organizations, metrics). People are numbers in
tickets: the users' file names them. First contact is `replies` and `reopens` of the metrics.
"""

import re

from kbcli.foundation.typed import Any
from kbcli.support.tickets.reading.conversation import Conversation
from kbcli.support.tickets.reading.shape import Context, Read, Record, Shape, Source, has_keys, put_aside
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
    read_optional_ref,
    read_ref,
    read_status,
    read_text,
)
from kbcli.support.tickets.ticket import Company, LeftOut, Ticket

NAME = "zendesk"
_MERGED = re.compile(r"(?:merged into|zusammengeführt mit|fusionné avec)\D{0,40}#(\d+)", re.IGNORECASE)
_MACHINES = frozenset(("rule", "trigger", "automation", "answer_bot", "system"))
_OUTBOUND = frozenset(("proactive_ticket", "proactive-ticket"))


def _read_ticket(record: Record, context: Context) -> Read:
    ref, requester = read_ref(record["id"]), read_optional_ref(record["requester_id"])
    comments = read_dicts(record.get("comments")) or context.aside.get("zendesk:comments", ref)
    users = _find_users(record, comments, context)
    conversation = _read_messages(record, comments, users, context)
    counts: Any = read_dict(record.get("metric_set"))
    for found in context.aside.get("zendesk:metrics", ref):
        counts = found
    tags = read_list(record.get("tags"), " ,;")
    files = [file for comment in comments for file in read_dicts(comment.get("attachments"))]
    via = read_dict(read_dict(record.get("via")).get("source"))
    merged = [match[1] for comment in comments if (match := _MERGED.search(read_text(comment.get("body"))))]
    subject = read_text(record.get("raw_subject"))
    return Ticket(
        source=NAME,
        ref=ref,
        subject=read_text(record.get("subject")) if "{{" in subject or not subject else subject,
        opened=read_day(record.get("created_at")),
        updated=format_moment(read_moment(record.get("updated_at"))),
        status=read_status(record["status"]),
        messages=tuple(conversation.messages),
        tags=tags,
        customer=requester,
        company=read_optional_ref(record.get("organization_id")),
        names=collect_names(*users.values(), *_list_addresses(record)),
        addresses=collect_addresses(users.get(requester), *_list_addresses(record)),
        replies=read_count(counts.get("replies")),
        reopens=read_count(counts.get("reopens")),
        is_outbound=not _OUTBOUND.isdisjoint(tags),
        is_gone=record["status"] in ("deleted", "spam"),
        merged_into=merged[-1] if merged and "closed_by_merge" in tags else "",
        follows=read_optional_ref(read_dict(via.get("from")).get("ticket_id"))
        if via.get("rel") == "follow_up"
        else "",
        articles=conversation.articles,
        attachments=read_list([file.get("file_name") for file in files]),
        url=re.sub(r"/api/v2/tickets/(\d+)\.json\Z", r"/agent/tickets/\1", read_text(record.get("url"))),
        has_conversation=bool(comments),
    )


def _find_users(record: Record, comments: list[Record], context: Context) -> dict[str, Record]:
    """The people of a ticket by their number, as far as the users' file knows them."""
    keys = ("requester_id", "submitter_id", "assignee_id")
    others = ("collaborator_ids", "email_cc_ids", "follower_ids")
    refs = [record.get(key) for key in keys] + [comment.get("author_id") for comment in comments]
    refs += [ref for key in others for ref in read_list(record.get(key))]
    found: dict[str, Record] = {}
    for ref in dict.fromkeys(map(str, refs)):
        for user in context.aside.get("zendesk:users", ref):
            found[ref] = user
    embedded = read_dict(record.get("requester"))
    return {**found, str(record["requester_id"]): embedded} if embedded else found


def _list_addresses(record: Record) -> list[object]:
    """Who a mail came from, as the ticket says itself."""
    sender = read_dict(read_dict(read_dict(record.get("via")).get("source")).get("from"))
    return [sender.get("name"), sender.get("address")]


def _read_messages(
    record: Record, comments: list[Record], users: dict[str, Record], context: Context
) -> Conversation:
    """What people wrote; who is none of ours is told by the role, else by the ticket's requester and those in copy."""
    customers = {
        str(record["requester_id"]),
        *read_list(record.get("collaborator_ids")),
        *read_list(record.get("email_cc_ids")),
    } - {str(record.get("assignee_id"))}
    conversation = Conversation()
    first = {"author_id": record["requester_id"], "plain_body": record.get("description")}
    for comment in comments or [first]:
        author = str(comment["author_id"])
        if author == "-1" or read_dict(comment.get("via")).get("channel") in _MACHINES:
            continue
        user = read_dict(users.get(author))
        role = read_text(user.get("role"))
        conversation.add(
            comment.get("plain_body") or comment.get("body"),
            comment.get("html_body"),
            is_customer=role == "end-user" if role else author in customers and not context.is_ours(author),
            is_public=comment.get("public") is not False,
            is_sure=bool(role) or context.is_ours(author) or author == str(record.get("assignee_id")),
            author=author,
            address=user.get("email"),
        )
    return conversation


def _read_row(record: Record, context: Context) -> Read:
    """A row of the account's CSV: subject and tags, but neither question nor answers."""
    requester = read_text(record.get("Requester"))
    return Ticket(
        source=NAME,
        ref=read_ref(record.get("Id") or record.get("ID") or record["Ticket ID"]),
        subject=read_text(record["Subject"]),
        opened=read_day(record.get("Created at"), context.zone, context.options.date_style),
        updated=format_moment(
            read_moment(record.get("Updated at"), context.zone, context.options.date_style)
        ),
        status=read_status(record["Status"]),
        messages=(),
        tags=read_list(record.get("Tags"), " ,;"),
        customer=read_text(record.get("Requester id")) or read_text(record.get("Requester email")),
        company=read_text(record.get("Organization")),
        names=collect_names(
            requester, record.get("Requester email"), record.get("Assignee"), record.get("Submitter")
        ),
        addresses=collect_addresses(record.get("Requester email")),
        replies=read_count(record.get("Replies")),
        reopens=read_count(record.get("Reopens")),
        is_gone=record["Status"].casefold() in ("deleted", "spam"),
        has_texts=False,
        has_conversation=False,
    )


_put_user = put_aside("zendesk:users", "id", "name", "email", "alias", "phone", "role")
_put_comment = put_aside(
    "zendesk:comments", "ticket_id",
    "author_id", "body", "plain_body", "html_body", "public", "via", "attachments",
)  # fmt: skip
# Times of reply and solution are not read.
_put_counts = put_aside("zendesk:metrics", "ticket_id", "replies", "reopens")


def _read_organization(record: Record, _: Context) -> Read:
    """An organization; tier and renewal are fields of the account's own, known by the words in their names."""
    fields = {
        str(key).casefold(): value for key, value in read_dict(record.get("organization_fields")).items()
    }
    tier = next((value for key, value in fields.items() if re.search("tier|plan|level|segment", key)), None)
    renewal = next(
        (value for key, value in fields.items() if re.search("renew|contract_end|expir", key)), None
    )
    return Company(
        NAME, read_ref(record["id"]), read_text(record["name"]), read_text(tier), read_day(renewal)
    )


def _leave_out(_: Record, __: Context) -> Read:
    return LeftOut("a suspended ticket, which Zendesk takes for spam")


SOURCE = Source(
    NAME,
    "Zendesk",
    (
        Shape("tickets", has_keys("requester_id", "submitter_id", "status"), _read_ticket),
        Shape("users", has_keys("id", "role", "email", "time_zone"), _put_user, is_aside=True),
        Shape("comments", has_keys("ticket_id", "author_id", "public"), _put_comment, is_aside=True),
        Shape("metrics", has_keys("ticket_id", "replies", "reopens"), _put_counts, is_aside=True),
        Shape("organizations", has_keys("id", "name", "organization_fields"), _read_organization),
        Shape("suspended tickets", has_keys("cause", "author", "recipient"), _leave_out),
        Shape(
            "table",
            lambda record: {"Subject", "Status", "Requester", "Created at"} <= record.keys(),
            _read_row,
        ),
    ),
)
