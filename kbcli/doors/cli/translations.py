"""`kb translations`: which card exists in which language, and which lags behind."""

from kbcli.doors.cli.command import Argument, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.options import read_references
from kbcli.doors.cli.session import Session
from kbcli.operations.choices import TRANSLATION_STATES

EXAMPLES = """Examples:

\b
  kb translations                          a row a card, a column a language
  kb translations --lang de --state outdated --diff
  kb translations --state missing --format plain | cut -f1,2
"""


def run(session: Session, values: Values) -> None:
    """Show the states; always 0."""
    session.answer("translations", {**values, "cards": read_references(values["cards"])})


COMMAND = Command(
    "translations",
    "Show what is translated, and what lags behind.\n\nPer card and language: missing, current or outdated.",
    (Argument("cards", "[CARD]…", "Only these source cards.", many=True, required=False, complete="cards"),),
    (
        Flag("lang", ("--lang", "-l"), "texts", "Only these languages.", "LANG", complete="lang"),
        Flag(
            "state",
            ("--state",),
            "texts",
            f"Only: {', '.join(TRANSLATION_STATES)}.",
            "STATE",
            complete="translated",
        ),
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
    run=run,
)
