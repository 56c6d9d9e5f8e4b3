"""`kb list`: the cards, chosen by their fields."""

from kbcli.doors.cli.command import (
    AUDIENCE,
    FIELD_FILTERS,
    HISTORY,
    STATE,
    STATUS,
    Command,
    Flag,
    Values,
    make_format_flag,
)
from kbcli.doors.cli.session import Session
from kbcli.operations.list import SORTS, list_cards

EXAMPLES = """Examples:

\b
  kb list --tag api --sort due
  kb list --owner api-team --state expired --state changed
  kb list --lang de --format plain | cut -f1
"""


def run(session: Session, values: Values) -> int:
    """List; an empty list is no error."""
    form = session.pick_format("list", values.pop("format"))
    session.show("list", form, list_cards(session.base, **values))
    return 0


COMMAND = Command(
    "list",
    "List cards, chosen by the same filters as search. An empty list is no error.",
    run,
    flags=(
        *FIELD_FILTERS,
        STATE,
        STATUS,
        AUDIENCE,
        HISTORY,
        Flag("sort", ("--sort",), "text", f"One of: {', '.join(SORTS)}.", "KEY", "id"),
        Flag("reverse", ("--reverse", "-r"), "switch", "The other way round.", default=False),
        make_format_flag("list"),
    ),
    epilog=EXAMPLES,
)
