"""`kb doctor`: what kb sees, and what is wrong with it."""

from kbcli.doors.cli.command import Command, Values, make_format_flag
from kbcli.doors.cli.session import Session

EXAMPLES = """Examples:

\b
  kb doctor
  kb doctor --format plain | grep problem

In a pipe: section, name, value, origin, ok or problem, remedy, tab-separated. Exits with 1 when
there is a problem.
"""


def run(session: Session, values: Values) -> int:
    """Tell the facts; 1 when there is a problem."""
    return 1 if session.answer("doctor", values, pager=False).problems else 0


COMMAND = Command(
    "doctor",
    "Show what kb sees, and what to do about it.\n\nVersions, settings and their origin, git, cards and index.",
    flags=(make_format_flag("doctor"),),
    epilog=EXAMPLES,
    run=run,
)
