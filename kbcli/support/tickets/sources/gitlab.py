"""GitLab: issues of the API with their notes, and `issues.ndjson` of a project's export.

Fields are those of docs.gitlab.com/api/issues and /api/notes. Nothing says who of the writers belongs to the project:
whoever did not ask counts as one of ours. What the Service Desk's bot writes is the customer's.
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
    read_ref,
    read_status,
    read_text,
)
from kbcli.support.tickets.ticket import Ticket

NAME = "gitlab"
_SERVICE_DESK = "support-bot"


def _read(record: Record, context: Context) -> Read:
    number, project = read_ref(record["iid"]), read_text(record.get("project_id"))
    asker = _name(record)
    notes = read_dicts(record.get("notes")) or context.aside.get("gitlab:notes", f"{project}#{number}")
    conversation = Conversation()
    conversation.add(record.get("description"), is_customer=True, author=asker)
    for note in sorted(notes, key=lambda note: read_text(note.get("created_at"))):
        author = _name(note)
        if note.get("system") is True or _is_bot(author):
            continue
        conversation.add(
            note.get("note") or note.get("body"),
            is_customer=author in (asker, _SERVICE_DESK) and not context.is_ours(author),
            is_public=not (note.get("internal") or note.get("confidential")),
            is_sure=context.is_ours(author),
            author=author,
        )
    labels = record.get("labels") or [
        read_dict(link.get("label")).get("title") for link in read_dicts(record.get("label_links"))
    ]
    path = read_text(read_dict(record.get("references")).get("full")).rpartition("#")[0]
    return Ticket(
        source=NAME,
        ref=f"{path or project}#{number}" if path or project else number,
        subject=read_text(record["title"]),
        opened=read_day(record.get("created_at")),
        updated=format_moment(read_moment(record.get("updated_at"))),
        status=read_status(record["state"]),
        messages=tuple(conversation.messages),
        tags=read_list(labels),
        product=path.rpartition("/")[2],
        customer=read_text(record.get("service_desk_reply_to")) or asker,
        names=collect_names(
            record.get("service_desk_reply_to"), *(_person(part) for part in (record, *notes))
        ),
        addresses=collect_addresses(record.get("service_desk_reply_to")),
        articles=conversation.articles,
        url=read_text(record.get("web_url")),
        has_conversation=bool(notes) or "notes" in record or record.get("user_notes_count") == 0,
    )


def _person(record: Record) -> Record:
    return read_dict(record.get("author"))


def _name(record: Record) -> str:
    """The login of a writer; an export of a project has numbers or names instead."""
    person = _person(record)
    return read_text(person.get("username") or record.get("author_id") or person.get("name"))


def _is_bot(name: str) -> bool:
    return name != _SERVICE_DESK and (name.startswith(("project_", "group_")) and "_bot" in name)


def _put_note(record: Record, context: Context) -> None:
    kept = ("body", "author", "system", "internal", "confidential", "created_at")
    note = {key: record.get(key) for key in kept}
    context.aside.put(
        "gitlab:notes", f"{record.get('project_id', '')}#{read_ref(record['noteable_iid'])}", note
    )


SOURCE = Source(
    NAME,
    "GitLab",
    (
        Shape("issues", has_keys("iid", "title", "description", "state"), _read),
        Shape("notes", has_keys("noteable_iid", "body", "author", "system"), _put_note, is_aside=True),
    ),
)
