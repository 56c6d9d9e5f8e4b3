"""The command line, one thin file a command: which there are, and by what people do, as `kb --help` lists them."""

from kbcli.operations import OPERATIONS

GROUPS = {
    "Answer": ("search", "show", "reply", "link", "list", "log", "tickets"),
    "Write": ("gaps", "new", "edit", "mv", "translations", "duplicates"),
    "Keep true": ("verify", "review", "stale", "digest", "flag", "unflag", "affected", "report"),
    "Gate": ("check", "eval"),
    "See what keeps coming": ("week", "top-ten", "hand-over", "renewals"),
    "Share the work": ("shift",),
    "Elsewhere": ("serve", "export", "mcp", "slack"),
    "Set up": ("init", "doctor", "index", "manual", "help"),
}
DOORS = ("serve", "export site", "mcp", "slack")
"""The commands that open another door, and are no operation."""
COMMANDS = (*OPERATIONS, *DOORS)
