"""`kb show`: one card, rendered under its trust."""

from kbcli.doors.cli.command import CARD, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.operations import load_operation

if TYPE_CHECKING:
    from kbcli.operations.show import ShownCard

EXAMPLES = """Examples:

\b
  kb show too-many-requests         the card, rendered under its trust banner
  kb show 1                         the first hit of the last search in this terminal
  kb show api/too-many-requests --raw | less
  kb show too-many-requests --as-of 2026-03-01   what we said then, and whether it was verified
  $EDITOR "$(kb show page-429-too-many-requests --path)"
"""


def run(session: Session, values: Values) -> None:
    """Show a card, its file as it stands, or where that is."""
    form = session.pick_format("show", values["format"])
    if values["card"] is None:
        from kbcli.doors.cli.picking import pick_any_card

        values["card"] = pick_any_card(session)
        if values["card"] is None:
            return
    if values["path"] and values["as_of"] is not None:
        raise UsageError("--path is where the card is now", "Leave out --path or --as-of.")
    shown: ShownCard = load_operation("show")(session.base, values["card"], as_of=values["as_of"])
    if values["as_of"] is None:
        from kbcli.operations.lasthits import keep_card

        keep_card(session.terminal, session.base.root, shown.card.id)
    if values["path"]:
        session.write_visibly(f"{shown.path}\n")
    elif values["raw"]:
        _write_raw(session, shown)
    else:
        session.show("show", form, shown, pager=values["pager"])


def _write_raw(session: Session, shown: "ShownCard") -> None:
    if shown.said:
        session.say(shown.said)
    text = shown.data.decode("utf-8", "replace")
    if session.is_terminal:
        session.write_visibly(text)
    else:
        session.write(text)


COMMAND = Command(
    "show",
    "Show a card, under its trust.\n\nThe banner says who verified it, when, and whether the text changed since.",
    (CARD._replace(metavar="[CARD]", required=False, help=f"{CARD.help} Without one you choose."),),
    (
        Flag("raw", ("--raw",), "switch", "The file as it stands.", default=False),
        Flag("path", ("--path",), "switch", "Only the path of the file.", default=False),
        Flag(
            "as_of",
            ("--as-of",),
            "text",
            "The card and its trust on a past day (YYYY-MM-DD), from git.",
            "DAY",
        ),
        Flag(
            "pager", ("--pager/--no-pager",), "switch", "Page what is longer than the screen.", default=True
        ),
        make_format_flag("show"),
    ),
    EXAMPLES,
    run=run,
)
