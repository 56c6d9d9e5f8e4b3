"""`kb doctor`: what kb sees, and what is wrong with it."""

import typer

from kbcli.doors.cli.old_options import FormatOption
from kbcli.doors.cli.session import Session

EXAMPLES = """Examples:

\b
  kb doctor
  kb doctor --format plain | grep problem

In a pipe: section, name, value, origin, ok or problem, remedy, tab-separated. Exits with 1 when
there is a problem.
"""


def register(app: typer.Typer) -> None:
    """Add `kb doctor`."""
    app.command("doctor", epilog=EXAMPLES)(doctor)


def doctor(ctx: typer.Context, output: FormatOption = None) -> int:
    """Show what kb sees (versions, settings and their origin, git, cards, index) and what to do about problems."""
    from kbcli.doors.cli.diagnosis import gather_facts

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    facts = list(gather_facts(session))
    problems = sum(bool(fact.remedy) for fact in facts)
    if form == "json":
        from kbcli.render.json import format_envelope

        rows = [
            {"section": fact.section, "name": fact.name, "value": fact.value, "origin": fact.origin or None,
             "ok": not fact.remedy, "remedy": fact.remedy or None}
            for fact in facts
        ]  # fmt: skip
        session.write(format_envelope("doctor", {"facts": rows, "problems": problems}))
    elif form == "plain":
        from kbcli.render.facts import format_fact_lines

        session.write(format_fact_lines(facts))
    else:
        from kbcli.render.facts import format_facts

        session.write(format_facts(facts, color=session.color))
    return 1 if problems else 0
