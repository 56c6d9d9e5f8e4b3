"""Reply: the text to send of a card, in the customer's language, filled in."""

from collections.abc import Mapping

from kbcli.config import Config
from kbcli.errors import CardNotFoundError, KbError, RefusedError, UsageError
from kbcli.foundation.text.languages import find_foreign_language, guess_language
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.index.port import list_translations
from kbcli.knowledge.index.references import load_card
from kbcli.knowledge.trust.states import TRUSTED, Trust
from kbcli.operations.base import Base
from kbcli.operations.link import TicketLinks, link_ticket, name_ticket
from kbcli.operations.show import judge_shown
from kbcli.support.replies.rules import find_mistakes
from kbcli.support.replies.texts import ReplyText

_AGENT = frozenset(("agent_name", "agent", "my_name", "your_name"))
_GUESSED_FROM = 2000


class Reply(NamedTuple):
    """A text to send: of which card, under which trust, and what each of its variables is filled with.

    A variable that is not in `values` is left as it stands.
    """

    card: Card
    trust: Trust
    text: ReplyText
    values: Mapping[str, str]


class Draft(NamedTuple):
    """A text to send before it is filled in: what its variables are called, and what kb would offer for each."""

    card: Card
    trust: Trust
    text: ReplyText
    offers: Mapping[str, str]

    @property
    def missing(self) -> tuple[str, ...]:
        """The variables that nothing is known for, in the order of the text."""
        return tuple(name for name in self.text.variables if name not in self.offers)


def reply_with_card(
    kb: Base,
    card: str,
    *,
    values: Mapping[str, str] | None = None,
    text: str | None = None,
    lang: str | None = None,
    ticket_text: str | None = None,
    ticket: str | None = None,
    leave_blank: bool = False,
    anyway: bool = False,
) -> Reply:
    """The text to send of a card, filled in.

    `values` are those of its variables; `text` is the name of one of several texts. `lang` asks for the
    card's translation, as does the language of `ticket_text` where there is one. `ticket` is noted as answered with
    the card. Raises RefusedError for a card that is not trusted (unless `anyway`), a text that is broken or a ticket's
    name that holds personal data, UsageError for a variable or a text that it does not have, KbError where variables are
    missing and are not to be left blank.
    """
    draft = draft_reply(kb, card, text=text, lang=lang, ticket_text=ticket_text, ticket=ticket, anyway=anyway)
    reply = fill_draft(draft, values or {}, leave_blank=leave_blank)
    if ticket is not None:
        link_reply(kb, reply, ticket)
    return reply


def draft_reply(
    kb: Base,
    card: str,
    *,
    text: str | None = None,
    lang: str | None = None,
    ticket_text: str | None = None,
    ticket: str | None = None,
    anyway: bool = False,
) -> Draft:
    """The text to send of a card before it is filled in; a `ticket` that cannot be noted is refused now. Raises as `reply_with_card`."""
    if ticket is not None:
        name_ticket(kb, ticket)
    config = kb.config
    found = _choose_language(kb, config, load_card(config, card), lang, ticket_text)
    chosen = _choose_text(found, text)
    trust = judge_shown(config, found, kb.today)
    if trust.state not in TRUSTED and not anyway:
        hint = (
            f"See `kb show {found.id}`, ask its owner, or send it with --anyway if you know that it is right."
        )
        if source := _find_trusted_source(kb, config, found):
            hint = f"Its source {source.id} is trusted, and sent with --lang {source.lang}. {hint}"
        raise RefusedError(f"{found.id} is {trust.state}: {trust.reasons[0].text}", hint)
    return _make_draft(kb, found, trust, chosen)


def _find_trusted_source(kb: Base, config: Config, card: Card) -> Card | None:
    """What a card is translated from, where that can be sent in its place."""
    if not card.translation_of:
        return None
    try:
        source = load_card(config, card.translation_of)
    except CardNotFoundError:
        return None
    is_trusted = judge_shown(config, source, kb.today).state in TRUSTED
    return source if is_trusted and find_mistakes(source.body)[0] else None


def draft_replies(kb: Base, card: Card, trust: Trust) -> tuple[Draft, ...]:
    """Every text to send of a card, before it is filled in; none where there is a mistake in one, or no text."""
    texts, mistakes = find_mistakes(card.body)
    return () if mistakes else tuple(_make_draft(kb, card, trust, text) for text in texts)


def _make_draft(kb: Base, card: Card, trust: Trust, text: ReplyText) -> Draft:
    offers = {name: default for name, default in text.variables.items() if default is not None}
    if agents := [name for name in text.variables if name in _AGENT and name not in offers]:
        from kbcli.foundation.git.people import find_identity

        if name := kb.actor or find_identity(kb.root).name:
            offers |= dict.fromkeys(agents, name)
    return Draft(card, trust, text, offers)


def fill_draft(draft: Draft, values: Mapping[str, str], *, leave_blank: bool = False) -> Reply:
    """A draft with its variables filled: by `values`, else by what it offers. Raises as `reply_with_card`."""
    known = draft.text.variables
    for name in values:
        if name not in known:
            named = f"It has: {', '.join(known)}." if known else "It has none."
            raise UsageError(f"the text to send has no variable called “{name}”", named)
    filled = {**draft.offers, **values}
    missing = [name for name in known if name not in filled]
    if missing and not leave_blank:
        hint = f"Give each: {' '.join(f'--set {name}=…' for name in missing)} (or --leave-blank)."
        raise KbError(f"nothing is known for {', '.join(missing)}", hint)
    return Reply(draft.card, draft.trust, draft.text, filled)


def link_reply(kb: Base, reply: Reply, ticket: str) -> TicketLinks:
    """Note that a ticket was answered with the card of a reply. Raises as `link_ticket`."""
    return link_ticket(kb, ticket, [reply.card.path])


def _choose_language(kb: Base, config: Config, card: Card, lang: str | None, ticket_text: str | None) -> Card:
    """The card, or its translation into the language that is asked for or that a ticket is written in."""
    if lang is None and not (ticket_text and ticket_text.strip()):
        return card
    source = card.translation_of or card.id
    family = kb.ask_index(config, lambda index: list_translations(index.reader, source))
    by_lang = {record.lang: record.path for record in reversed(family)} | {card.lang: card.path}
    wanted = lang
    if wanted is None:
        text = (ticket_text or "")[:_GUESSED_FROM]
        wanted = card.lang
        if foreign := find_foreign_language(text, [*by_lang]):
            kb.say(f"the ticket seems to be in “{foreign}”; {card.id} is in: {', '.join(sorted(by_lang))}")
        else:
            wanted = guess_language(text, [*by_lang], card.lang)
    if wanted not in by_lang:
        raise KbError(f"{card.id} is not there in “{wanted}”", f"It is in: {', '.join(sorted(by_lang))}.")
    return card if wanted == card.lang else load_card(config, by_lang[wanted])


def _choose_text(card: Card, name: str | None) -> ReplyText:
    texts, mistakes = find_mistakes(card.body)
    if mistakes:
        line, message, hint, _ = mistakes[0]
        raise RefusedError(f"{card.path}:{card.body_line + line - 1}: {message}", hint)
    if not texts:
        hint = "Put the text between <!-- reply --> and <!-- /reply -->: kb manual replies"
        raise RefusedError(f"{card.id} has no text to send", hint)
    named = {text.name: text for text in texts}
    if name is None and len(texts) > 1 and "" not in named:
        raise UsageError(
            f"{card.id} has several texts to send", f"Say which: --text {', --text '.join(named)}"
        )
    chosen = texts[0] if name is None and len(texts) == 1 else named.get(name or "")
    if chosen is None:
        names = ", ".join(filter(None, named)) or "none with a name"
        raise UsageError(f"{card.id} has no text called “{name}”", f"It has: {names}.")
    return chosen
