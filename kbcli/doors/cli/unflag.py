"""`kb unflag`: take a report back."""

import typer

from kbcli.doors.cli.options import CardArgument, FormatOption
from kbcli.doors.cli.session import Session

EXAMPLES = """Examples:

\b
  kb unflag too-many-requests        the report was wrong; the card is as trusted as before
  kb verify too-many-requests --unflag   the card was wrong and is right now

In a pipe: ID and state, tab-separated.
"""


def register(app: typer.Typer) -> None:
    """Add `kb unflag`."""
    app.command("unflag", epilog=EXAMPLES)(unflag)


def unflag(ctx: typer.Context, card: CardArgument, output: FormatOption = None) -> int:
    """Take back the report that a card is wrong. Its verification stays what it was."""
    from kbcli.doors.cli.changes import format_state_line, write_change
    from kbcli.knowledge.cards.library import load_card
    from kbcli.knowledge.edit.marks import unflag_card
    from kbcli.knowledge.trust.judging import judge_one

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    found = load_card(session.config, card)
    unflag_card(session.config, found)
    after = load_card(session.config, found.path)
    trust = judge_one(session.config, after, session.today)
    write_change(
        session, form, after, trust, said=format_state_line(session, after, trust), plain=(after.id, trust.state)
    )  # fmt: skip
    return 0
