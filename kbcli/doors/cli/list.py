"""`kb list`: the cards, chosen by their fields."""

from kbcli.doors.cli.command import (
    AUDIENCE,
    FIELD_FILTERS,
    HISTORY,
    STATE,
    STATUS,
    Command,
    Flag,
    make_format_flag,
)
from kbcli.operations.choices import SORTS

EXAMPLES = """Examples:

\b
  kb list --tag api --sort due
  kb list --sort used | head -20        what most tickets of the last year were answered with: your FAQ
  kb list --owner api-team --state expired --state changed
  kb list --lang de --format plain | cut -f1
"""

COMMAND = Command(
    "list",
    "List cards, chosen by their fields.\n\nThe filters are those of search. An empty list is no error.",
    flags=(
        *FIELD_FILTERS,
        STATE,
        STATUS,
        AUDIENCE,
        HISTORY,
        Flag("sort", ("--sort",), "text", f"One of: {', '.join(SORTS)}.", "KEY", "id", complete="sort"),
        Flag("reverse", ("--reverse", "-r"), "switch", "The other way round.", default=False),
        make_format_flag("list"),
    ),
    epilog=EXAMPLES,
)
