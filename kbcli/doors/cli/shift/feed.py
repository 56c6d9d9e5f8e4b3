"""`kb shift feed`: the plan as a calendar."""

from kbcli.doors.cli.command import Command, Flag, make_format_flag

EXAMPLES = """Examples:

\b
  kb shift feed > shifts.ics             the whole plan
  kb shift feed --who ada > ada.ics      what ada takes or accompanies

Publish the file where calendars can subscribe to it. It changes only when the plan does. Needs the extra `shifts`.
"""

COMMAND = Command(
    "shift feed",
    "The plan as a calendar (iCalendar).\n\nFor subscribing: only who has a shift in the end is in it.",
    flags=(
        Flag("who", ("--who",), "text", "Only what this person takes or accompanies.", "WHO"),
        make_format_flag("shift feed"),
    ),
    epilog=EXAMPLES,
    paged=False,
)
