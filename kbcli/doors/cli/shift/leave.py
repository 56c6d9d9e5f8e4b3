"""`kb shift leave`: somebody stops taking shifts."""

from kbcli.doors.cli.command import COMMIT, Argument, Command, make_format_flag

EXAMPLES = """Examples:

\b
  kb shift leave ada 2027-06-30 --commit    her last day

Others take the shifts after it; no other shift moves. In a pipe: date, seat, person, buddy, then person and
buddy before.
"""

COMMAND = Command(
    "shift leave",
    "Note somebody's last day.\n\nWrites it into shifts.toml, and gives away the shifts after it.",
    (
        Argument("who", "WHO", "The person, as shifts.toml or git calls them."),
        Argument("last", "DAY", "The last day on which they take shifts."),
    ),
    (
        COMMIT._replace(help="Commit shifts.toml and the plan."),
        make_format_flag("shift leave"),
    ),
    EXAMPLES,
)
