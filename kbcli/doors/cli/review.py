"""`kb review`: the verifier's queue, one card at a time."""

from kbcli.doors.cli.command import (
    AUDIENCE,
    BY,
    FIELD_FILTERS,
    HISTORY,
    STATE,
    WITHIN,
    Command,
    Flag,
    Values,
    make_format_flag,
)
from kbcli.doors.cli.session import Session
from kbcli.operations import load_operation

EXAMPLES = """Examples:

\b
  kb review --mine                      what waits for you and your groups, worst first
  kb review --owner api-team --within 30d --commit
  kb review --base main                 the cards that this branch touched
  kb review --mine --format plain | cut -f1

Each card is shown with what changed since it was verified; one key decides: v verify, e edit, f flag,
i interval, s skip, l log, t whole text, q quit. Each stamp is written at once: Ctrl-C loses nothing.
In a pipe, or with --list, the queue is printed: ID, state, days left, due date, owner, reason, title.
"""


def run(session: Session, values: Values) -> int:
    """Print the queue or, for a person on a terminal, walk through it."""
    form = session.pick_format("review", values.pop("format"))
    by, commit, only_list = values.pop("by"), values.pop("commit"), values.pop("list")
    report = load_operation("review")(session.base, **values)
    if only_list or form != "table" or not session.can_ask or not session.is_terminal:
        session.show("review", form, report)
        return 0
    if not report.rows:
        session.write("Nothing waits for a review.\n")
        return 0
    from kbcli.doors.cli.reviewing import Reviewing

    paths = [row.card.path for row in report.rows]
    return Reviewing(session, session.base.find_actor(by), commit=commit).run(paths)


COMMAND = Command(
    "review",
    "Go through the cards that wait for a look.\n\nThe worst comes first: see what changed, then verify, edit or flag.",
    flags=(
        Flag(
            "mine",
            ("--mine",),
            "switch",
            "Only your cards: yours by your address in git, and your groups'.",
            default=False,
        ),
        Flag(
            "base",
            ("--base",),
            "text",
            "Only cards that differ from where this branch left REF, committed or not.",
            "REF",
            complete="refs",
        ),
        WITHIN,
        *FIELD_FILTERS,
        STATE,
        AUDIENCE,
        Flag("limit", ("--limit", "-n"), "count", "Only the first N.", "N"),
        HISTORY._replace(default=True),
        BY._replace(help="The verifier (default: your address in git)."),
        Flag(
            "commit",
            ("--commit",),
            "switch",
            "At the end, one commit of exactly the verified cards, with a Verified-by trailer.",
            default=False,
        ),
        Flag("list", ("--list",), "switch", "Print the queue and ask nothing.", default=False),
        make_format_flag("review"),
    ),
    epilog=EXAMPLES,
    run=run,
)
