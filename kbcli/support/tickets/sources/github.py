"""GitHub: issues of the REST API with their comments, and of `gh issue list --json …`.

Fields are those of docs.github.com/rest/issues and `gh issue list --help`. OWNER, MEMBER and COLLABORATOR are ours.
Pull requests are no tickets.
"""

import re

from kbcli.support.tickets.reading.conversation import Conversation
from kbcli.support.tickets.reading.shape import Context, Read, Record, Shape, Source, has_keys
from kbcli.support.tickets.reading.values import (
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
from kbcli.support.tickets.ticket import LeftOut, Ticket

NAME = "github"
_OURS = frozenset(("OWNER", "MEMBER", "COLLABORATOR"))
_ISSUE = re.compile(r"/repos/([^/]+/[^/]+)/issues/(\d+)")
_PAGE = re.compile(r"github\.com/([^/]+/[^/]+)/(?:issues|pull)/(\d+)")


def _read(record: Record, context: Context) -> Read:
    url = read_text(record.get("html_url") or record.get("url"))
    if "pull_request" in record or "/pull/" in url:
        return LeftOut("a pull request")
    page = _PAGE.search(url)
    ref = f"{page[1]}#{page[2]}" if page else read_ref(record["number"])
    asker = _name(record)
    comments = record.get("comments")
    parts = read_dicts(comments) if isinstance(comments, list) else context.aside.get("github:comments", ref)
    conversation = Conversation()
    for part in (record, *parts):
        author, role = _name(part), part.get("authorAssociation") or part.get("author_association")
        if not _is_bot(part) and not part.get("isMinimized"):
            # An issue that a colleague writes down is somebody's question all the same.
            is_ours = part is not record and author != asker and (role in _OURS or context.is_ours(author))
            conversation.add(part.get("body"), is_customer=not is_ours, author=author)
    labels = record.get("labels")
    state = read_text(record["state"])
    return Ticket(
        source=NAME,
        ref=ref,
        subject=read_text(record["title"]),
        opened=read_day(record.get("createdAt") or record.get("created_at")),
        updated=format_moment(read_moment(record.get("updatedAt") or record.get("updated_at"))),
        status=read_status(state),
        messages=tuple(conversation.messages),
        tags=read_list([read_text(label.get("name")) for label in read_dicts(labels)] or labels),
        product=page[1].partition("/")[2] if page else "",
        customer=asker,
        names=collect_names(*(_person(part) for part in (record, *parts))),
        is_gone=_is_bot(record),
        articles=conversation.articles,
        url=url,
        has_conversation=bool(parts) or comments in (0, []),
    )


def _person(record: Record) -> Record:
    return read_dict(record.get("author") or record.get("user"))


def _name(record: Record) -> str:
    return read_text(_person(record).get("login"))


def _is_bot(record: Record) -> bool:
    person = _person(record)
    return person.get("is_bot") is True or person.get("type") == "Bot" or _name(record).endswith("[bot]")


def _put_comment(record: Record, context: Context) -> None:
    issue = _ISSUE.search(record["issue_url"])
    if issue is None:
        raise ValueError("its issue_url names no issue")
    kept = {key: record.get(key) for key in ("body", "user", "author_association")}
    context.aside.put("github:comments", f"{issue[1]}#{issue[2]}", kept)


SOURCE = Source(
    NAME,
    "GitHub",
    (
        Shape("issues", lambda record: {"number", "title", "state", "labels"} <= record.keys() and not {"author", "user"}.isdisjoint(record), _read),
        Shape("comments", has_keys("issue_url", "author_association", "body"), _put_comment, is_aside=True),
    ),
)  # fmt: skip
