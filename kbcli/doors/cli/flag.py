"""`kb flag`: report a card as wrong."""

from kbcli.doors.cli.command import BY, CARD, COMMIT, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session

EXAMPLES = """Examples:

\b
  kb flag too-many-requests --reason "the limit is 200 a minute since the last release"
  kb flag change-plan --commit    asks for the reason, and commits the flag

In a pipe: ID and state, tab-separated.
"""


def run(session: Session, values: Values) -> None:
    """Flag a card; a person who gave no reason is asked for it."""
    if values["reason"] is None:
        values["reason"] = _ask_reason(session, values["card"])
    session.answer("flag", values)


def _ask_reason(session: Session, card: str) -> str:
    if not session.can_ask:
        return ""
    import typer

    from kbcli.operations.offer import find_path

    # Nobody is asked what is wrong with a card that there is not.
    find_path(session.base, card)
    return str(typer.prompt("What is wrong", err=True))


COMMAND = Command(
    "flag",
    "Report that a card is wrong.\n\nEvery search says so, until the flag is taken back (`kb unflag`, or `kb verify --unflag`).",
    (CARD,),
    (
        Flag("reason", ("--reason", "-r"), "text", "What is wrong, for the owner.", "TEXT"),
        BY._replace(help="Who reports it (default: your address in git)."),
        COMMIT,
        make_format_flag("flag"),
    ),
    EXAMPLES,
    run=run,
)
