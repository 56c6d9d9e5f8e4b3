"""`kb top-ten draft`: what was asked most this month."""

from kbcli.doors.cli.command import COMMIT, Argument, Command, make_format_flag

EXAMPLES = """Examples:

\b
  kb top-ten draft                the month of a week ago
  kb top-ten draft 2026-11 --commit

In a pipe: tickets, a month before, whether it grows, language, words, card, its state, tickets it was used for,
proposed category; tab-separated.
"""

COMMAND = Command(
    "top-ten draft",
    "Draft the month's top ten from its tickets.\n\nThe seven themes with most tickets, and three that grow fastest; people choose category and remedy.",
    (Argument("month", "[MONTH]", "The month, as 2026-11 (default: that of a week ago).", required=False),),
    (COMMIT._replace(help="Commit exactly the month's file."), make_format_flag("top-ten draft")),
    EXAMPLES,
)
