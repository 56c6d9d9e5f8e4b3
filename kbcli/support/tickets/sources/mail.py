"""Mailboxes: mbox files (also of Gmail's Takeout), Maildir folders and single mails, joined to threads.

A thread is Gmail's own (X-GM-THRID), else what References and In-Reply-To of RFC 5322 join, across all files. What is
automatic (RFC 3834), bounces, newsletters and spam are left out; a list of our own address is none.
"""

import email
import email.utils
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message as Mail
from functools import partial
from hashlib import sha256

from kbcli.errors import UsageError
from kbcli.support.tickets.reading.conversation import Conversation
from kbcli.support.tickets.reading.shape import Context, Read, Record, Shape, Source, has_keys
from kbcli.support.tickets.reading.texts import read_html
from kbcli.support.tickets.reading.values import (
    collect_addresses,
    collect_names,
    find_day,
    format_moment,
    read_text,
)
from kbcli.support.tickets.ticket import CLOSED, OPEN, US, LeftOut, Ticket

NAME = "mail"
_ID = re.compile(r"<[^<>\s]+>")
_PREFIX = re.compile(
    r"^(?:\s*(?:re|aw|antw|sv|vs|r|fw|fwd|wg|tr|i|rv|enc|回复|答复|转发|회신|전달)\s*(?:\[\d+\])?[:：])+\s*",
    re.IGNORECASE,
)
_AUTOMATIC = re.compile(
    r"(?:automatic reply|auto(?:matic)?[ -]?(?:reply|response)|out of (?:the )?office|abwesenheitsnotiz|automatische antwort"
    r"|risposta automatica|fuori sede|réponse automatique|respuesta automática|自动回复|자동 ?회신|undeliver(?:ed|able)"
    r"|delivery status notification|mail delivery (?:failed|subsystem)|returned mail|failure notice)",
    re.IGNORECASE,
)
_SPAM = frozenset(("spam", "trash", "junk", "papierkorb", "cestino", "corbeille"))
_MOST_TEXT = 1_000_000


def _put_mail(record: Record, context: Context) -> Read:
    """Keep what a mail says for its thread, unless it is none of a person."""
    mail = email.message_from_bytes(record["mail"])
    labels = [label.strip() for label in _read_header(mail, "X-Gmail-Labels").split(",") if label.strip()]
    if why := _judge(mail, labels, context):
        return LeftOut(why)
    key = _find_thread(mail, context)
    name, address = email.utils.parseaddr(_read_header(mail, "From"))
    if not address:
        raise ValueError("it has no sender")
    text, html, files = _read_body(mail)
    found = {
        "id": mail.get("Message-ID") or sha256(record["mail"]).hexdigest(),
        "date": _find_date(mail),
        "name": name,
        "address": address.lower(),
        "to": [
            to.lower() for _, to in email.utils.getaddresses(mail.get_all("To", []) + mail.get_all("Cc", []))
        ],
        "subject": _read_header(mail, "Subject"),
        "text": text,
        "html": html,
        "files": files,
        "labels": labels,
    }
    context.aside.put("mail", key, found)
    return None


def _judge(mail: Mail, labels: list[str], context: Context) -> str:
    """Why a mail is none of a person to us, or of us; "" for one that is."""
    if (
        not _SPAM.isdisjoint(map(str.casefold, labels))
        or mail.get("X-Spam-Flag", "").strip().upper() == "YES"
    ):
        return "spam"
    submitted = str(mail.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    automatic = submitted != "no" or any(
        name in mail for name in ("X-Autoreply", "X-Autorespond", "X-Failed-Recipients")
    )
    precedence = str(mail.get("Precedence", "")).strip().lower()
    if automatic or precedence == "auto_reply" or mail.get("Return-Path") == "<>":
        return "an automatic mail"
    if mail.get_content_type() == "multipart/report" or _AUTOMATIC.match(_read_header(mail, "Subject")):
        return "an automatic mail"
    lists = " ".join(str(mail.get(name, "")) for name in ("List-Id", "Mailing-list", "List-Post")).casefold()
    is_list = bool(lists.strip()) or "List-Unsubscribe" in mail or precedence in ("bulk", "list", "junk")
    ours = any(name.replace("@", ".") in lists or name in lists for name in context.options.own)
    sender = email.utils.parseaddr(_read_header(mail, "From"))[1]
    return "a newsletter or a mailing list" if is_list and not ours and not context.is_ours(sender) else ""


def _read_header(mail: Mail, name: str) -> str:
    """A header on one line with its encoded words read; as it stands where it breaks its own rules."""
    value = mail.get(name)
    if value is None:
        return ""
    try:
        return " ".join(str(make_header(decode_header(value))).split())
    except (HeaderParseError, LookupError, ValueError):
        return " ".join(str(value).split())


def _find_thread(mail: Mail, context: Context) -> str:
    """The key of the thread; a mail that joins two threads makes them one."""
    if gmail := mail.get("X-GM-THRID"):
        return str(gmail).strip()
    own = _ID.findall(str(mail.get("Message-ID", "")))
    refs = _ID.findall(f"{mail.get('References', '')} {mail.get('In-Reply-To', '')}")
    known = [
        _find_root(key, context) for ref in (*refs, *own) for key in context.aside.get("mail-id", ref)[-1:]
    ]
    key: str = known[0] if known else next(iter((*refs, *own)), sha256(mail.as_bytes()).hexdigest())
    for other in dict.fromkeys(known):
        if other != key:
            context.aside.put("mail-joined", other, key)
    for ref in (*refs, *own):
        context.aside.put("mail-id", ref, key)
    return key


def _find_root(key: str, context: Context) -> str:
    seen = {key}
    while (found := context.aside.get("mail-joined", key)) and found[-1] not in seen:
        key = found[-1]
        seen.add(key)
    return key


def _find_date(mail: Mail) -> str:
    """The moment of a mail, of its last receipt where it says none, "" where nothing tells."""
    for value in (
        mail.get("Date"),
        *(str(line).rpartition(";")[2] for line in mail.get_all("Received", [])[:1]),
    ):
        try:
            if value and (moment := email.utils.parsedate_to_datetime(str(value))):
                return format_moment(moment.astimezone(UTC))
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return ""


def _read_body(mail: Mail) -> tuple[str, str, list[str]]:
    """The text of a mail, its HTML, and the names of what is attached."""
    texts: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    files: list[str] = []
    for part in mail.walk():
        name = part.get_filename()
        if name or part.get_content_disposition() == "attachment":
            if name:
                files.append(_decode(str(name)))
        elif (kind := part.get_content_type()) in texts and not part.is_multipart():
            data = part.get_payload(decode=True)
            if isinstance(data, bytes):
                texts[kind].append(_decode_text(data[:_MOST_TEXT], part.get_content_charset()))
    return "\n".join(texts["text/plain"]), "\n".join(texts["text/html"]), files


def _decode(value: str) -> str:
    try:
        return " ".join(str(make_header(decode_header(value))).split())
    except (HeaderParseError, LookupError, ValueError):
        return value


def _decode_text(data: bytes, charset: str | None) -> str:
    try:
        return data.decode(charset or "utf-8")
    except (LookupError, ValueError):
        try:
            return data.decode("utf-8")
        except ValueError:
            return data.decode("cp1252", "replace")


def _read_threads(context: Context) -> Iterator[Callable[[], Read]]:
    """The tickets of all threads. Raises UsageError where no mail is ours, as nobody said which are."""
    _refuse_strangers(context)
    parts: dict[str, list[str]] = {}
    for key in context.aside.keys("mail-joined"):
        parts.setdefault(_find_root(key, context), []).append(key)
    done: set[str] = set()
    for key in context.aside.keys("mail"):
        root = _find_root(key, context)
        if root not in done:
            keys = (root, *parts.get(root, ()))
            done |= {root} if root in parts else set()
            yield partial(_read_thread, root, keys, context)


def _refuse_strangers(context: Context) -> None:
    if context.options.own:
        return
    to = Counter(
        to
        for key in context.aside.keys("mail")
        for mail in context.aside.get("mail", key)[:1]
        for to in mail["to"]
    )
    if to:
        likely = to.most_common(1)[0][0]
        raise UsageError(
            "nothing says which addresses in these mails are ours", f"Name them, say --own {likely}."
        )


def _read_thread(key: str, keys: Sequence[str], context: Context) -> Read:
    mails = [mail for one in keys for mail in context.aside.get("mail", one)]
    by_id = {mail["id"]: mail for mail in mails}
    mails = sorted(by_id.values(), key=lambda mail: mail["date"] or mails[0]["date"])
    conversation = Conversation()
    for mail in mails:
        text = mail["text"] or read_html(mail["html"]).text
        is_ours = context.is_ours(mail["address"])
        conversation.add(text, is_customer=not is_ours, author=mail["address"], ref=mail["id"])
    if not conversation.messages:
        return LeftOut("mails without a text")
    customers = [mail for mail in mails if not context.is_ours(mail["address"])]
    to = [address for address in mails[0]["to"] if not context.is_ours(address)]
    customer = customers[0]["address"] if customers else next(iter(to), "")
    dates = sorted(mail["date"] for mail in mails if mail["date"])
    people = [person for mail in mails for person in (mail["name"], mail["address"])]
    labels = dict.fromkeys(label for mail in mails for label in mail["labels"])
    return Ticket(
        source=NAME,
        ref=key if key.isdigit() else sha256(key.encode("utf-8", "replace")).hexdigest()[:16],
        subject=_PREFIX.sub("", read_text(mails[0]["subject"])),
        opened=find_day(dates[0]) if dates else None,
        updated=dates[-1] if dates else "",
        status=CLOSED if conversation.messages[-1].by == US else OPEN,
        messages=tuple(conversation.messages),
        tags=tuple(label for label in labels if label.casefold() not in _FOLDERS),
        customer=customer,
        names=collect_names(*people, *to),
        addresses=collect_addresses(customer),
        is_outbound=context.is_ours(mails[0]["address"]),
        articles=conversation.articles,
        attachments=tuple(dict.fromkeys(name for mail in mails for name in mail["files"])),
    )


_FOLDERS = frozenset(
    ("inbox", "sent", "important", "unread", "opened", "archived", "starred", "posteingang", "gesendet")
)

SOURCE = Source(
    NAME, "mailboxes", (Shape("mails", has_keys("mail"), _put_mail, is_aside=True),), _read_threads
)
