"""`kb gaps take`: who writes the card that is missing."""

from kbcli.doors.cli.command import BY, COMMIT, Argument, Command, Flag, make_format_flag

GAP = Argument("gap", "GAP", "Its number in `kb gaps`, or its words.")
COMMIT_LINE = COMMIT._replace(help="Commit exactly this line's file.")
EXAMPLES = """Examples:

\b
  kb gaps take 1
  kb gaps take "dark mode" --by ben@example.org
  kb gaps take 1 --undo             somebody else may
  kb new --gap 1                    writes the card, and closes the gap

In a pipe: what was asked, who writes it (or nobody), tab-separated.
"""

COMMAND = Command(
    "gaps take",
    "Say that you write the missing card.\n\nThe others see it in their `kb gaps`.",
    (GAP,),
    (
        BY._replace(help="Who writes it (default: your address in git)."),
        Flag("undo", ("--undo",), "switch", "Give it back.", default=False),
        COMMIT_LINE,
        make_format_flag("gaps take"),
    ),
    EXAMPLES,
)
