"""`kb shift report`: what shifts left, and how fair they are."""

from kbcli.doors.cli.command import Command, Flag, make_format_flag

EXAMPLES = """Examples:

\b
  kb shift report                      the last three months
  kb shift report --names --since 2027-01-01

In a pipe: name and value; with --names also person, rota, shifts, share, fullest month, cap, taken over, given
away; tab-separated.
"""

COMMAND = Command(
    "shift report",
    "What shifts left, and how fair they are.\n\nNobody is named unless --names asks for it; time for a ticket is never counted.",
    flags=(
        Flag("since", ("--since",), "text", "From this day (default: three months ago).", "DAY"),
        Flag("names", ("--names",), "switch", "A row for each person.", default=False),
        make_format_flag("shift report"),
    ),
    epilog=EXAMPLES,
)
