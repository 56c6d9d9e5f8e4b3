"""`kb shift end`: write down what a shift left."""

from kbcli.doors.cli.command import COMMIT, Command, Flag, make_format_flag

EXAMPLES = """Examples:

\b
  kb shift end --commit                       what you committed to the cards is found in git
  kb shift end --nothing "only known questions came" --commit

In a pipe: kind and card, or nothing and the reason; tab-separated.
"""

COMMAND = Command(
    "shift end",
    "Write down what your shift left.\n\nWhat you committed to the cards since it began, or why that is nothing.",
    flags=(
        Flag("who", ("--who",), "text", "Whose shift (default: yours, by git).", "WHO"),
        Flag("shift", ("--shift",), "text", "Which (default: the oldest that is not ended).", "SHIFT"),
        Flag("nothing", ("--nothing",), "text", "Why the shift left nothing.", "REASON"),
        COMMIT._replace(help="Commit exactly the shift's file."),
        make_format_flag("shift end"),
    ),
    epilog=EXAMPLES,
)
