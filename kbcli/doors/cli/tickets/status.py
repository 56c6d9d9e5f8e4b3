"""`kb tickets status`: what the archive holds."""

from kbcli.doors.cli.command import Command, make_format_flag

EXAMPLES = """Examples:

\b
  kb tickets status

Every byte of the archive is looked at. In a pipe: name and value, tab-separated.
"""

COMMAND = Command(
    "tickets status",
    "What the archive holds, and how it is.\n\nHow many tickets, from when, by which rules they were redacted, how long they are kept, and what has to be done.",
    flags=(make_format_flag("tickets status"),),
    epilog=EXAMPLES,
)
