"""`kb review`: the verifier's queue, one card at a time."""

from typing import TYPE_CHECKING, Annotated

import typer

from kbcli.doors.cli.filters import (
    AudienceOption,
    HistoryOption,
    LangOption,
    OwnerOption,
    ProductOption,
    StateOption,
    TagOption,
    TypeOption,
)
from kbcli.doors.cli.old_options import FormatOption
from kbcli.doors.cli.session import Session

if TYPE_CHECKING:
    from kbcli.knowledge.trust.filters import CardFilter
    from kbcli.knowledge.trust.stale import StaleReport

EXAMPLES = """Examples:

\b
  kb review --mine                      what waits for you and your groups, worst first
  kb review --owner api-team --within 30d --commit
  kb review --base main                 the cards that this branch touched
  kb review --mine --format plain | cut -f1

Each card is shown with what changed since it was verified; one key decides: v verify, e edit, f flag,
i interval, s skip, l log, t whole text, q quit. Each stamp is written at once: Ctrl-C loses nothing.
In a pipe, or with --list, the queue is printed: ID, state, days left, due date, owner, reason, title.
"""


def register(app: typer.Typer) -> None:
    """Add `kb review`."""
    app.command("review", epilog=EXAMPLES)(review)


def review(
    ctx: typer.Context,
    mine: Annotated[
        bool, typer.Option("--mine", help="Only your cards: yours by your address in git, and your groups'.")
    ] = False,
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            metavar="REF",
            help="Only cards that differ from where this branch left REF, committed or not.",
        ),
    ] = None,
    within: Annotated[
        str | None,
        typer.Option("--within", metavar="SPAN", help="Also what falls due in this time (30d, 6w)."),
    ] = None,
    tag: TagOption = None,
    owner: OwnerOption = None,
    kind: TypeOption = None,
    lang: LangOption = None,
    product: ProductOption = None,
    state: StateOption = None,
    audience: AudienceOption = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, metavar="N", help="Only the first N.")
    ] = None,
    history: HistoryOption = True,
    by: Annotated[
        str | None, typer.Option("--by", metavar="WHO", help="The verifier (default: your address in git).")
    ] = None,
    commit: Annotated[
        bool,
        typer.Option(
            "--commit",
            help="At the end, one commit of exactly the verified cards, with a Verified-by trailer.",
        ),
    ] = False,
    only_list: Annotated[bool, typer.Option("--list", help="Print the queue and ask nothing.")] = False,
    output: FormatOption = None,
) -> int:
    """Go through the cards that wait for a look, worst first: see what changed, then verify, edit or flag."""
    from dataclasses import replace

    from kbcli.doors.cli.judging import judge_cards
    from kbcli.doors.cli.stale import read_span
    from kbcli.knowledge.cards.library import load_library
    from kbcli.knowledge.reports.queue import find_touched_paths, list_queue
    from kbcli.knowledge.trust.filters import make_filter

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    chosen = make_filter(
        session.config,
        tags=tag,
        owners=owner,
        types=kind,
        langs=lang,
        products=product,
        states=state,
        audiences=audience,
    )
    days = read_span(within)
    library = load_library(session.config)
    report = list_queue(
        library, session.today, within=days, filters=chosen, mine=_find_mine(session) if mine else None,
        paths=find_touched_paths(library, base) if base else None, trusts=judge_cards(session, library, history),
    )  # fmt: skip
    report = replace(report, rows=report.rows[:limit], claims=())
    if only_list or form != "table" or not session.can_ask or not session.is_terminal:
        _write_queue(session, report, form, asked=bool(history))
        return 0
    if not report.rows:
        session.write("Nothing waits for a review.\n")
        return 0
    from kbcli.doors.cli.changes import find_actor
    from kbcli.doors.cli.reviewing import Reviewing

    return Reviewing(session, find_actor(session, by), commit=commit).run([row.card for row in report.rows])


def _find_mine(session: Session) -> "CardFilter":
    """The cards of whoever git says the user is, under every name kb.toml knows, and of their groups."""
    from kbcli.doors.cli.changes import find_actor
    from kbcli.foundation.git.commit import find_identity
    from kbcli.knowledge.trust.filters import make_filter

    find_actor(session)
    identity = find_identity(session.root)
    return make_filter(session.config, owners=[name for name in (identity.email, identity.name) if name])


def _write_queue(session: Session, report: "StaleReport", form: str, *, asked: bool) -> None:
    if form == "json":
        from kbcli.render.json import describe_card, describe_summary, format_envelope

        cards = [describe_card(row.card, row.trust) for row in report.rows]
        summary = {**describe_summary(report.summary), "basis": dict(report.bases)}
        session.write(format_envelope("review", {"cards": cards, "summary": summary}))
    elif form == "plain":
        from kbcli.render.stale import format_stale_lines

        session.write(format_stale_lines(report))
    else:
        from kbcli.doors.cli.judging import format_note
        from kbcli.render.stale import format_stale_table

        table = format_stale_table(report, width=session.width, color=session.color)
        session.page(table + format_note(session, report.bases, asked=asked))
