"""`kb tickets export`: what is held of a customer."""

from kbcli.doors.cli.command import Command, Flag, make_format_flag

EXAMPLES = """Examples:

\b
  kb tickets export --customer ada@example.com --format json > ada.json

As the archive has it: redacted. The help desk has the rest.
"""

COMMAND = Command(
    "tickets export",
    "All that is held of a customer.\n\nFor a request of access: the tickets by day, with their messages.",
    flags=(
        Flag("customer", ("--customer",), "texts", "An address, or the help desk's ID (repeatable).", "WHO"),
        make_format_flag("tickets export"),
    ),
    epilog=EXAMPLES,
)
