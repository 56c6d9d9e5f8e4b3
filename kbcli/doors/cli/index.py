"""`kb index`: the state of the search index. Nobody needs it for right answers: every search syncs."""

from kbcli.doors.cli.command import Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session
from kbcli.operations.index import sync_index

EXAMPLES = """Examples:

\b
  kb index             bring it in step with the files now, and say what it holds
  kb index --rebuild   build it anew

Every search does this by itself. The index lies in your cache folder, never in the repository.
In a pipe: name and value, tab-separated.
"""


def run(session: Session, values: Values) -> int:
    """Sync and say the state."""
    form = session.pick_format("index", values.pop("format"))
    session.show("index", form, sync_index(session.base, **values), pager=False)
    return 0


COMMAND = Command(
    "index",
    "Bring the search index in step with the files, and say its state. Every search does so by itself.",
    run,
    flags=(
        Flag("rebuild", ("--rebuild",), "switch", "Build it anew, whatever is there.", default=False),
        make_format_flag("index"),
    ),
    epilog=EXAMPLES,
)
