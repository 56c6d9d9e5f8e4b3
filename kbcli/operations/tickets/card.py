"""The card that an earlier ticket's answer begins."""

from kbcli.errors import RefusedError, UsageError
from kbcli.foundation.redaction import redact_text
from kbcli.foundation.text.languages import language_code
from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base
from kbcli.operations.tickets import ask_tickets
from kbcli.operations.tickets.show import find_ticket


class TicketCard(NamedTuple):
    """Title, text and language that a card has from a ticket; the language is "" for the default."""

    title: str
    body: str
    lang: str


def begin_ticket_card(
    kb: Base,
    ticket: str,
    title: str,
    *,
    body: str | None = None,
    lang: str = "",
    translate: str | None = None,
) -> TicketCard:
    """The card that answers what a ticket asked: our answer as its text, the subject as its title, where no other are given.

    It goes into git, so both pass today's rules once more; what was linked to it is left to say. Raises KbError for an
    unknown ticket, RefusedError for one without an answer, UsageError for a translation.
    """
    if translate is not None:
        raise UsageError("a translation begins from a card", "Use --ticket or --translate.")
    config = kb.config
    found, _ = ask_tickets(kb, config, lambda store: find_ticket(store, ticket))
    if not found.answer and not body:
        raise RefusedError(f"{found.name} has no answer of ours", "Write the card without --ticket.")
    kb.say(f"from {found.name}; take out what is about this customer alone, then: kb link {found.name} CARD")
    own = "" if language_code(found.lang) == language_code(config.lang) else found.lang
    return TicketCard(title or redact_text(found.subject), body or redact_text(found.answer), lang or own)
