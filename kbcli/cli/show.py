"""`kb show`: one card, rendered under its trust."""

from typing import Annotated

import typer

from kbcli.cards.model import Card
from kbcli.cli.options import CardArgument, FormatOption
from kbcli.cli.session import Session

EXAMPLES = """Examples:

\b
  kb show too-many-requests         the card, rendered under its trust banner
  kb show api/too-many-requests --raw | less
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
    pager: Annotated[bool, typer.Option("--pager/--no-pager", help="Page what is longer than the screen.")] = True,
    output: FormatOption = None,
) -> int:
    """Show one card under its trust banner: who verified it, when, and whether the text changed since."""
    from kbcli.cards.library import load_card

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    found = load_card(session.config, card)
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


def _show_card(session: Session, card: Card, form: str, *, pager: bool) -> None:
    from kbcli.trust.judging import judge_one

    trust = judge_one(session.config, card, session.today)
    if form == "json":
        from kbcli.render.jsonout import describe_card, format_envelope

        session.write(format_envelope("show", {"card": describe_card(card, trust), "body": card.body}))
        return
    if form == "plain":
        from kbcli.render.escape import make_visible

        session.write(make_visible(f"# {card.title}\n\n{card.body.strip()}\n" if not card.heading_title else card.body.strip() + "\n"))
        return
    from kbcli.render.cards import format_banner, format_body

    text = format_banner(card, trust, session.today, width=session.width, color=session.color)
    text += format_body(card, session.today, width=session.width, color=session.color)
    if pager:
        session.page(text)
    else:
        session.write(text)
