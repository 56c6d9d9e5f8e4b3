"""`kb tickets search`: earlier tickets that are like a question."""

from kbcli.doors.cli.command import Argument, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session

LIMIT = 10
EXAMPLES = """Examples:

\b
  kb tickets search too many requests
  kb tickets search export --product api --since 2026-01-01 --answered
  pbpaste | kb tickets search -

kb search shows up to three of them below the cards. Exits with 1 when nothing was found. In a pipe: ticket, day, status,
subject, question, answer, cards; tab-separated.
"""
SINCE = Flag("since", ("--since",), "text", "Only tickets opened on this day or later.", "DAY")


def run(session: Session, values: Values) -> int:
    """Answer one search: 0 with tickets, 1 without."""
    words = values.pop("words") or []
    values["limit"] = values["limit"] or LIMIT
    values["ticket"] = words == ["-"]
    values["query"] = session.read_ticket() if values["ticket"] else " ".join(words)
    return 0 if session.answer("tickets search", values).hits else 1


COMMAND = Command(
    "tickets search",
    "Find earlier tickets that are like a question.",
    (
        Argument(
            "words",
            "QUERY…",
            "What the customer asked; - reads a whole ticket from stdin.",
            many=True,
            required=False,
        ),
    ),
    (
        Flag("limit", ("--limit", "-n"), "count", f"How many tickets to show (default: {LIMIT}).", "N"),
        Flag("product", ("--product",), "texts", "Only tickets about this product (repeatable).", "PRODUCT"),
        Flag("tag", ("--tag", "-t"), "texts", "Only tickets with this tag (repeatable: any of them).", "TAG"),
        Flag("lang", ("--lang", "-l"), "texts", "Only tickets in this language.", "LANG"),
        SINCE,
        Flag("answered", ("--answered",), "switch", "Only tickets that we answered.", default=False),
        make_format_flag("tickets search"),
    ),
    EXAMPLES,
    run=run,
)
