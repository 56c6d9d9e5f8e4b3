"""A ticket as the engine keeps it: kb's own terms, separated by blanks, what it is chosen by, and what is shown of it.

What stands for people are the sums that the archive has, which its key alone can make: by them an erasure finds all of
a customer's tickets, whoever pushed them.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from kbcli.foundation.opensearch.access import EngineError
from kbcli.foundation.opensearch.client import encode_json
from kbcli.foundation.opensearch.records import take
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.knowledge.index.opensearch.documents import clip_term
from kbcli.knowledge.index.schema import FORMAT
from kbcli.support.tickets.archive import COLUMNS, ArchivedTicket, read_row, seal_row
from kbcli.support.tickets.index import make_entry
from kbcli.support.tickets.recording import hash_key, split_keys
from kbcli.support.tickets.ticket import Message

VERSION = f"{FORMAT}/1"
"""Of kb's terms, and of the form of documents and state: one of them differs where an index must not be used."""

CODEC = "best_compression"
"""How the engine packs what is shown."""

WITH_COPIES: Mapping[str, Any] = {"index": {"auto_expand_replicas": "0-1"}}
"""The setting of an index that is built: until then it has no copies."""

_UPDATED, _PEOPLE = COLUMNS.index("updated"), COLUMNS.index("people")
_PLAIN = ("status", "product", "topic", "lang", "subject", "url")


def make_settings(shards: int) -> dict[str, Any]:
    """Settings and mapping of an index of tickets.

    Nothing that was deleted is kept for copies that lag behind, and of a part with one deleted ticket all is written
    anew when that is asked for: what was erased is in no file then.
    """
    words = {"type": "text", "analyzer": "whitespace", "index_options": "freqs"}
    exact = ("name", "ref", "updated", "tag", "product", "lang", "language", "keys")
    fields: dict[str, Any] = {"question": words, "answer": words, "opened": {"type": "integer"}}
    return {
        "settings": {
            "number_of_shards": shards,
            "number_of_replicas": 0,
            "refresh_interval": "-1",
            "codec": CODEC,
            "soft_deletes.retention_lease.period": "10s",
            "merge.policy.expunge_deletes_allowed": 0,
        },
        "mappings": {
            "dynamic": False,
            "_source": {"excludes": ["question", "answer"]},
            "properties": fields | {name: {"type": "keyword"} for name in exact},
        },
    }


class PackedTicket(NamedTuple):
    """A ticket to be written: its row in the archive, its ID, the check sum of its row, its newest change, and its JSON."""

    row: int
    ident: str
    seal: int
    updated: str
    source: bytes


def name_ticket(key: bytes, name: str) -> str:
    """The ID of a ticket's document."""
    return hash_key(key, "ticket", name).hex()


def pack_row(key: bytes, erased: frozenset[bytes], row: int, columns: Sequence[Any]) -> PackedTicket:
    """The document of a row; of a ticket that it follows up only what stands for it, unless that was `erased`."""
    ticket = read_row(row, columns, texts=True)
    entry = make_entry(ticket)
    ident, seal = name_ticket(key, ticket.name), seal_row(columns)
    marks: dict[str, list[str]] = {}
    for field, value in entry.marks:
        marks.setdefault(field, []).append(clip_term(value))
    source: dict[str, Any] = {
        "name": ticket.name,
        "ref": clip_term(ticket.name.partition(":")[2]),
        "seal": seal,
        "updated": columns[_UPDATED],
        "opened": entry.opened,
        "question": entry.question,
        "answer": entry.answer,
        "language": ticket.lang,
        "keys": [ident, *(one.hex() for one in dict.fromkeys(split_keys(columns[_PEOPLE])))],
        "shown": _pack_shown(ticket),
        **marks,
    }
    if ticket.follows:
        followed = hash_key(key, "ticket", f"{ticket.name.partition(':')[0]}:{ticket.follows}")
        if followed not in erased:
            source["follows"] = followed.hex()
    return PackedTicket(row, ident, seal, columns[_UPDATED], encode_json(source))


def _pack_shown(ticket: ArchivedTicket) -> dict[str, Any]:
    shown: dict[str, Any] = {name: getattr(ticket, name) for name in _PLAIN}
    shown |= {
        "opened": ticket.opened and ticket.opened.isoformat(),
        "tags": ticket.tags,
        "replies": ticket.replies,
        "reopens": ticket.reopens,
        "is_outbound": ticket.is_outbound,
        "first_contact": ticket.first_contact,
        "messages": [[message.by, message.text, message.is_public] for message in ticket.messages],
        "solution": ticket.solution,
        "articles": ticket.articles,
        "attachments": ticket.attachments,
    }
    return {name: value for name, value in shown.items() if value not in ((), "", None, [])}


def read_ticket(source: object, follows: str = "") -> ArchivedTicket:
    """The ticket of a document. Raises EngineError for one that kb did not write."""
    try:
        kept = take(dict, source)
        shown = take(dict, kept["shown"])
        texts: dict[str, Any] = {name: take(str, shown.get(name, "")) for name in _PLAIN}
        return ArchivedTicket(
            row=0,
            name=take(str, kept["name"]),
            opened=date.fromisoformat(take(str, shown["opened"])) if "opened" in shown else None,
            **texts,
            tags=_take_texts(shown, "tags"),
            replies=_take_or_none(int, shown, "replies"),
            reopens=_take_or_none(int, shown, "reopens"),
            is_outbound=take(bool, shown.get("is_outbound", False)),
            first_contact=_take_or_none(bool, shown, "first_contact"),
            company=b"",
            messages=tuple(
                Message(take(str, by), take(str, text), take(bool, is_public))
                for by, text, is_public in take(list, shown.get("messages", []))
            ),
            solution=_take_or_none(int, shown, "solution"),
            articles=_take_texts(shown, "articles"),
            attachments=_take_texts(shown, "attachments"),
            follows=follows,
        )
    except (KeyError, TypeError, ValueError):
        raise EngineError("a ticket of its index is not one that kb wrote") from None


def _take_texts(shown: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(take(str, one) for one in take(list, shown.get(name, [])))


def _take_or_none(kind: type, shown: Mapping[str, Any], name: str) -> Any:
    return take(kind, shown[name]) if name in shown else None
