"""`kb flag`: report a card as wrong."""

from typing import Annotated

import typer

from kbcli.doors.cli.options import CardArgument, FormatOption
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError

EXAMPLES = """Examples:

\b
  kb flag too-many-requests --reason "the limit is 200 a minute since the last release"
  kb flag api/quotas             asks for the reason

In a pipe: ID and state, tab-separated.
"""


def register(app: typer.Typer) -> None:
    """Add `kb flag`."""
    app.command("flag", epilog=EXAMPLES)(flag)


def flag(
    ctx: typer.Context,
    card: CardArgument,
    reason: Annotated[
        str | None, typer.Option("--reason", "-r", metavar="TEXT", help="What is wrong, for the owner.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="WHO", help="Who reports it (default: your address in git).")
    ] = None,
    output: FormatOption = None,
) -> int:
    """Report that a card is wrong: every search says so, until the flag is taken back (`kb unflag`, or `kb verify --unflag`)."""
    from kbcli.doors.cli.changes import find_actor, format_state_line, write_change
    from kbcli.knowledge.cards.library import load_card
    from kbcli.knowledge.edit.marks import flag_card
    from kbcli.knowledge.trust.judging import judge_one

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    found = load_card(session.config, card)
    if reason is None and session.can_ask:
        reason = str(typer.prompt("What is wrong", err=True))
    if not (reason or "").strip():
        raise UsageError("a flag needs a reason", 'Say what is wrong: --reason "the limit is 200 now".')
    assert reason is not None
    flag_card(session.config, found, session.today, find_actor(session, by), reason.strip())
    after = load_card(session.config, found.path)
    trust = judge_one(session.config, after, session.today)
    write_change(
        session, form, after, trust, said=format_state_line(session, after, trust), plain=(after.id, trust.state)
    )  # fmt: skip
    return 0
