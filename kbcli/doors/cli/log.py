"""`kb log`: the life of a card."""

from typing import Annotated

import typer

from kbcli.doors.cli.options import CardArgument, FormatOption
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError
from kbcli.knowledge.past import LIFE_EVENTS

EXAMPLES = """Examples:

\b
  kb log too-many-requests                      who wrote, changed, verified and moved it, newest first
  kb log too-many-requests --only verified      what changed between its verifications
  kb log api/quotas --format plain | grep flagged

In a pipe: day, event, who, commit, words added, words removed, text, tab-separated. What is not
committed yet has the day “uncommitted”. A verification with “text unchanged” changed nothing but
the date.
"""


def register(app: typer.Typer) -> None:
    """Add `kb log`."""
    app.command("log", epilog=EXAMPLES)(log)


def log(
    ctx: typer.Context,
    card: CardArgument,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="EVENT",
            help=f"Only these (repeatable): {', '.join(LIFE_EVENTS)}.",
            autocompletion=lambda incomplete: [kind for kind in LIFE_EVENTS if kind.startswith(incomplete)],
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, metavar="N", help="Only the newest N.")
    ] = None,
    output: FormatOption = None,
) -> int:
    """Show a card's life from git: created, edited, verified, moved, flagged, expired … newest first."""
    from dataclasses import replace

    from kbcli.knowledge.cards.library import load_card
    from kbcli.knowledge.past.life import trace_life

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    for word in only or ():
        if word not in LIFE_EVENTS:
            raise UsageError(f"“{word}” is not an event", f"Use one of: {', '.join(LIFE_EVENTS)}.")
    life = trace_life(session.config, load_card(session.config, card), session.today)
    events = tuple(event for event in life.events if not only or event.kind in only)[:limit]
    life = replace(life, events=events)
    if form == "json":
        from kbcli.render.jsonout import format_envelope
        from kbcli.render.log import describe_events

        about = {"id": life.card.id, "path": life.card.path, "title": life.card.title}
        data: dict[str, object] = {**about, "events": describe_events(life.events), "notes": list(life.notes)}
        session.write(format_envelope("log", data))
    elif form == "plain":
        from kbcli.render.log import format_log_lines

        session.write(format_log_lines(life))
        for note in life.notes:
            session.say(note)
    else:
        from kbcli.render.log import format_log_table

        session.page(format_log_table(life, width=session.width, color=session.color))
    return 0
