"""`kb stale`: the cards that cannot be relied on, or soon will not."""

from kbcli.doors.cli.command import (
    FIELD_FILTERS,
    HISTORY,
    STATE,
    WITHIN,
    Command,
    Flag,
    make_format_flag,
)
from kbcli.operations.choices import GROUPINGS

EXAMPLES = """Examples:

\b
  kb stale                           everything expired, changed, flagged, unverified or due
  kb stale --within 30d --by owner   and what falls due in the next 30 days, by owner
  kb stale --owner api-team --format markdown | pbcopy
  kb stale --format plain | cut -f1 | kb verify -
"""

COMMAND = Command(
    "stale",
    "Show which cards nobody should rely on.\n\nWhat is expired, changed, flagged, unverified or due, worst first, with days. Always exits 0.",
    flags=(
        WITHIN,
        Flag("by", ("--by",), "text", f"Group by one of: {', '.join(GROUPINGS)}.", "FIELD", complete="by"),
        *FIELD_FILTERS,
        STATE,
        HISTORY,
        make_format_flag("stale"),
    ),
    epilog=EXAMPLES,
)
