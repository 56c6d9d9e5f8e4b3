"""`kb tickets pack`: the archive as one file for colleagues."""

from kbcli.doors.cli.command import Argument, Command, make_format_flag

EXAMPLES = """Examples:

\b
  kb tickets pack ~/handover/tickets.kbpack
  kb tickets import tickets.kbpack        at a colleague's: erasures first, then what is new

In a pipe: file, tickets, bytes; tab-separated.
"""

COMMAND = Command(
    "tickets pack",
    "Write the archive as one file to hand on.\n\nRedacted as it is, with its erasures. One person imports, everybody searches.",
    (Argument("file", "FILE", "A new file, outside git."),),
    (make_format_flag("tickets pack"),),
    EXAMPLES,
)
