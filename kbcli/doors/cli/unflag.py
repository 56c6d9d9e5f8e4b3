"""`kb unflag`: take a report back."""

from kbcli.doors.cli.command import CARD, Command, make_format_flag

EXAMPLES = """Examples:

\b
  kb unflag too-many-requests        the report was wrong; the card is as trusted as before
  kb verify too-many-requests --unflag   the card was wrong and is right now

In a pipe: ID and state, tab-separated.
"""

COMMAND = Command(
    "unflag",
    "Take back the report that a card is wrong.\n\nIts verification stays what it was.",
    (CARD,),
    (make_format_flag("unflag"),),
    EXAMPLES,
)
