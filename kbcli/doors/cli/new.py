"""`kb new`: write a card down while the answer is fresh."""

import sys

from kbcli.doors.cli.command import COMMIT, Argument, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError
from kbcli.operations import load_operation

EXAMPLES = """Examples:

\b
  kb new "Export invoices as PDF" --type how-to --tag billing
  kb new "Why is my webhook late?" --owner api-team --every 90d --draft
  kb new --translate change-plan --lang de "Den Tarif wechseln"
  kb new --gap 1                               the card that `kb gaps` names first; it is closed then
  kb new --ticket 35436                        from our answer to an earlier ticket
  kb new --template --type how-to > templates/how-to.md   to adapt it
  pbpaste | kb new "Refund after 30 days" --folder billing
  $EDITOR "$(kb new 'Reset a device' --no-edit --format plain | cut -f2)"

Shows cards that say the same, and similar ones, before it creates another. In a pipe the text is
read from standard input, and the answer is ID and path, tab-separated. A translation is a draft that
holds the source's text between two marks; `kb verify` takes it when it is active and the marks are
gone, and pins it to the source.
"""
HELP = """Write a new card.

Shows similar ones, opens your editor on a template, prints ID and path. A card is active and unverified, or a draft. A template left as it was creates nothing.
"""


def run(session: Session, values: Values) -> None:
    """Create a card: in a pipe from its text, on a terminal with offers and the editor."""
    form = session.pick_format("new", values.pop("format"))
    edits, commit = not values.pop("no_edit"), values.pop("commit")
    if values.pop("template"):
        from kbcli.operations.new import read_template

        session.write_visibly(read_template(session.base, values["type"]))
        return
    is_translation = values["translate"] is not None
    values["title"] = values["title"] or ""
    if not is_translation and not values["title"] and values["gap"] is values["ticket"] is None:
        raise UsageError("a card needs a title", "Say what the customer asks.")
    if session.can_ask:
        from kbcli.doors.cli.writing import write_card

        creation = write_card(session, values, edits=edits, commit=commit)
        if creation is None:
            return
    else:
        body = None if is_translation else _read_body(required=edits and values["ticket"] is None)
        creation = load_operation("new")(session.base, **values, body=body, commit=commit)
    session.show("new", form, creation, pager=False)


def _read_body(*, required: bool) -> str | None:
    """The text on standard input, None when there is none."""
    text = sys.stdin.read() if sys.stdin is not None else ""
    if text.strip():
        return text
    if required:
        raise UsageError(
            "there is no terminal for an editor, and no text on standard input",
            "Pipe the text in, or use --no-edit.",
        )
    return None


COMMAND = Command(
    "new",
    HELP,
    (Argument("title", "TITLE", "The title, as somebody will look for it.", required=False),),
    (
        Flag(
            "translate",
            ("--translate",),
            "text",
            "Start the translation of this card into --lang.",
            "CARD",
            complete="cards",
        ),
        Flag("ticket", ("--ticket",), "text", "Begin with our answer to this earlier ticket.", "TICKET"),
        Flag(
            "gap",
            ("--gap",),
            "text",
            "Write the card that this gap lacks (its number in `kb gaps`, or its words), and close it.",
            "GAP",
        ),
        Flag(
            "type",
            ("--type",),
            "text",
            "Its type, and with it the template.",
            "TYPE",
            "answer",
            complete="type",
        ),
        Flag("tag", ("--tag", "-t"), "texts", "A tag (repeatable).", "TAG", complete="tags"),
        Flag("alias", ("--alias",), "texts", "Other words for it (repeatable).", "TEXT"),
        Flag("owner", ("--owner", "-o"), "text", "Who answers for it.", "OWNER", "", complete="owners"),
        Flag(
            "lang", ("--lang", "-l"), "text", "Its language, if not the default.", "LANG", "", complete="lang"
        ),
        Flag("folder", ("--folder",), "text", "Where to put it, below the knowledge base.", "FOLDER", ""),
        Flag(
            "product",
            ("--product",),
            "text",
            "The product it is about.",
            "PRODUCT",
            "",
            complete="product",
        ),
        Flag("audience", ("--audience",), "text", "internal or public.", "AUDIENCE", "", complete="audience"),
        Flag("every", ("--every",), "text", "Verification interval: 90d, 12w, 6m, 1y.", "INTERVAL", ""),
        Flag("draft", ("--draft",), "switch", "Not to be found as an answer yet.", default=False),
        Flag("no_edit", ("--no-edit",), "switch", "Open no editor.", default=False),
        Flag("template", ("--template",), "switch", "Only print the template of the type.", default=False),
        COMMIT,
        make_format_flag("new"),
    ),
    EXAMPLES,
    run=run,
)
