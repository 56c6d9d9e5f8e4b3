"""`kb top-ten show`: what was decided about what keeps coming."""

from kbcli.doors.cli.command import Argument, Command, Flag, make_format_flag

EXAMPLES = """Examples:

\b
  kb top-ten show                                  the newest
  kb top-ten show 2026-11 --format html > top-ten.html   a page for the sit-down
  kb top-ten show --subjects --format markdown

In a pipe: ID, tickets, category, state, owner, remedy, state of the card that it is, words, title; tab-separated.
"""

COMMAND = Command(
    "top-ten show",
    "Show the month's top ten, and its remedies.",
    (Argument("month", "[MONTH]", "The month, as 2026-11 (default: the newest).", required=False),),
    (
        Flag(
            "subjects",
            ("--subjects",),
            "switch",
            "Add three subjects of its tickets to each row.",
            default=False,
        ),
        make_format_flag("top-ten show"),
    ),
    EXAMPLES,
)
