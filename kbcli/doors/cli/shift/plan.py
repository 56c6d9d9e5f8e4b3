"""`kb shift plan`: fill the coming weeks."""

from kbcli.doors.cli.command import COMMIT, Command, Flag, make_format_flag

EXAMPLES = """Examples:

\b
  kb shift plan --commit           the coming weeks, as far as shifts.toml publishes
  kb shift plan --until 2027-06-30 --dry-run   what it would be

What is planned already stays. In a pipe: date, seat, person, buddy, then person and buddy before.
"""

COMMAND = Command(
    "shift plan",
    "Fill the coming weeks, fairly.\n\nMoves nothing that is planned, but for seats whose holder has left or is away.",
    flags=(
        Flag(
            "until", ("--until",), "text", "Up to this day (default: as far as shifts.toml publishes).", "DAY"
        ),
        Flag("dry_run", ("--dry-run",), "switch", "Write nothing, say what would be.", default=False),
        COMMIT._replace(help="Commit the plan, and shifts.toml with it."),
        make_format_flag("shift plan"),
    ),
    epilog=EXAMPLES,
)
