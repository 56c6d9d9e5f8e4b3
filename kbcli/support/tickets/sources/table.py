"""Any table (CSV): the user says which column holds what; what the names in the header suggest is proposed.

Rows are tickets with their question and answer, or, where a column `text` is named, single messages of tickets.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from kbcli.support.tickets.reading.conversation import Conversation
from kbcli.support.tickets.reading.shape import Context, Read, Record, Shape, Source
from kbcli.support.tickets.reading.values import (
    collect_addresses,
    collect_names,
    find_day,
    format_moment,
    read_count,
    read_list,
    read_moment,
    read_ref,
    read_status,
    read_text,
)
from kbcli.support.tickets.ticket import CLOSED, Ticket

NAME = "table"
FIELDS = {
    "ref": "id, ticket, ticket id, ticket number, ticket no, number, case, case id, case number, key, issue key, vorgang, nummer, ticketnummer",
    "opened": "opened, opened at, created, created at, created time, created date, creation date, date, erstellt, erstellt am, datum, creato, data, 创建时间, 생성일",
    "updated": "updated, updated at, last update, last updated, modified, last modified, closed, closed at, resolved, resolved at, geändert, aktualisiert",
    "status": "status, state, zustand, stato, 状态, 상태",
    "subject": "subject, title, summary, betreff, titel, thema, oggetto, titolo, objet, asunto, 主题, 标题, 제목, विषय",
    "question": "question, description, request, problem, frage, beschreibung, anfrage, domanda, descrizione, richiesta, 问题, 描述, 질문, 문의, प्रश्न",
    "answer": "answer, reply, response, resolution, solution, antwort, lösung, risposta, soluzione, 回复, 解决方案, 답변, उत्तर",
    "text": "message, text, body, comment, message body, nachricht, kommentar, messaggio, 消息, 메시지",
    "by": "by, author type, sender, sender type, from type, role, direction, message type",
    "public": "public, is public, visible",
    "at": "at, sent at, message created at, comment created at, timestamp",
    "product": "product, produkt, prodotto, app, 产品, 제품",
    "topic": "topic, category, type, kategorie, thema, categoria, 类别, 분류",
    "tags": "tags, labels, schlagwörter, etichette, 标签, 태그",
    "lang": "lang, language, locale, sprache, lingua, 语言, 언어",
    "customer": "customer, customer id, requester, requester id, contact, contact id, user, kunde, kundennummer, cliente, 客户, 고객",
    "name": "name, full name, customer name, requester name, contact name, kundenname, nome, 姓名, 이름",
    "email": "email, e-mail, mail, customer email, requester email, contact email, from",
    "company": "company, organization, organisation, account, firma, azienda, 公司, 회사",
    "url": "url, link",
    "replies": "replies, agent replies, number of replies",
    "reopens": "reopens, reopened, number of reopens",
}
"""What a column can hold, and the names in a header that say so; the first column that fits is proposed."""

_HUMP, _REMARK = re.compile("(?<=[a-z])(?=[A-Z])"), re.compile(r"\([^()]*\)")
_ROW = re.compile("^(?:ticket|case|issue|request|conversation) ")
_CUSTOMERS = frozenset(
    ("customer", "user", "end-user", "requester", "contact", "lead", "incoming", "in", "kunde", "client")
)
_TEXTS = frozenset(("subject", "question", "answer", "text"))


def propose_columns(header: Sequence[str]) -> dict[str, str]:
    """Which columns hold what, by their names: field → name in the header."""
    proposed: dict[str, str] = {}
    folded = {_fold(name): name for name in header}
    # `Ticket subject`, `Issue ID`: what the rows are stands before it.
    bare = {_ROW.sub("", name): column for name, column in folded.items()}
    for field, names in FIELDS.items():
        meant = names.replace("-", " ").split(", ")
        known = (columns.get(name) for columns in (folded, bare) for name in meant)
        column = next((name for name in known if name and name not in proposed.values()), None)
        if column:
            proposed[field] = column
    # A body beside a question is its answer's or a note's: rows are messages only where nothing says otherwise.
    if "text" in proposed and "question" not in proposed and "by" not in proposed:
        proposed["question"] = proposed.pop("text")
    elif "question" in proposed:
        proposed.pop("text", None)
    return proposed


def _fold(name: str) -> str:
    """A name in a header in words: `CreatedDate`, `Created_At (UTC)`."""
    words = _REMARK.sub("", _HUMP.sub(" ", name)).replace("_", " ").replace("-", " ")
    return " ".join(words.casefold().split())


def has_texts(columns: Sequence[str]) -> bool:
    """Whether these fields tell more than counts."""
    return not _TEXTS.isdisjoint(columns)


def _read_row(record: Record, context: Context) -> Read:
    row = _Row(record, context)
    if "text" in context.options.columns:
        context.aside.put("table", read_ref(row["ref"]), record)
        return None
    return _read_ticket([row], context)


class _Row:
    """A row by the fields that the user named columns for."""

    def __init__(self, record: Record, context: Context) -> None:
        self._record, self._context = record, context

    def __getitem__(self, field: str) -> str:
        column = self._context.options.columns.get(field)
        return "" if column is None else str(self._record[column] or "")

    def moment(self, *fields: str) -> str:
        """The first of these moments that stands there. Raises ValueError for what is none."""
        value = next((self[field] for field in fields if self[field].strip()), "")
        found = read_moment(value.strip(), self._context.zone, self._context.options.date_style)
        if value.strip() and found is None:
            raise ValueError(
                f"“{value.strip()}” is no date; if it is one, --date-style us or eu says how to read it"
            )
        return format_moment(found)


def _read_rows(context: Context) -> Iterator[Callable[[], Read]]:
    """The tickets of rows that are messages, once all are read."""
    for ref in context.aside.keys("table"):
        rows = [_Row(record, context) for record in context.aside.get("table", ref)]
        yield partial(_read_ticket, rows, context)


def _read_ticket(rows: Sequence[_Row], context: Context) -> Ticket:
    first = rows[0]
    conversation = Conversation()
    for row in sorted(rows, key=lambda row: row.moment("at")):
        author = row["customer"] or row["email"] or row["name"]
        conversation.add("", row["question"], is_customer=True, author=author)
        conversation.add("", row["answer"], is_customer=False)
        if row["text"]:
            by = row["by"].strip().casefold()
            is_public = row["public"].strip().casefold() not in ("false", "0", "no", "private", "nein")
            is_customer = by in _CUSTOMERS
            name = author if is_customer else by
            conversation.add("", row["text"], is_customer=is_customer, is_public=is_public, author=name)
    opened = first.moment("opened", "at")
    return Ticket(
        source=NAME,
        ref=read_ref(first["ref"]),
        subject=read_text(first["subject"]),
        opened=find_day(opened),
        updated=max(row.moment("updated", "at", "opened") for row in rows),
        status=read_status(first["status"], default=CLOSED),
        messages=tuple(conversation.messages),
        tags=read_list(first["tags"]),
        product=read_text(first["product"]),
        topic=read_text(first["topic"]),
        lang=read_text(first["lang"]),
        customer=read_text(first["customer"] or first["email"]),
        company=read_text(first["company"]),
        names=collect_names(*(row[field] for row in rows for field in ("name", "email"))),
        addresses=collect_addresses(first["email"], first["customer"]),
        replies=read_count(first["replies"]),
        reopens=read_count(first["reopens"]),
        articles=conversation.articles,
        url=read_text(first["url"]),
        has_texts=has_texts(tuple(context.options.columns)),
        has_conversation="answer" in context.options.columns or "text" in context.options.columns,
    )


SOURCE = Source(NAME, "tables with named columns", (Shape("table", lambda _: True, _read_row),), _read_rows)
