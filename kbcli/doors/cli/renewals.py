"""`kb renewals`: whose contract is due, with their open problems."""

from kbcli.doors.cli.command import WITHIN, Command, make_format_flag

EXAMPLES = """Examples:

\b
  kb renewals
  kb renewals --within 30d --format json

From the help desk's company records, which are in the archive only. In a pipe a line for each open ticket: day,
company, tier, days left, tickets of three months, ticket, opened, state, subject; tab-separated.
"""

COMMAND = Command(
    "renewals",
    "Whose contract is due, and what is open.",
    flags=(
        WITHIN._replace(help="How far ahead (default: 60d)."),
        make_format_flag("renewals"),
    ),
    epilog=EXAMPLES,
)
