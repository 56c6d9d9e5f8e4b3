"""`kb show`: one card, rendered under its trust."""

from typing import TYPE_CHECKING, Annotated

import typer

from kbcli.doors.cli.options import CardArgument, FormatOption
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    from kbcli.knowledge.cards.model import Card
    from kbcli.knowledge.trust.states import Trust

EXAMPLES = """Examples:

\b
  kb show too-many-requests         the card, rendered under its trust banner
  kb show api/too-many-requests --raw | less
  kb show too-many-requests --as-of 2026-03-01   what we said then, and whether it was verified
  $EDITOR "$(kb show 429-page --path)"
"""


def register(app: typer.Typer) -> None:
    """Add `kb show`."""
    app.command("show", epilog=EXAMPLES)(show)


def show(
    ctx: typer.Context,
    card: CardArgument,
    raw: Annotated[bool, typer.Option("--raw", help="The file as it stands.")] = False,
    path: Annotated[bool, typer.Option("--path", help="Only the path of the file.")] = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="DAY", help="The card and its trust on a past day (YYYY-MM-DD), from git."
        ),
    ] = None,
    pager: Annotated[
        bool, typer.Option("--pager/--no-pager", help="Page what is longer than the screen.")
    ] = True,
    output: FormatOption = None,
) -> int:
    """Show one card under its trust banner: who verified it, when, and whether the text changed since."""
    from kbcli.knowledge.cards.library import load_card

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    found = load_card(session.config, card)
    if as_of is not None:
        if path:
            raise UsageError("--path is where the card is now", "Leave out --path or --as-of.")
        _show_past(session, found, as_of, form, raw=raw, pager=pager)
        return 0
    full = session.config.root / found.path
    if path:
        from kbcli.render.escape import make_visible

        session.write(make_visible(str(full)) + "\n")
        return 0
    if raw:
        from kbcli.render.escape import make_visible

        text = full.read_bytes().decode("utf-8", "replace")
        session.write(make_visible(text) if session.is_terminal else text)
        return 0
    _show_card(session, found, form, pager=pager)
    return 0


def _show_past(session: Session, card: "Card", day: str, form: str, *, raw: bool, pager: bool) -> None:
    """The card as it stood on a day, under a line that says so."""
    from datetime import date

    from kbcli.knowledge.past.card import find_past_card
    from kbcli.render.escape import make_visible

    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise UsageError(f"--as-of is “{day}”", "It must be a day such as 2026-03-01.") from None
    past = find_past_card(session.config, card, wanted, session.today)
    now = _judge(session, card).state
    said = f"This is the past: {card.id} on {past.day} (commit {past.sha[:10]} of {past.committed}). Today it is {now}."
    if raw:
        session.say(said)
        text = past.data.decode("utf-8", "replace")
        session.write(make_visible(text) if session.is_terminal else text)
    elif form == "json":
        from kbcli.render.jsonout import describe_card, format_envelope

        moment = {"day": past.day, "commit": past.sha, "committed": past.committed, "state_today": now}
        card_then = describe_card(past.card, past.trust)
        session.write(format_envelope("show", {"card": card_then, "body": past.card.body, "as_of": moment}))
    elif form == "plain":
        state = f"It was {past.trust.state} then."
        session.write(make_visible(f"> {said} {state}\n\n") + _format_plain(past.card))
    else:
        from kbcli.render.ansi import paint

        text = paint(make_visible(said), "yellow bold", color=session.color) + "\n"
        _write_rendered(session, text + _format_table(session, past.card, past.trust, past.day), pager=pager)


def _judge(session: Session, card: "Card") -> "Trust":
    """The trust of a card, with what its own history says where it has no digest."""
    from kbcli.knowledge.past.provenance import judge_change
    from kbcli.knowledge.trust.judging import judge_one

    return judge_one(session.config, card, session.today, changed=judge_change(session.config, card))


def _show_card(session: Session, card: "Card", form: str, *, pager: bool) -> None:
    trust = _judge(session, card)
    if form == "json":
        from kbcli.render.jsonout import describe_card, format_envelope

        session.write(format_envelope("show", {"card": describe_card(card, trust), "body": card.body}))
        return
    if form == "plain":
        session.write(_format_plain(card))
        from kbcli.knowledge.trust.states import TRUSTED

        if trust.state not in TRUSTED:
            # The text goes into a pipe without its banner; whoever sends it must know.
            session.say(f"{card.id} is {trust.state}: {trust.reasons[0].text}")
        return
    _write_rendered(session, _format_table(session, card, trust, session.today), pager=pager)


def _format_plain(card: "Card") -> str:
    from kbcli.render.escape import make_visible

    heading = "" if card.heading_title else f"# {card.title}\n\n"
    return make_visible(f"{heading}{card.body.strip()}\n")


def _format_table(session: Session, card: "Card", trust: "Trust", day: "date") -> str:
    from kbcli.render.cards import format_banner, format_body

    text = format_banner(card, trust, day, width=session.width, color=session.color)
    return text + format_body(card, day, width=session.width, color=session.color)


def _write_rendered(session: Session, text: str, *, pager: bool) -> None:
    if pager:
        session.page(text)
    else:
        session.write(text)
