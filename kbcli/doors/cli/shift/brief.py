"""`kb shift brief`: what to know before a shift."""

from kbcli.doors.cli.command import Command, Flag, make_format_flag

EXAMPLES = """Examples:

\b
  kb shift brief                     before your next shift
  kb shift brief --who ada           hers
  kb shift brief --shift 2027-01-04

In a pipe: shift, handover, changed, doubtful or read, then up to three fields; tab-separated.
"""

COMMAND = Command(
    "shift brief",
    "What to know before your shift.\n\nBuddy and last handover, what changed since your last shift, what to doubt, what to read.",
    flags=(
        Flag("who", ("--who",), "text", "Whose shift (default: yours, by git).", "WHO"),
        Flag("shift", ("--shift",), "text", "Which (default: the one that is on, or the next).", "SHIFT"),
        make_format_flag("shift brief"),
    ),
    epilog=EXAMPLES,
)
