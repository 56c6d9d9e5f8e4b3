"""`kb log`: the life of a card."""

from kbcli.doors.cli.command import CARD, Command, Flag, make_format_flag
from kbcli.operations.choices import LIFE_EVENTS

EXAMPLES = """Examples:

\b
  kb log too-many-requests                      who wrote, changed, verified and moved it, newest first
  kb log too-many-requests --only verified      what changed between its verifications
  kb log change-plan --format plain | grep flagged

In a pipe: day, event, who, commit, words added, words removed, text, tab-separated. What is not
committed yet has the day “uncommitted”. A verification with “text unchanged” changed nothing but
the date.
"""

COMMAND = Command(
    "log",
    "Tell the life of a card, from git.\n\nWhen it was created, edited, verified, moved, flagged, expired …, newest first.",
    (CARD,),
    (
        Flag(
            "only",
            ("--only",),
            "texts",
            f"Only these (repeatable): {', '.join(LIFE_EVENTS)}.",
            "EVENT",
            complete="only",
            choices=LIFE_EVENTS,
        ),
        Flag("limit", ("--limit", "-n"), "count", "Only the newest N.", "N"),
        make_format_flag("log"),
    ),
    EXAMPLES,
)
