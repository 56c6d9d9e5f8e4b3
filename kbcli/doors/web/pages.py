"""What each page asks of kb: one function a page, plain values in, what its template shows out."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from posixpath import splitext
from typing import BinaryIO
from urllib.parse import quote

from kbcli.doors.web.asking import Answer, Asked
from kbcli.errors import CardNotFoundError, KbError, UsageError
from kbcli.operations import load_operation
from kbcli.operations.live import LiveBase
from kbcli.operations.picture import open_picture
from kbcli.operations.recent import list_recent_texts
from kbcli.operations.reply import draft_replies
from kbcli.operations.search import SearchAnswer
from kbcli.operations.show import ShownCard, find_ident
from kbcli.operations.stale import StaleReport, StaleRow
from kbcli.operations.writing import flag_shown, link_shown, note_gap, review_shown, verify_shown
from kbcli.render.formats import View, render
from kbcli.render.pages.body import PICTURES, format_body_html
from kbcli.render.pages.card import make_reply_forms
from kbcli.render.pages.difference import list_differences

MAX_QUERY = 2_000
MAX_TICKET = 100_000
MAX_REASON = 500
MOST_TICKETS = 3
DONE = {
    "flagged": "It is reported as wrong: its owner sees that in the queue.",
    "verified": "It is verified, in your name, as of today.",
    "linked": "It is noted that this card answered the ticket.",
    "noted": "It is noted that no card answers this.",
}
LIMIT = 20
SIDEBAR_LIMIT = 5
_MOST_LIMIT = 50


def show_home(asked: Asked) -> Answer:
    """The search box, what waits for whoever asks, and what changed this week."""
    queue: Sequence[StaleRow] = ()
    if asked.user:
        with suppress(KbError):
            queue = list_queue(asked.kb, mine=True).rows
    page = {"here": "/", "paste": "paste" in asked.values, "queue": queue, "today": asked.kb.today}
    return Answer("home", {**page, "recent": list_recent_texts(asked.kb)})


def list_queue(kb: LiveBase, *, mine: bool = False, owner: str = "") -> StaleReport:
    """The cards that wait for a look, worst first: all, of an owner, or of whoever acts. Git's history is not asked."""
    if mine:
        return kb.answer("review", mine=True, history=False)  # type: ignore[no-any-return]
    given = {"owner": [owner]} if owner else {}
    return kb.answer("stale", by="owner", history=False, **given)  # type: ignore[no-any-return]


def search_cards(asked: Asked) -> Answer:
    """The cards that answer a query."""
    query = asked.values.get("q", "").strip()
    if len(query) > MAX_QUERY:
        raise UsageError("that is too long for a search", "Paste it as a ticket.")
    if not query:
        return Answer("home", {}, to="/")
    answer: SearchAnswer = asked.kb.answer("search", query=query, limit=_read_limit(asked.values))
    values = {"answer": answer, "query": query, "json": f"/api/search?q={quote(query)}"}
    return Answer("search", values, "search", answer)


def show_paste(_asked: Asked) -> Answer:
    """Where to paste a ticket: for whoever comes back to the address of what answered one."""
    return Answer("home", {}, to="/?paste")


def search_ticket(asked: Asked) -> Answer:
    """The cards that answer a ticket, which stands in no address and is not kept."""
    answer = _answer_ticket(asked, _read_limit(asked.values))
    return Answer("search", {"answer": answer}, "search", answer)


def _answer_ticket(asked: Asked, limit: int) -> SearchAnswer:
    text = asked.values.get("text", "")
    if len(text) > MAX_TICKET:
        raise UsageError("that is too long for a ticket", "Leave out what was quoted.")
    found: SearchAnswer = load_operation("search")(
        asked.kb, text, ticket=True, limit=limit, tickets=MOST_TICKETS
    )
    return found


def show_sidebar(_asked: Asked) -> Answer:
    """Where to paste a ticket, beside a help desk; one in the address is not read."""
    return Answer("sidebar", {"ticket": "", "answer": None, "framed": True})


def fill_sidebar(asked: Asked) -> Answer:
    """The best cards for a ticket, with the texts to send of those that can be relied on, filled in."""
    # Forms send line ends as CR LF, and the page gives the text back.
    text = asked.values.get("text", "").replace("\r\n", "\n").strip()
    if not text:
        return show_sidebar(asked)
    answer, replies = _answer_ticket(asked, SIDEBAR_LIMIT), {}
    for hit in answer.result.hits:
        if hit.trust.is_trusted and hit.record.has_reply:
            card = load_operation("show")(asked.kb, hit.record.id, whole=True).card
            is_filled = asked.values.get("card") == card.id
            replies[card.id] = make_reply_forms(
                draft_replies(asked.kb, card, hit.trust),
                asked.values.get("reply", ""),
                _read_fields(asked.values) if is_filled else {},
            )
    page = {"ticket": text, "answer": answer, "replies": replies, "filled": asked.values.get("card", "")}
    return Answer("sidebar", {**page, "framed": True})


def _read_fields(values: Mapping[str, str]) -> dict[str, str]:
    """What was filled in, by the names of the variables."""
    return {name.removeprefix("set-"): value for name, value in values.items() if name.startswith("set-")}


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
    return _show(asked, _read_fields(asked.values), asked.values.get("reply", ""))


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
        "done": DONE.get(asked.values.get("done", ""), ""),
        "json": f"/api/card/{quote(card.id)}",
    }
    return Answer("card", page, "show", shown)


def flag_card(asked: Asked) -> Answer:
    """Report a card as wrong."""
    reason = asked.values.get("reason", "").strip()
    if len(reason) > MAX_REASON:
        raise UsageError("that is too long for a reason", "Say it in one sentence.")
    done = flag_shown(asked.kb, asked.ident, digest=asked.values.get("digest", ""), reason=reason)
    return Answer("", {}, "flag", done, to=f"/card/{quote(done.card.id)}?done=flagged")


def link_card(asked: Asked) -> Answer:
    """Note that a card answered a ticket."""
    values = asked.values
    ticket = values.get("ticket", "").strip()
    done = link_shown(asked.kb, asked.ident, digest=values.get("digest", ""), ticket=ticket)
    return Answer("", {}, "link", done, to=f"/card/{quote(asked.ident)}?done=linked")


def keep_gap(asked: Asked) -> Answer:
    """Note what a ticket asked and no card answers."""
    values = asked.values
    done = note_gap(asked.kb, ticket=values.get("ticket", "").strip(), asked=values.get("asked", "").strip())
    return Answer("", {}, "link", done, to="/gaps?done=noted")


def review_card(asked: Asked) -> Answer:
    """What changed in a card since it was verified, or all of it, and whether it is right."""
    plan, (card, trust, today) = review_shown(asked.kb, asked.ident)
    config = asked.kb.config
    page = {
        "card": card,
        "trust": trust,
        "today": today,
        "plan": plan,
        "rows": list_differences(plan.old_text or "", plan.new_text) if plan.changed else [],
        "body": format_body_html(card, today, lambda path: find_ident(asked.kb, config, path)),
    }
    return Answer("verify", page)


def verify_card(asked: Asked) -> Answer:
    """Say that a card is right."""
    values = asked.values
    done = verify_shown(
        asked.kb, asked.ident, digest=values.get("digest", ""), settled=values.get("settled", "")
    )
    return Answer("", {}, "verify", done, to=f"/card/{quote(asked.ident)}?done=verified")


def show_queue(asked: Asked) -> Answer:
    """What waits for a look, by owner."""
    owner, mine = asked.values.get("owner", "")[:MAX_QUERY], "mine" in asked.values
    report = list_queue(asked.kb, mine=mine, owner=owner)
    here = "mine=1" if mine else f"owner={quote(owner)}" if owner else ""
    page = {
        "here": "/queue",
        "report": report,
        "owner": owner,
        "mine": mine,
        "json": f"/api/queue?{here}".rstrip("?"),
    }
    return Answer("queue", page, "review" if mine else "stale", report)


def show_alone(word: str, asked: Asked) -> Answer:
    """What an operation says by itself: a page of its own, whose style is in it."""
    return Answer("", {}, word, load_operation(word)(asked.kb), alone="html")


def list_gaps(asked: Asked) -> Answer:
    """What was asked and no card answers."""
    gaps = load_operation("gaps")(asked.kb, own=False)
    done = DONE.get(asked.values.get("done", ""), "")
    return Answer("gaps", {"here": "/gaps", "gaps": gaps, "done": done, "json": "/api/gaps"}, "gaps", gaps)


def show_picture(kb: LiveBase, path: str) -> tuple[BinaryIO, str]:
    """A picture to be read, and its type. Raises CardNotFoundError for what is none that a page shows."""
    kind = PICTURES.get(splitext(path)[1].lower())
    if kind is None:
        raise CardNotFoundError("there is no such picture")
    try:
        return open_picture(kb, path), kind
    except (KbError, OSError, ValueError):
        raise CardNotFoundError("there is no such picture") from None


def brief_shift(asked: Asked) -> Answer:
    """What whoever asks needs to know before the next shift."""
    brief = load_operation("shift brief")(asked.kb, who=asked.user or None)
    text = render("shift brief", "table", brief, View(78)).text
    return Answer("text", {"heading": "Your shift", "text": text, "json": "/api/shift"}, "shift brief", brief)
