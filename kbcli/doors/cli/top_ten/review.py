"""`kb top-ten review`: did the remedies work?"""

from kbcli.doors.cli.command import Argument, Command, make_format_flag

EXAMPLES = """Examples:

\b
  kb top-ten review            the newest month that a whole one follows
  kb top-ten review 2026-09 --format markdown

In a pipe: ID, verdict, category, state, then the count of the month and of each month after; tab-separated.
"""

COMMAND = Command(
    "top-ten review",
    "Count a month's rows again: did it help?\n\nEach row's words in the whole months after, up to three; the load of each month is taken into account.",
    (Argument("month", "[MONTH]", "The month, as 2026-11.", required=False),),
    (make_format_flag("top-ten review"),),
    EXAMPLES,
)
