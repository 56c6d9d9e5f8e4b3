"""`kb index`: the state of the search index. Nobody needs it for right answers: every search syncs."""

from kbcli.doors.cli.command import Command, Flag, make_format_flag

EXAMPLES = """Examples:

\b
  kb index             bring it in step with the files now, and say what it holds
  kb index --rebuild   build it anew

Every search does this by itself. The index lies in your cache folder, never in the repository.
In a pipe: name and value, tab-separated.
"""

COMMAND = Command(
    "index",
    "Bring the search index in step with the files.\n\nSays its state. Every search does so by itself.",
    flags=(
        Flag("rebuild", ("--rebuild",), "switch", "Build it anew, whatever is there.", default=False),
        make_format_flag("index"),
    ),
    epilog=EXAMPLES,
    paged=False,
)
