"""`kb tickets import`: take an export of the help desk in."""

from kbcli.doors.cli.command import Argument, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session

INTERRUPTED = 130

EXAMPLES = """Examples:

\b
  kb tickets import zendesk-2026-11.ndjson
  kb tickets import export/ --own example.com      a folder; mails from example.com are ours
  kb tickets import tickets.csv --column question=Body --column opened="Created time"
  kb tickets import                                 no file: erase what is too old, mend the index

The same export again changes nothing; of two states of a ticket the newest counts. In a pipe: name and number of each
count, tab-separated.
"""


def run(session: Session, values: Values) -> int:
    """Import; interrupted, what was written is shown too."""
    result = session.answer("tickets import", values, pager=False)
    return INTERRUPTED if result.imported.is_interrupted else 0


COMMAND = Command(
    "tickets import",
    "Take in an export of the help desk, redacted.\n\nThe help desk is recognised by the shape of the files. Nothing is kept that the rules take out, and nothing leaves this machine.",
    (Argument("paths", "[FILE…]", "Files and folders that belong together.", many=True, required=False),),
    (
        Flag("own", ("--own",), "texts", "An address, domain, login or ID of ours (repeatable).", "WHO"),
        Flag(
            "column", ("--column",), "texts", "Which column of a CSV holds what (repeatable).", "FIELD=HEADER"
        ),
        Flag("zone", ("--zone",), "text", "The time zone of dates without one.", "ZONE", "UTC"),
        Flag(
            "date_style",
            ("--date-style",),
            "text",
            "How 04/03/2025 is read.",
            "STYLE",
            "iso",
            choices=("iso", "us", "eu"),
        ),
        make_format_flag("tickets import"),
    ),
    EXAMPLES,
    run=run,
)
