"""The application that Slack asks: every answer is for the asker's eyes only."""

import json
import re
from collections.abc import Callable, Mapping
from html import unescape
from threading import Lock
from time import monotonic
from typing import Any

from slack_bolt import Ack, App, BoltResponse, Respond
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from kbcli.errors import KbError, RefusedError
from kbcli.operations import load_operation
from kbcli.operations.live import LiveBase
from kbcli.operations.public import PublicBase
from kbcli.operations.show import ShownCard
from kbcli.operations.writing import flag_shown
from kbcli.render.slack import Block, format_card, format_hits, make_flag_form, make_said, make_text

LIMIT = 3
MOST_WORDS, MOST_TICKET = 2_000, 40_000
_HELP = "Say what the customer asks: /kb customer gets 429. Or take a message as a ticket, in its menu."
_PUBLIC_ONLY = (
    "Only public cards are shown here: others may be reading this channel, or kb cannot see whether they do."
)
_REMEMBERED = 60
# Neither goes past the next <, which Slack writes as an entity where somebody typed it: else time goes by the square.
_LINK = re.compile(r"<((?:https?|mailto|tel):[^|<>]*)(?:\|([^<>]*))?>")
_MARK = re.compile(r"<[@#!][^|<>]*(?:\|([^<>]*))?>")

Body = Mapping[str, Any]


class Channels:
    """Which channels people of other organisations read, as Slack says; those that it does not tell of count as such."""

    def __init__(self, client: WebClient, now: Callable[[], float] = monotonic) -> None:
        self._client = client
        self._now = now
        self._known: dict[str, tuple[float, bool]] = {}
        self._lock = Lock()

    def is_shared(self, channel: str) -> bool:
        """Whether others may read it; what was answered holds for a minute."""
        with self._lock:
            until, known = self._known.get(channel, (0.0, True))
        if self._now() < until:
            return known
        try:
            found: Mapping[str, Any] = self._client.conversations_info(channel=channel)["channel"]
        except (SlackApiError, OSError, KeyError):
            return True
        shared = any(found.get(name) for name in ("is_ext_shared", "is_shared", "is_pending_ext_shared"))
        with self._lock:
            self._known[channel] = (self._now() + _REMEMBERED, shared)
        return shared


class Answers:
    """What is answered in which channel; kb.toml says who a user of Slack is, and where the pages of the cards are.

    Where others may read along the public's base is asked: a filter would tell of owners, comments and words of the other.
    """

    def __init__(self, kb: LiveBase, channels: Channels) -> None:
        self._kb = kb
        self._public = PublicBase(kb, today=lambda: kb.today, say=kb.say)
        self._channels = channels

    def search(self, text: str, channel: str, *, ticket: bool = False) -> list[Block]:
        """The cards that answer words, or a whole message."""
        words = text.strip()[: MOST_TICKET if ticket else MOST_WORDS]
        if not words:
            return [make_text(_HELP)]
        kb = self._choose(channel)
        answer = load_operation("search")(kb, words, ticket=ticket, limit=LIMIT)
        blocks = format_hits(answer, kb.config.slack_pages)
        return [*blocks, make_text(_PUBLIC_ONLY)] if kb is self._public else blocks

    def show(self, ident: str, channel: str) -> list[Block]:
        """A card's text under its trust."""
        kb = self._choose(channel)
        return format_card(_show(kb, ident), kb.config.slack_pages)

    def make_form(self, ident: str, channel: str) -> Block:
        """The form that asks what is wrong with a card."""
        _show(self._choose(channel), ident)
        card = _show(self._kb, ident).card
        return make_flag_form(card.id, card.title, card.digest, channel)

    def flag(self, ident: str, digest: str, reason: str, user: str, channel: str) -> str:
        """Report a card as wrong, in the name that kb.toml has for a user; a sentence that says so."""
        person = self._kb.config.slack_people.get(user)
        if not person:
            hint = f"Add {user} to [slack.people] in kb.toml."
            raise RefusedError("kb.toml does not say who you are", hint)
        _show(self._choose(channel), ident)
        flag_shown(self._kb.act_as(person), ident, digest=digest, reason=reason)
        return f"{ident} is reported as wrong, in the name of {person}. Its owner sees it in the queue."

    def _choose(self, channel: str) -> LiveBase:
        """The base that may be shown in a channel; what is not in it is not there."""
        return self._public if self._channels.is_shared(channel) else self._kb


def _show(kb: LiveBase, ident: str) -> ShownCard:
    shown: ShownCard = load_operation("show")(kb, ident, whole=True)
    return shown


def make_app(kb: LiveBase, *, secret: str, client: WebClient) -> App:
    """The application of a base. `secret` is what Slack signs its requests with; `client` speaks to Slack. Raises KbError where there is no place for the public's base."""
    app = App(
        signing_secret=secret,
        client=client,
        token_verification_enabled=False,
        process_before_response=True,  # an answer is there when the request is answered
    )
    answers = Answers(kb, Channels(client))
    _answer_questions(app, answers)
    _take_reports(app, answers, client)

    @app.error
    def fail(error: Exception) -> BoltResponse:
        """Name what broke, without a word of what was asked."""
        kb.say(f"a request failed: {type(error).__name__}")
        return BoltResponse(status=200, body="")

    return app


def _answer_questions(app: App, answers: Answers) -> None:
    """`/kb words`, a message as a ticket, and the button that reads a card."""

    @app.command("/kb")
    def search(ack: Ack, command: Body) -> None:
        blocks = _try(lambda: answers.search(read_message(command.get("text", "")), command["channel_id"]))
        ack(response_type="ephemeral", text="Cards", blocks=blocks)

    @app.shortcut("ask_kb")
    def take_ticket(ack: Ack, shortcut: Body, respond: Respond) -> None:
        ack()
        text, channel = read_message(shortcut["message"].get("text", "")), shortcut["channel"]["id"]
        _respond(respond, _try(lambda: answers.search(text, channel, ticket=True)))

    @app.action("show")
    def show(ack: Ack, body: Body, action: Body, respond: Respond) -> None:
        ack()
        _respond(respond, _try(lambda: answers.show(action["value"], body["channel"]["id"])))

    @app.action("open")
    def open_page(ack: Ack) -> None:
        """The browser does it; Slack only wants to hear that somebody listens."""
        ack()


def _take_reports(app: App, answers: Answers, client: WebClient) -> None:
    """The button that asks what is wrong with a card, and the form that says it."""

    @app.action("flag")
    def ask_reason(ack: Ack, body: Body, action: Body, respond: Respond) -> None:
        ack()
        try:
            form = answers.make_form(action["value"], body["channel"]["id"])
        except KbError as error:
            _respond(respond, _describe(error))
        else:
            client.views_open(trigger_id=body["trigger_id"], view=form)

    @app.view("flag")
    def flag(ack: Ack, body: Body, view: Body) -> None:
        about = json.loads(view["private_metadata"])
        reason = view["state"]["values"]["reason"]["reason"]["value"]
        try:
            said = answers.flag(about["id"], about["digest"], reason, body["user"]["id"], about["channel"])
        except KbError as error:
            said = " ".join(filter(None, (error.message, error.hint)))
        ack(response_action="update", view=make_said(said))


def read_message(text: str) -> str:
    """The words of a message as Slack writes them: links with their address, no names of people, entities read."""
    text = _LINK.sub(lambda found: " ".join(filter(None, (found[2], found[1].removeprefix("mailto:")))), text)
    return unescape(_MARK.sub(lambda found: found[1] or "", text))


def _try(answer: Callable[[], list[Block]]) -> list[Block]:
    try:
        return answer()
    except KbError as error:
        return _describe(error)


def _describe(error: KbError) -> list[Block]:
    return [make_text(" ".join(filter(None, (error.message, error.hint))))]


def _respond(respond: Respond, blocks: list[Block]) -> None:
    respond(text="Cards", blocks=blocks, response_type="ephemeral", replace_original=False)
