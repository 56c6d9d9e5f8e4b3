"""`kb shift end`: write down what a shift left."""

from kbcli.doors.cli.command import COMMIT, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session

EXAMPLES = """Examples:

\b
  kb shift end --commit                       what you committed to the cards is found in git
  kb shift end --nothing "only known questions came" --commit

On a terminal it asks of each search in vain whether it is a gap, and why where nothing was left. In a pipe: kind and card, gap and what was asked,
nothing and the reason, then unanswered, searched and open; tab-separated.
"""


def run(session: Session, values: Values) -> None:
    """End a shift, after asking a person about their searches in vain."""
    if session.can_ask:
        import typer

        from kbcli.doors.cli.options import confirm_question
        from kbcli.render.escape import make_line

        values["confirm"] = lambda asked: confirm_question(
            make_line(f"“{asked}” was searched for in vain. Is it a gap")
        )
        values["explain"] = lambda: typer.prompt("It left nothing in the cards. Why", err=True)
    session.answer("shift end", values)


COMMAND = Command(
    "shift end",
    "Write down what your shift left.\n\nWhat you committed to the cards since it began and the gaps you noted, or why that is nothing.",
    flags=(
        Flag("who", ("--who",), "text", "Whose shift (default: yours, by git).", "WHO"),
        Flag(
            "shift", ("--shift",), "text", "Which (default: the last that began and is not ended).", "SHIFT"
        ),
        Flag("nothing", ("--nothing",), "text", "Why the shift left nothing.", "REASON"),
        COMMIT._replace(help="Commit exactly the shift's file and what this clone noted of tickets."),
        make_format_flag("shift end"),
    ),
    epilog=EXAMPLES,
    run=run,
)
