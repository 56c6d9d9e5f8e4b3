"""`kb tickets show`: one earlier ticket."""

from kbcli.doors.cli.command import Argument, Command, make_format_flag

EXAMPLES = """Examples:

\b
  kb tickets show 35436
  kb tickets show zendesk:35436      where two help desks have that number
"""

COMMAND = Command(
    "tickets show",
    "Show an earlier ticket with its answers.",
    (Argument("ticket", "TICKET", "Its number, or its name such as zendesk:35436."),),
    (make_format_flag("tickets show"),),
    EXAMPLES,
)
