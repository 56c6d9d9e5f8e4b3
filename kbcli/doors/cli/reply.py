"""`kb reply`: the text to send, and nothing else."""

from pathlib import Path

from kbcli.doors.cli.command import CARD, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import MAX_TICKET_CHARACTERS, Session
from kbcli.errors import KbError, UsageError
from kbcli.foundation.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from kbcli.operations.reply import Draft

EXAMPLES = """Examples:

\b
  kb reply acknowledge                asks for what is to be filled in, and prints the text
  kb reply acknowledge --set customer_name=Ada --set time="noon CET" --copy
  kb reply apology-outage --text ongoing --lang de
  kb reply acknowledge --ticket 35436 --copy    and note that it answered this ticket
  pbpaste | kb reply 1 --ticket-text - --leave-blank    in the language of the ticket

In a pipe what is missing is an error; --leave-blank keeps it visible. A card that is not verified is refused.
"""


def run(session: Session, values: Values) -> None:
    """Print the text to send of a card, after asking a person for what is missing."""
    from kbcli.operations.lasthits import keep_card
    from kbcli.operations.reply import draft_reply, fill_draft, link_reply
    from kbcli.render.formats import render

    form = session.pick_format("reply", values.pop("format") or "plain")
    given = dict(map(_split_value, values.pop("values")))
    copies, leaves_blank = values.pop("copy"), values.pop("leave_blank")
    values["ticket_text"] = _read_ticket(session, values["ticket_text"])
    draft = draft_reply(session.base, **values)
    if session.can_ask and not leaves_blank:
        given |= _ask_values(draft, given)
    reply = fill_draft(draft, given, leave_blank=leaves_blank)
    text = render("reply", form, reply, session.make_view()).text
    session.write(text)
    if copies:
        from kbcli.doors.cli.clipboard import copy_text

        session.say(f"copied ({copy_text(text.rstrip(chr(10)))})")
    keep_card(session.terminal, session.base.root, reply.card.id)
    if values["ticket"] is not None:
        session.say(f"{link_reply(session.base, reply, values['ticket']).ticket} → {reply.card.id}")


def _split_value(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals or not name.strip():
        raise UsageError(f"--set {given} sets nothing", "Write it as --set name=value.")
    return name.strip(), value


def _read_ticket(session: Session, named: str | None) -> str | None:
    """The text of the ticket: of standard input for -, else of a file. Raises KbError."""
    if named is None or named == "-":
        return session.read_ticket() if named else None
    try:
        return Path(named).read_bytes()[:MAX_TICKET_CHARACTERS].decode("utf-8", "replace")
    except OSError as error:
        hint = "Name a file with the ticket's text, or - for stdin."
        raise KbError(f"{named}: {error.strerror}", hint) from error


def _ask_values(draft: "Draft", given: Values) -> Values:
    """What a person fills in: all variables, offering what is known; who set some is asked for what is missing only."""
    import typer

    return {
        name: str(typer.prompt(name, default=draft.offers.get(name), err=True))
        for name in (draft.missing if given else draft.text.variables)
        if name not in given
    }


COMMAND = Command(
    "reply",
    "Print the text to send of a card, filled in.\n\nOnly that text, unwrapped, as a mail can carry it.",
    (CARD,),
    (
        Flag("values", ("--set",), "texts", "What a variable is filled with (repeatable).", "NAME=VALUE"),
        Flag("text", ("--text",), "text", "Which of several texts.", "NAME"),
        Flag(
            "lang", ("--lang", "-l"), "text", "The translation into this language.", "LANG", complete="lang"
        ),
        Flag(
            "ticket_text",
            ("--ticket-text",),
            "text",
            "A file with the ticket, or - for stdin: the reply is in its language.",
            "FILE",
        ),
        Flag("ticket", ("--ticket",), "text", "Note that this ticket was answered with it.", "TICKET"),
        Flag("copy", ("--copy", "-c"), "switch", "Put it on the clipboard, too.", default=False),
        Flag(
            "leave_blank",
            ("--leave-blank",),
            "switch",
            "Leave what is missing as {name}.",
            default=False,
        ),
        Flag("anyway", ("--anyway",), "switch", "Also of a card that is not trusted.", default=False),
        make_format_flag("reply"),
    ),
    EXAMPLES,
    run=run,
)
