"""`kb stale`: the cards that cannot be relied on, or soon will not."""

from typing import TYPE_CHECKING, Annotated

import typer

from kbcli.doors.cli.filters import (
    HistoryOption,
    LangOption,
    OwnerOption,
    ProductOption,
    StateOption,
    TagOption,
    TypeOption,
)
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError
from kbcli.knowledge.trust import GROUPINGS

if TYPE_CHECKING:
    from kbcli.knowledge.trust.stale import StaleReport

EXAMPLES = """Examples:

\b
  kb stale                           everything expired, changed, flagged, unverified or due
  kb stale --within 30d --by owner   and what falls due in the next 30 days, by owner
  kb stale --owner api-team --format markdown | pbcopy
  kb stale --format plain | cut -f1 | kb verify -
"""
FORMATS = ("table", "plain", "json", "csv", "markdown")


def register(app: typer.Typer) -> None:
    """Add `kb stale`."""
    app.command("stale", epilog=EXAMPLES)(stale)


def stale(
    ctx: typer.Context,
    within: Annotated[
        str | None,
        typer.Option("--within", metavar="SPAN", help="Also what falls due in this time (30d, 6w)."),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="FIELD", help=f"Group by one of: {', '.join(GROUPINGS)}.")
    ] = None,
    tag: TagOption = None,
    owner: OwnerOption = None,
    kind: TypeOption = None,
    lang: LangOption = None,
    product: ProductOption = None,
    state: StateOption = None,
    history: HistoryOption = None,
    output: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help=f"One of: {', '.join(FORMATS)}.")
    ] = None,
) -> int:
    """Show what is expired, changed, flagged, unverified or due, worst first, with days. Always exits 0."""
    from kbcli.doors.cli.judging import judge_cards, wants_history
    from kbcli.knowledge.cards.library import load_library
    from kbcli.knowledge.trust.filters import make_filter
    from kbcli.knowledge.trust.stale import list_stale

    session = ctx.ensure_object(Session)
    form = session.pick_format(output, FORMATS)
    chosen = make_filter(
        session.config, tags=tag, owners=owner, types=kind, langs=lang, products=product, states=state
    )
    library = load_library(session.config)
    report = list_stale(
        library, session.today, within=read_span(within), filters=chosen, group_by=by or "",
        trusts=judge_cards(session, library, history),
    )  # fmt: skip
    _write_report(session, report, form, asked=wants_history(session, history))
    return 0


def read_span(text: str | None) -> int | None:
    """The days of a --within, None without one. Raises UsageError."""
    from kbcli.foundation.calendar import parse_interval

    if text is None:
        return None
    try:
        interval = parse_interval(text)
    except ValueError as error:
        raise UsageError(f"--within: {error}", "Use 30d, 6w or 3m.") from None
    return interval.days


def _write_report(session: Session, report: "StaleReport", form: str, *, asked: bool) -> None:
    if form == "json":
        from kbcli.render.jsonout import describe_card, describe_summary, format_envelope

        data: dict[str, object] = {
            "cards": [describe_card(row.card, row.trust) for row in report.rows],
            "summary": {**describe_summary(report.summary), "basis": dict(report.bases)},
        }
        if report.claims:
            data["claims"] = [
                {"id": row.card.id, "line": row.claim.line, "until": row.claim.until, "days_left": row.days_left, "note": row.claim.note}
                for row in report.claims
            ]  # fmt: skip
        if report.group_by:
            data["groups"] = [
                {report.group_by: group.name or None, "ids": [row.card.id for row in group.rows], "summary": describe_summary(group.summary)}
                for group in report.groups
            ]  # fmt: skip
        session.write(format_envelope("stale", data))
    elif form == "csv":
        from kbcli.render.csv import format_stale_csv

        session.write(format_stale_csv(report))
    elif form == "markdown":
        from kbcli.render.markdown import format_stale_markdown

        session.write(format_stale_markdown(report))
    elif form == "plain":
        from kbcli.render.stale import format_stale_lines

        session.write(format_stale_lines(report))
    else:
        from kbcli.doors.cli.judging import format_note
        from kbcli.render.stale import format_stale_table

        table = format_stale_table(report, width=session.width, color=session.color)
        session.page(table + format_note(session, report.bases, asked=asked))
