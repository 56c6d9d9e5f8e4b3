"""`kb digest`: what each owner has to look at, to be sent by whoever sends things."""

from kbcli.doors.cli.command import FIELD_FILTERS, HISTORY, WITHIN, Command, Flag, make_format_flag
from kbcli.operations.choices import GROUPINGS

EXAMPLES = """Examples:

\b
  kb digest                                      by owner, with what falls due in two weeks
  kb digest --owner api-team --format eml > api-team.eml
  kb digest --format markdown | gh issue create --title Knowledge --body-file -
  kb digest --format slack | curl --json @- "$WEBHOOK"
"""

COMMAND = Command(
    "digest",
    "Compose what each owner has to look at.\n\nkb prints it and sends nothing. Always exits 0.",
    flags=(
        WITHIN,
        Flag(
            "by",
            ("--by",),
            "text",
            f"Group by one of: {', '.join(GROUPINGS)} (default: owner).",
            "FIELD",
            complete="by",
        ),
        *FIELD_FILTERS,
        HISTORY,
        make_format_flag("digest"),
    ),
    epilog=EXAMPLES,
)
