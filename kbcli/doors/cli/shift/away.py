"""`kb shift away`: somebody is not there."""

from kbcli.doors.cli.command import COMMIT, Argument, Command, make_format_flag

EXAMPLES = """Examples:

\b
  kb shift away ada 2027-02-01..2027-02-12 --commit
  kb shift away ada 2027-03-05

Others take the shifts of those days; no other shift moves. In a pipe: date, seat, person, buddy, then person
and buddy before.
"""

COMMAND = Command(
    "shift away",
    "Note that somebody is away.\n\nWrites the days into shifts.toml, never a reason, and gives away the shifts in them.",
    (
        Argument("who", "WHO", "The person, as shifts.toml or git calls them."),
        Argument("days", "DAYS", "2027-02-01..2027-02-12, or one day."),
    ),
    (
        COMMIT._replace(help="Commit shifts.toml and the plan."),
        make_format_flag("shift away"),
    ),
    EXAMPLES,
)
