"""`kb gaps`: what was asked and no card answers."""

from kbcli.doors.cli.command import Command, make_format_flag

EXAMPLES = """Examples:

\b
  kb gaps
  kb gaps --format plain | head -3

A gap is noted by `kb link TICKET --none "what was asked"`.
In a pipe: number of tickets, first and last day, what was asked, tickets, tab-separated.
"""

COMMAND = Command(
    "gaps",
    "List what was asked and no card answers.\n\nMost wanted first.",
    (),
    (make_format_flag("gaps"),),
    EXAMPLES,
)
