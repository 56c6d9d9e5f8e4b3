"""`kb report`: where the knowledge base stands, how it got there, and what is to come."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from kbcli.doors.cli.filters import LangOption, OwnerOption, ProductOption, TagOption, TypeOption
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError
from kbcli.knowledge.trust import GROUPINGS

if TYPE_CHECKING:
    from kbcli.knowledge.reports.report import Report

EXAMPLES = """Examples:

\b
  kb report                               the whole picture, on the terminal
  kb report --format html > report.html   one page with charts, needs no network
  kb report --by owner --since 2026-01-01 how each owner's score moved this year
  kb report --owner api-team              one team's cards only
  kb report --format csv > report.csv     every figure, for a spreadsheet

The curve is rebuilt from git: where the branch stood at the end of each week. A card without a
digest counts as changed when its text changed after the commit that set its date, as with
kb list --history; --no-history judges it by its date alone.
"""
FORMATS = ("table", "plain", "json", "csv", "markdown", "html")


def register(app: typer.Typer) -> None:
    """Add `kb report`."""
    app.command("report", epilog=EXAMPLES)(report)


def report(
    ctx: typer.Context,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DAY", help="The past only from this day on (YYYY-MM-DD)."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by", metavar="FIELD", help=f"All groups and their curves, by one of: {', '.join(GROUPINGS)}."
        ),
    ] = None,
    history: Annotated[
        bool | None,
        typer.Option(
            "--history/--no-history",
            help="Ask git whether the text of cards without a digest changed after their date (default: yes, unless kb.toml says no).",
        ),
    ] = None,
    tag: TagOption = None,
    owner: OwnerOption = None,
    kind: TypeOption = None,
    lang: LangOption = None,
    product: ProductOption = None,
    output: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help=f"One of: {', '.join(FORMATS)}.")
    ] = None,
) -> int:
    """Show the trust score now and over time, by owner, tag, product and language, and what falls due. Exits 0."""
    from kbcli.knowledge.past.factcache import FactCache, find_fact_folder
    from kbcli.knowledge.reports.report import make_report
    from kbcli.knowledge.trust.filters import make_filter

    session = ctx.ensure_object(Session)
    form = session.pick_format(output, FORMATS)
    chosen = make_filter(session.config, tags=tag, owners=owner, types=kind, langs=lang, products=product)
    start = _read_day(since)
    today = session.today
    facts = FactCache(session.config, find_fact_folder())
    with session.show_progress("reading history") as progress:
        made = make_report(
            facts.load_library(), today, facts,
            group_by=by or "", since=start, filters=chosen, progress=progress,
            basis="history" if _wants_history(session, history) else "date",
        )  # fmt: skip
    _write_report(session, made, form)
    return 0


def _wants_history(session: Session, history: bool | None) -> bool:
    """History is read for the curve anyway, so it is asked unless the flag or kb.toml says no."""
    if history is not None:
        return history
    return session.config.history or "history" not in session.config.origins


def _read_day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--since is “{text}”", "It must be a day such as 2026-08-21.") from None


def _write_report(session: Session, made: "Report", form: str) -> None:
    if form == "json":
        from kbcli.render.report.json import format_report_json

        session.write(format_report_json(made))
    elif form == "csv":
        from kbcli.render.report.rows import format_report_csv

        session.write(format_report_csv(made))
    elif form == "plain":
        from kbcli.render.report.rows import format_report_lines

        session.write(format_report_lines(made))
    elif form == "markdown":
        from kbcli.render.report.markdown import format_report_markdown

        session.write(format_report_markdown(made))
    elif form == "html":
        from kbcli.render.report.html import format_report_html

        session.write(format_report_html(made))
    else:
        from kbcli.render.report.terminal import format_report_table

        session.page(format_report_table(made, width=session.width, color=session.color))
