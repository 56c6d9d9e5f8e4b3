"""`kb gaps`: what was asked and no card answers."""

from kbcli.doors.cli.command import Command, Flag, make_format_flag

EXAMPLES = """Examples:

\b
  kb gaps
  kb gaps take 1                   you write the card for the first
  kb new --gap 1                   write it; the gap is closed then
  kb gaps close 2 change-plan      this card answers it by now
  kb gaps --format plain | head -3
  kb gaps --clear                  forget what this clone searched for in vain

A gap is noted by `kb link TICKET --none "what was asked"`. What you search for in vain stands below, from this machine
only: 30 days, redacted, eight words at most. keep_failed = false in kb.toml or KB_KEEP_FAILED=0 turns that off.
In a pipe: number of tickets, first and last day, what was asked, tickets, number of searches, nearest cards, who writes it,
tab-separated.
"""

COMMAND = Command(
    "gaps",
    "List what was asked and no card answers.\n\nMost wanted first, with the nearest cards.",
    (),
    (
        Flag("limit", ("--limit", "-n"), "count", "How many to show (default: 10).", "N"),
        Flag("clear", ("--clear",), "switch", "Forget this clone's own searches first.", default=False),
        make_format_flag("gaps"),
    ),
    EXAMPLES,
)
