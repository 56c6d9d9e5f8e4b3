"""`kb hand-over`: a row of the top ten as an issue for product."""

from kbcli.doors.cli.command import COMMIT, Argument, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session
from kbcli.operations.choices import TRACKER_NAMES

EXAMPLES = """Examples:

\b
  kb top-ten show                              the rows
  kb hand-over 3 --to github                   an address that opens the issue, filled in
  kb hand-over oauth2 --to jira --format markdown   its text
  kb hand-over 3 --to linear --ticket zendesk:35436  with what that customer wrote, redacted
  kb hand-over 3 --done                        whom to tell, and what to send
  kb hand-over 3 --told 35436 --told 35437
  kb hand-over 3 --done --format plain | kb hand-over 3 --told -   all of them

kb sends nothing: you open the address, read, and send. In a pipe: the address; with --done ticket and day,
tab-separated.
"""


def run(session: Session, values: Values) -> None:
    """Hand over, or list whom to tell: two kinds of answer."""
    from kbcli.doors.cli.options import read_references

    values["told"] = read_references(values["told"])
    kind = "hand-over" if values["to"] else "hand-over.done"
    session.answer("hand-over", values, kind=kind)


COMMAND = Command(
    "hand-over",
    "Hand a row of the top ten over to product.\n\nCounts and words, redacted; no customer is quoted, unless --ticket names whom.",
    (Argument("row", "ROW", "A row's ID, a clear beginning of one, or its number."),),
    (
        Flag(
            "to",
            ("--to",),
            "text",
            f"The tracker: {', '.join(TRACKER_NAMES)}.",
            "TRACKER",
            choices=TRACKER_NAMES,
        ),
        Flag("project", ("--project",), "text", "Where there (default: [hand_over] of kb.toml).", "PROJECT"),
        Flag(
            "month", ("--month",), "text", "The month of the row, as 2026-11 (default: the newest).", "MONTH"
        ),
        Flag("ticket", ("--ticket",), "texts", "Quote what the customer of this ticket wrote.", "TICKET"),
        Flag("done", ("--done",), "switch", "It is done: list the tickets to be told.", default=False),
        Flag(
            "told",
            ("--told",),
            "texts",
            "The customer of this ticket is told (repeatable; - reads them from stdin).",
            "TICKET",
        ),
        COMMIT._replace(help="Commit exactly what was noted."),
        make_format_flag("hand-over"),
    ),
    EXAMPLES,
    run=run,
)
