"""`kb duplicates`: pairs of cards that say the same."""

from kbcli.doors.cli.command import LANG, Argument, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session
from kbcli.operations.choices import DUPLICATE_THRESHOLD, LEAST_THRESHOLD

EXAMPLES = """Examples:

\b
  kb duplicates                            every pair, the most alike first
  kb duplicates too-many-requests          only pairs with this card
  kb duplicates --lang ja --threshold 0.5  also pairs that are less alike
  kb duplicates --format plain | cut -f2,3
  kb duplicates --fail                     for CI: exit 1 when there is a pair

A card and its translations are no pair, nor are cards of which one lists the other in
distinct_from; archived cards are left out. Text that more than 20 cards have, such as a
template's, does not count.
"""


def run(session: Session, values: Values) -> int:
    """Show the pairs; 1 only when there is one and that was to fail."""
    fail = values.pop("fail")
    return 1 if session.answer("duplicates", values).pairs and fail else 0


COMMAND = Command(
    "duplicates",
    "Show pairs of cards that say the same.\n\nThe most alike come first. Exits 0 with or without pairs.",
    (Argument("card", "[CARD]", "Only pairs with this card.", required=False, complete="cards"),),
    (
        Flag(
            "threshold",
            ("--threshold",),
            "share",
            "How much of the shorter card the other must have too, from 0.1 to 1.",
            "SHARE",
            DUPLICATE_THRESHOLD,
            bounds=(LEAST_THRESHOLD, 1.0),
        ),
        LANG,
        Flag("fail", ("--fail",), "switch", "Exit with 1 when there is a pair.", default=False),
        make_format_flag("duplicates"),
    ),
    EXAMPLES,
    run=run,
)
