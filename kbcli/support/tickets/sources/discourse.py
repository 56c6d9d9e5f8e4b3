"""Discourse: topics with their posts, as `/t/ID.json` gives them.

Fields are those of docs.discourse.org. Staff, and who wrote the accepted answer, count as ours.
"""

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
    read_text,
)
from kbcli.support.tickets.ticket import CLOSED, OPEN, LeftOut, Ticket

NAME = "discourse"
_REGULAR, _WHISPER = 1, 4
_SYSTEM = frozenset(("system", "discobot"))


def _read(record: Record, context: Context) -> Read:
    if record.get("archetype", "regular") != "regular":
        return LeftOut("a private message")
    stream = read_dict(record["post_stream"])
    posts = [
        post
        for post in read_dicts(stream.get("posts"))
        if post.get("post_type", _REGULAR) in (_REGULAR, _WHISPER) and post.get("username") not in _SYSTEM
    ]
    asker = read_text(posts[0]["username"]) if posts else ""
    accepted = read_dict(record.get("accepted_answer")).get("post_number")
    solvers = {post["username"] for post in posts if _is_accepted(post, accepted)} - {asker}
    conversation = _read_posts(posts, asker, solvers, context)
    solution = next((post.get("post_number") for post in posts if _is_accepted(post, accepted)), None)
    is_closed = bool(solution) or record.get("closed") is True or record.get("archived") is True
    tags = record.get("tags")
    return Ticket(
        source=NAME,
        ref=read_ref(record["id"]),
        subject=read_text(record["title"]),
        opened=read_day(record.get("created_at")),
        updated=format_moment(read_moment(record.get("last_posted_at") or record.get("created_at"))),
        status=CLOSED if is_closed else OPEN,
        messages=tuple(conversation.messages),
        tags=read_list([read_text(tag.get("name")) for tag in read_dicts(tags)] or tags),
        topic=read_text(record.get("category_id")),
        customer=asker,
        names=collect_names(
            *(person for post in posts for person in (post.get("username"), post.get("name")))
        ),
        is_gone=bool(record.get("deleted_at")),
        solution=conversation.find(solution),
        articles=conversation.articles,
        has_conversation=len(read_dicts(stream.get("posts"))) >= len(read_list(stream.get("stream"))),
    )


def _read_posts(posts: list[Record], asker: str, solvers: set[object], context: Context) -> Conversation:
    conversation = Conversation()
    for post in posts:
        author = read_text(post["username"])
        is_staff = any(post.get(role) is True for role in ("staff", "admin", "moderator"))
        if not post.get("hidden") and not post.get("deleted_at") and not post.get("user_deleted"):
            conversation.add(
                post.get("raw"),
                post.get("cooked"),
                is_customer=author == asker or not (is_staff or author in solvers or context.is_ours(author)),
                is_public=post.get("post_type") != _WHISPER,
                is_sure=is_staff or context.is_ours(author),
                author=author,
                ref=post.get("post_number"),
            )
    return conversation


def _is_accepted(post: Record, number: object) -> bool:
    return post.get("accepted_answer") is True or (number is not None and post.get("post_number") == number)


SOURCE = Source(NAME, "Discourse", (Shape("topics", has_keys("id", "title", "post_stream"), _read),))
