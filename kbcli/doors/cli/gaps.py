"""`kb gaps`: what was asked and no card answers."""

from kbcli.doors.cli.command import Command, Flag, make_format_flag

EXAMPLES = """Examples:

\b
  kb gaps
  kb gaps --format plain | head -3
  kb gaps --clear                  forget what this clone searched for in vain

A gap is noted by `kb link TICKET --none "what was asked"`. What you search for in vain stands below, from this machine
only: 30 days, redacted, eight words at most. keep_failed = false in kb.toml or KB_KEEP_FAILED=0 turns that off.
In a pipe: number of tickets, first and last day, what was asked, tickets, number of searches, nearest cards, tab-separated.
"""

COMMAND = Command(
    "gaps",
    "List what was asked and no card answers.\n\nMost wanted first, with the nearest cards.",
    (),
    (
        Flag("limit", ("--limit", "-n"), "count", "How many to show (default: 20).", "N"),
        Flag("clear", ("--clear",), "switch", "Forget this clone's own searches first.", default=False),
        make_format_flag("gaps"),
    ),
    EXAMPLES,
)
