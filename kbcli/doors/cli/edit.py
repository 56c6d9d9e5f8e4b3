"""`kb edit`: change a card in the editor, or its fields from the command line."""

import os
from pathlib import Path

from kbcli.doors.cli.command import CARD, COMMIT, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError

EXAMPLES = """Examples:

\b
  kb edit too-many-requests                        in $VISUAL or $EDITOR
  kb edit too-many-requests --tag +limits --tag -misc
  kb edit too-many-requests --alias +"slow down" --every 12w
  kb edit change-plan --status archived

Tags, aliases and fields leave a verification as it is; a changed title, audience or text does not.
In a pipe: ID, state before, state now, tab-separated.
"""


def run(session: Session, values: Values) -> None:
    """Change fields, or open the editor where none is named."""

    def edit(path: Path) -> None:
        # Without a terminal only an editor that was named explicitly.
        if not session.can_ask and not (os.environ.get("VISUAL") or os.environ.get("EDITOR")):
            raise UsageError(
                "there is no terminal for an editor", "Change fields with options: see `kb edit --help`."
            )
        session.edit(path)

    session.answer("edit", {**values, "editor": edit}, pager=False)


COMMAND = Command(
    "edit",
    "Change a card, in your editor or by options.\n\nSays what that does to its trust.",
    (CARD,),
    (
        Flag("title", ("--title",), "text", "A new title.", "TEXT"),
        Flag("status", ("--status",), "text", "draft, active or archived.", "STATUS", complete="status"),
        Flag("type", ("--type",), "text", "Another type.", "TYPE", complete="type"),
        Flag("owner", ("--owner", "-o"), "text", "Another owner.", "OWNER", complete="owners"),
        Flag(
            "tag", ("--tag", "-t"), "texts", "+TAG adds, -TAG removes (repeatable).", "±TAG", complete="tags"
        ),
        Flag("alias", ("--alias",), "texts", "+TEXT adds, -TEXT removes (repeatable).", "±TEXT"),
        Flag("every", ("--every",), "text", "Verification interval: 90d, 12w, 6m, 1y.", "INTERVAL"),
        Flag("audience", ("--audience",), "text", "internal or public.", "AUDIENCE", complete="audience"),
        Flag("lang", ("--lang", "-l"), "text", "Language tag.", "LANG", complete="lang"),
        COMMIT,
        make_format_flag("edit"),
    ),
    EXAMPLES,
    run=run,
)
