"""`kb mv`: move or rename a card, and every link to it."""

from kbcli.doors.cli.command import CARD, COMMIT, Argument, Command, Flag, make_format_flag

EXAMPLES = """Examples:

\b
  kb mv too-many-requests api/limits        a new ID
  kb mv too-many-requests web/              another folder, the same name
  kb mv too-many-requests api/limits --dry-run
  kb mv too-many-requests api/limits --commit

The card remembers its former ID, so that old references still find it.
In a pipe: what (moved, link, left), path, line, old, new, tab-separated.
"""

COMMAND = Command(
    "mv",
    "Move or rename a card, and mend links to it.\n\nLinks to it and from it are repaired. All or nothing.",
    (CARD, Argument("new", "NEW", "The new ID or path; a folder when it ends in a slash.")),
    (
        COMMIT._replace(help="Commit exactly the files that changed."),
        Flag("dry_run", ("--dry-run", "-n"), "switch", "Only show what would change.", default=False),
        make_format_flag("mv"),
    ),
    EXAMPLES,
    paged=False,
)
