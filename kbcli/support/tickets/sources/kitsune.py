"""Kitsune, the forum of support.mozilla.org: questions as CSV in two layouts, and their answers in files of their own.

Texts are HTML in one line, lists are joined by `;`. Whoever answers and did not ask counts as one of ours: that is
what volunteers there are. A question comes again in later files, whole; the answers are those of the files beside it.
"""

import re

from kbcli.support.tickets.reading.conversation import Conversation
from kbcli.support.tickets.reading.shape import Context, Read, Record, Shape, Source, has_keys
from kbcli.support.tickets.reading.values import (
    collect_names,
    format_moment,
    read_day,
    read_list,
    read_moment,
    read_ref,
    read_text,
)
from kbcli.support.tickets.ticket import CLOSED, OPEN, LeftOut, Ticket

NAME = "kitsune"
_SITE = "https://support.mozilla.org"
_READ_BEFORE = re.compile(r"/[a-zA-Z-]{2,8}/kb/[\w%.-]+")
_BOT = "sumobot"
# What stands above the quotation of an answer, in the language of whoever quotes it.
_SAID = re.compile(
    r"<em><p>[^<]{1,80}<a href=\"#answer-\d+\"[^>]*>[^<]{1,40}</a></p></em>(?=\s*<blockquote>)"
)


def _read(record: Record, context: Context) -> Read:
    ref, creator = read_ref(record["id"]), read_text(record["creator"])
    answers = _list_answers(ref, context)
    conversation = _read_messages(record["content"], creator, answers, context)
    if not conversation.messages:
        return LeftOut("a question without a text")
    locale = read_text(record["locale"])
    read_before = [_SITE + page for page in _READ_BEFORE.findall(record.get("metadata") or "")]
    is_closed = any(record.get(flag) == "true" for flag in ("is_solved", "is_archived", "is_locked"))
    return Ticket(
        source=NAME,
        ref=ref,
        subject=read_text(record["title"]),
        opened=read_day(record["created"]),
        updated=format_moment(read_moment(record["updated"])),
        status=CLOSED if is_closed else OPEN,
        messages=tuple(conversation.messages),
        tags=read_list(record["tags"]),
        product=read_text(record["product"]),
        topic=read_text(record["topic"]),
        lang=locale,
        customer=creator,
        names=collect_names(
            creator, *read_list(record.get("involved")), *(answer["creator"] for answer in answers)
        ),
        is_gone=record.get("is_spam") == "true",
        solution=conversation.find(record.get("solution")),
        articles=tuple(dict.fromkeys((*conversation.articles, *read_before))),
        url=f"{_SITE}/{locale}/questions/{ref}",
        # A question with answers that are not in the files beside it is not whole.
        has_conversation=bool(answers) or not read_list(record["answers"]),
    )


def _read_messages(question: object, creator: str, answers: list[Record], context: Context) -> Conversation:
    conversation = Conversation()
    conversation.add("", question, is_customer=True, author=creator)
    for answer in answers:
        if answer["is_spam"] != "true" and answer["creator"] != _BOT:
            conversation.add(
                "",
                _SAID.sub("", answer["content"]),
                is_customer=answer["creator"] == creator,
                is_sure=context.is_ours(answer["creator"]),
                author=answer["creator"],
                ref=answer["id"],
            )
    return conversation


def _list_answers(ref: str, context: Context) -> list[Record]:
    """The answers to a question, each as it was last, oldest first."""
    newest: dict[str, Record] = {}
    for answer in context.aside.get("kitsune:answers", ref):
        if answer["updated"] >= newest.get(answer["id"], answer)["updated"]:
            newest[answer["id"]] = answer
    return sorted(newest.values(), key=lambda answer: (answer["created"], answer["id"]))


def _put_answer(record: Record, context: Context) -> None:
    kept = ("id", "created", "updated", "content", "creator", "is_spam")
    context.aside.put("kitsune:answers", read_ref(record["question_id"]), {key: record[key] for key in kept})


SOURCE = Source(
    NAME,
    "Kitsune",
    (
        Shape("questions", has_keys("id", "title", "content", "creator", "answers", "locale"), _read),
        Shape("answers", has_keys("id", "question_id", "content", "is_spam"), _put_answer, is_aside=True),
    ),
)
