"""What each page asks of kb: one function a page, plain values in, what its template shows out."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from posixpath import splitext
from threading import Lock
from urllib.parse import quote

from kbcli.doors.web.asking import Answer, Asked
from kbcli.errors import CardNotFoundError, KbError, UsageError
from kbcli.operations import load_operation
from kbcli.operations.base import AnswerKey
from kbcli.operations.live import LiveBase
from kbcli.operations.picture import read_picture
from kbcli.operations.reply import draft_replies
from kbcli.operations.search import SearchAnswer
from kbcli.operations.show import ShownCard, find_ident
from kbcli.render.pages.body import PICTURES, format_body_html
from kbcli.render.pages.card import make_reply_forms

MAX_QUERY = 2_000
MAX_TICKET = 100_000
LIMIT = 20
_MOST_LIMIT = 50
_MOST_KEPT = 1_000


class Answers:
    """The latest answers of searches, by all that they depend on."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[AnswerKey, str, int], SearchAnswer] = OrderedDict()
        self._lock = Lock()

    def search(self, kb: LiveBase, query: str, limit: int) -> SearchAnswer:
        """The cards that answer a query."""
        key = (kb.answer_key(), query, limit)
        with self._lock:
            if (known := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return known
        answer: SearchAnswer = load_operation("search")(kb, query, limit=limit)
        with self._lock:
            self._kept[key] = answer
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return answer


ANSWERS = Answers()


def show_home(asked: Asked) -> Answer:
    """The search box, and what waits."""
    return Answer("home", {"here": "/", "paste": "paste" in asked.values})


def search_cards(asked: Asked) -> Answer:
    """The cards that answer a query."""
    query = asked.values.get("q", "").strip()
    if len(query) > MAX_QUERY:
        raise UsageError("that is too long for a search", "Paste it as a ticket.")
    if not query:
        return Answer("home", {"here": "/", "paste": False}, to="/")
    answer = ANSWERS.search(asked.kb, query, _read_limit(asked.values))
    values = {"answer": answer, "query": query, "json": f"/api/search?q={quote(query)}"}
    return Answer("search", values, "search", answer)


def search_ticket(asked: Asked) -> Answer:
    """The cards that answer a ticket, which stands in no address and is not kept."""
    text = asked.values.get("text", "")
    if len(text) > MAX_TICKET:
        raise UsageError("that is too long for a ticket", "Leave out what was quoted.")
    answer = load_operation("search")(asked.kb, text, ticket=True, limit=_read_limit(asked.values))
    return Answer("search", {"answer": answer}, "search", answer)


def _read_limit(values: Mapping[str, str]) -> int:
    text = values.get("limit", str(LIMIT))
    if not re.fullmatch("[1-9][0-9]?", text) or int(text) > _MOST_LIMIT:
        raise UsageError(f"limit must be a number from 1 to {_MOST_LIMIT}")
    return int(text)


def show_card(asked: Asked) -> Answer:
    """A card under its trust, with its texts to send."""
    return _show(asked, {}, "")


def fill_reply(asked: Asked) -> Answer:
    """The same with one of its texts filled in; nothing of that is kept."""
    values = {
        name.removeprefix("set-"): value for name, value in asked.values.items() if name.startswith("set-")
    }
    return _show(asked, values, asked.values.get("text", ""))


def _show(asked: Asked, values: Mapping[str, str], text: str) -> Answer:
    kb, config = asked.kb, asked.kb.config
    shown: ShownCard = load_operation("show")(kb, asked.ident, whole=True)
    card, trust = shown.card, shown.trust
    drafts = draft_replies(kb, card, trust)
    anyway = "anyway" in asked.values
    page = {
        "card": card,
        "trust": trust,
        "today": shown.day,
        "body": format_body_html(card, shown.day, lambda path: find_ident(kb, config, path)),
        "replies": make_reply_forms(drafts, text, values) if trust.is_trusted or anyway else [],
        "held_back": bool(drafts) and not trust.is_trusted and not anyway,
        "anyway": anyway,
        "json": f"/api/card/{quote(card.id)}",
    }
    return Answer("card", page, "show", shown)


def show_picture(kb: LiveBase, path: str) -> tuple[bytes, str]:
    """A picture and its type. Raises CardNotFoundError for what is none that a page shows."""
    kind = PICTURES.get(splitext(path)[1].lower())
    if kind is None:
        raise CardNotFoundError("there is no such picture")
    try:
        return read_picture(kb, path), kind
    except (KbError, OSError, ValueError):
        raise CardNotFoundError("there is no such picture") from None
