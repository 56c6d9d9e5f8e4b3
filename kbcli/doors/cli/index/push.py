"""`kb index push`: the cards on the engine that answers for everybody."""

from kbcli.doors.cli.command import Command, Flag, make_format_flag

EXAMPLES = """Examples:

\b
  kb index push          in CI on the main branch, after each merge
  kb index push --full   build it anew beside the old one, then change over

Which engine: KB_ENGINE_URLS, or [engine] of your own settings. Which index: [engine] of kb.toml.
In a pipe: name, commit, cards, cards written now; tab-separated.
"""

COMMAND = Command(
    "index push",
    "Bring the cards to the engine of all.\n\nWhat changed since its commit; searches need nobody to do so to be right.",
    flags=(
        Flag("full", ("--full",), "switch", "All cards, in an index built anew.", default=False),
        make_format_flag("index push"),
    ),
    epilog=EXAMPLES,
    paged=False,
)
