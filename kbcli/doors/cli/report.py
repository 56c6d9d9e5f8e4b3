"""`kb report`: where the knowledge base stands, how it got there, and what is to come."""

from kbcli.doors.cli.command import FIELD_FILTERS, HISTORY, Command, Flag, make_format_flag
from kbcli.operations.choices import GROUPINGS

EXAMPLES = """Examples:

\b
  kb report                               the whole picture, on the terminal
  kb report --format html > report.html   one page with charts, needs no network
  kb report --by owner --since 2026-01-01 how each owner's score moved this year
  kb report --owner api-team              one team's cards only
  kb report --format csv > report.csv     every figure, for a spreadsheet

The curve is rebuilt from git: where the branch stood at the end of each week. A card without a
digest counts as changed when its text changed after the commit that set its date, as with
kb list --history; --no-history judges it by its date alone.
"""
ABOUT_HISTORY = """Ask git whether the text of cards without a digest changed after their date \
(default: yes, unless kb.toml says no)."""

COMMAND = Command(
    "report",
    "Report the trust score, its past and what is due.\n\nThe score is told by owner, tag, product and language too. Exits 0.",
    flags=(
        Flag("since", ("--since",), "text", "The past only from this day on (YYYY-MM-DD).", "DAY"),
        Flag(
            "by",
            ("--by",),
            "text",
            f"All groups and their curves, by one of: {', '.join(GROUPINGS)}.",
            "FIELD",
            complete="by",
        ),
        HISTORY._replace(help=ABOUT_HISTORY),
        *FIELD_FILTERS,
        make_format_flag("report"),
    ),
    epilog=EXAMPLES,
)
