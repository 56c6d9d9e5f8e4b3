"""`kb gaps close`: which card answers what was missing."""

from kbcli.doors.cli.command import CARD, Command, make_format_flag
from kbcli.doors.cli.gaps.take import COMMIT_LINE, GAP

EXAMPLES = """Examples:

\b
  kb gaps close 2 change-plan       the card answers it now
  kb gaps close "dark mode" themes

A new card closes its gap by itself: kb new --gap 2. In a pipe: what was asked, card, tab-separated.
"""

COMMAND = Command(
    "gaps close",
    "Say which card answers a gap now.\n\nAsked again on a later day, it is a gap again.",
    (GAP, CARD),
    (COMMIT_LINE, make_format_flag("gaps close")),
    EXAMPLES,
)
