"""`kb manual`: the manual of kb, searched and shown in the terminal."""

from kbcli.doors.cli.command import Argument, Command, Values, make_format_flag
from kbcli.doors.cli.session import Session

EXAMPLES = """Examples:

\b
  kb manual                     what there is
  kb manual how do I verify     the page that answers it
  kb manual kb.toml             a page by its name

Works anywhere, without a knowledge base. In a pipe: name and title, tab-separated; one page is
its Markdown. Exits with 1 when nothing was found.
"""


def run(session: Session, values: Values) -> int:
    """Show the contents or a page; 1 when nothing answers."""
    query = " ".join(values.pop("words"))
    kind = "manual" if query else "manual.contents"
    found = session.answer("manual", {"query": query, **values}, kind=kind)
    return 1 if query and found.page is None else 0


COMMAND = Command(
    "manual",
    "Read the manual of kb.\n\nIts contents, or the page that answers a question.",
    (
        Argument(
            "words",
            "[WORDS]…",
            "A question, or the name of a page.",
            many=True,
            required=False,
            complete="pages",
        ),
    ),
    (make_format_flag("manual"),),
    EXAMPLES,
    run=run,
)
