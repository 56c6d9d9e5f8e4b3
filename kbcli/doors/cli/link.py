"""`kb link`: which card answered which ticket."""

from kbcli.doors.cli.command import CARDS, COMMIT, Argument, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session

EXAMPLES = """Examples:

\b
  kb link zendesk:35436 too-many-requests
  kb link 35436 change-plan --outcome fixed     the card was wrong, and you mended it
  kb link 35436 --none "export invoices as PDF"  no card fitted: a gap, in eight words at most
  kb link 35436                                  the card last shown or replied with in this terminal
  kb link 35436 --undo

Nothing about the customer belongs here: personal data is refused. The line is committed with your other changes.
In a pipe: ticket, outcome, card, what was asked, tab-separated.
"""


def run(session: Session, values: Values) -> None:
    """Note a link; without a card that of the one which this terminal showed last."""
    if not values["cards"] and values["none"] is None and not values["undo"]:
        from kbcli.operations.lasthits import recall_card

        values["cards"] = [recall_card(session.terminal, session.base.root)]
    session.answer("link", values)


COMMAND = Command(
    "link",
    "Note which card answered a ticket.\n\nOr that none did. So use is known, gaps are, and who must hear of a correction.",
    (
        Argument("ticket", "TICKET", "The ticket, as zendesk:35436 or 35436."),
        CARDS._replace(
            help="The cards that answered it: IDs, clear endings of them, paths, or hits' numbers. Without one it is the card last shown or replied with here."
        ),
    ),
    (
        Flag("none", ("--none",), "text", "No card fitted; what was asked, in eight words at most.", "TEXT"),
        Flag(
            "outcome",
            ("--outcome",),
            "text",
            "used, or fixed or flagged on the way.",
            "WORD",
            default="used",
            choices=("used", "fixed", "flagged"),
        ),
        Flag(
            "undo",
            ("--undo",),
            "switch",
            "Take back what is noted of the ticket (or its links to CARD).",
            default=False,
        ),
        COMMIT,
        make_format_flag("link"),
    ),
    EXAMPLES,
    run=run,
)
