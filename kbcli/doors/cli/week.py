"""`kb week`: what support was asked, week by week."""

from kbcli.doors.cli.command import COMMIT, Argument, Command, Flag, make_format_flag

EXAMPLES = """Examples:

\b
  kb week                                the last whole week
  kb week 2026-W48 --format html > week.html
  kb week --write --commit               its counts into support/weeks, those below five left out

Nothing is by person, and nothing about time. In a pipe: what, name, tickets of the week, a week before, our replies;
tab-separated.
"""

COMMAND = Command(
    "week",
    "What support was asked in a week.\n\nCase load, first contact, known and new, products and topics, beside the four weeks before.",
    (Argument("week", "[WEEK]", "The week, as 2026-W48 (default: the last whole one).", required=False),),
    (
        Flag("write", ("--write",), "switch", "Write its counts into support/weeks, once.", default=False),
        COMMIT._replace(help="Commit exactly that file."),
        make_format_flag("week"),
    ),
    EXAMPLES,
)
