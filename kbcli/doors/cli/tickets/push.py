"""`kb tickets push`: the archive on the engine that answers for everybody."""

from kbcli.doors.cli.command import Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session

EXAMPLES = """Examples:

\b
  kb tickets push               what is new since the last push
  kb tickets push --shards 8    all of them, in an index made anew of 8 parts

Which engine: KB_ENGINE_URLS, or [engine] of your own settings. Which index: [engine] of kb.toml.
In a pipe: name, tickets there, written now, deleted now; tab-separated.
"""


def run(session: Session, values: Values) -> int:
    """Push; 130 where Ctrl-C ended it."""
    return 130 if session.answer("tickets push", values).pushed.is_interrupted else 0


COMMAND = Command(
    "tickets push",
    "Bring the archive to the engine of all.\n\nRedacted as it is, with its erasures. What was stopped goes on.",
    flags=(
        Flag("full", ("--full",), "switch", "All tickets, in an index made anew.", default=False),
        Flag("shards", ("--shards",), "count", "The same, in so many parts (default: 1).", "N"),
        make_format_flag("tickets push"),
    ),
    epilog=EXAMPLES,
    run=run,
    paged=False,
)
