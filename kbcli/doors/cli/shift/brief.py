"""`kb shift brief`: what to know before a shift."""

from kbcli.doors.cli.command import Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session

EXAMPLES = """Examples:

\b
  kb shift brief                     before your next shift
  kb shift brief --who ada           hers
  kb shift brief --shift 2027-01-04

In a pipe: shift, handover, affected, gap, changed, doubtful or read, then up to three fields; tab-separated.
"""


def run(session: Session, values: Values) -> None:
    """Show the brief, as much of it as fits on the screen."""
    session.answer("shift brief", values, fit=True)


COMMAND = Command(
    "shift brief",
    "What to know before your shift.\n\nBuddy and last handover, whom to tell of a correction, what no card answers, what to doubt, what to read.",
    flags=(
        Flag("who", ("--who",), "text", "Whose shift (default: yours, by git).", "WHO"),
        Flag("shift", ("--shift",), "text", "Which (default: the one that is on, or the next).", "SHIFT"),
        make_format_flag("shift brief"),
    ),
    epilog=EXAMPLES,
    run=run,
)
