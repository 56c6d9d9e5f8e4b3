"""`kb unflag`: take a report back."""

from kbcli.doors.cli.command import CARD, Command, Values, make_format_flag
from kbcli.doors.cli.session import Session
from kbcli.operations.unflag import unflag_card

EXAMPLES = """Examples:

\b
  kb unflag too-many-requests        the report was wrong; the card is as trusted as before
  kb verify too-many-requests --unflag   the card was wrong and is right now

In a pipe: ID and state, tab-separated.
"""


def run(session: Session, values: Values) -> int:
    """Take a flag away."""
    form = session.pick_format("unflag", values.pop("format"))
    session.show("unflag", form, unflag_card(session.base, **values))
    return 0


COMMAND = Command(
    "unflag",
    "Take back the report that a card is wrong. Its verification stays what it was.",
    run,
    (CARD,),
    (make_format_flag("unflag"),),
    EXAMPLES,
)
