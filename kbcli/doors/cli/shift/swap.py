"""`kb shift swap`: two people change places."""

from kbcli.doors.cli.command import COMMIT, Argument, Command, make_format_flag

EXAMPLES = """Examples:

\b
  kb shift swap 2027-01-04 2027-01-11      the holders of these two change places
  kb shift swap 2027-01-04 ben --commit    ben takes it over
  kb shift swap 2027-01-04-tier-two-0 ben  where several shifts begin that day

For oneself or for others; the same again undoes it. In a pipe: date, seat, person, buddy, person and buddy before.
"""

COMMAND = Command(
    "shift swap",
    "Swap two shifts, or hand one over.\n\nRefused, with the reason, where somebody cannot take it.",
    (
        Argument("shift", "SHIFT", "Its first day, or its name such as 2027-01-04-1."),
        Argument("other", "OTHER", "Another shift, or the person who takes it over."),
    ),
    (
        COMMIT._replace(help="Commit exactly the plan."),
        make_format_flag("shift swap"),
    ),
    EXAMPLES,
)
