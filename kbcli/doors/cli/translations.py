"""`kb translations`: which card exists in which language, and which lags behind."""

from kbcli.doors.cli.command import Argument, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.options import read_references
from kbcli.doors.cli.session import Session
from kbcli.operations.translations import TRANSLATION_STATES, list_translations

EXAMPLES = """Examples:

\b
  kb translations                          a row a card, a column a language
  kb translations --lang de --state outdated --diff
  kb translations --state missing --format plain | cut -f1,2
"""


def run(session: Session, values: Values) -> int:
    """Show the states; always 0."""
    form = session.pick_format("translations", values.pop("format"))
    cards = read_references(values.pop("cards"))
    session.show("translations", form, list_translations(session.base, cards, **values))
    return 0


COMMAND = Command(
    "translations",
    "Show per card and language whether the translation is missing, current or outdated.",
    run,
    (Argument("cards", "[CARD]…", "Only these source cards.", many=True, required=False, complete="cards"),),
    (
        Flag("lang", ("--lang", "-l"), "texts", "Only these languages.", "LANG", complete="lang"),
        Flag("state", ("--state",), "texts", f"Only: {', '.join(TRANSLATION_STATES)}.", "STATE"),
        Flag(
            "diff",
            ("--diff",),
            "switch",
            "Show what changed in the source since an outdated one was translated.",
            default=False,
        ),
        make_format_flag("translations"),
    ),
    EXAMPLES,
)
