"""`kb shift list`: who is on now, and who is next."""

from kbcli.doors.cli.command import Command, Flag, make_format_flag

EXAMPLES = """Examples:

\b
  kb shift list                 who is on now, with whom, and the coming four weeks
  kb shift list --who ada       all that is planned for one person
  kb shift list --at 2027-01-04T22:00Z

In a pipe: date, seat, person, buddy, first planned, on or coming, hours; tab-separated.
"""

COMMAND = Command(
    "shift list",
    "Who is on now, and who is next.\n\nThe final plan: swaps and absences are in it.",
    flags=(
        Flag("who", ("--who",), "text", "Only shifts that this person takes or accompanies.", "WHO"),
        Flag("within", ("--within",), "text", "How far ahead (default: 4w; of one person: all).", "SPAN"),
        Flag("at", ("--at",), "text", "Who is on then, such as 2027-01-04T09:30Z (default: now).", "MOMENT"),
        make_format_flag("shift list"),
    ),
    epilog=EXAMPLES,
)
