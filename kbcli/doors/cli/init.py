"""`kb init`: a new knowledge base, or a kb.toml for Markdown that exists already."""

import sys
from collections.abc import Callable

from kbcli.doors.cli.command import YES, Argument, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.options import confirm_question
from kbcli.doors.cli.session import Session
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.operations import load_operation

if TYPE_CHECKING:
    from kbcli.operations.init import Adoption, Initialisation

EXAMPLES = """Examples:

\b
  kb init support-kb             kb.toml and a first card of each type
  kb init support-kb --starter   kb.toml and a starter knowledge base to adapt
  cd our-docs && kb init         a kb.toml for the Markdown that is there
  kb init --github --pre-commit  the gate in CI and before each commit

Where Markdown exists, kb shows how it would read its fields, asks, and writes only kb.toml. In
a pipe: field, kb's field, name here, files, example; setting, key, value; cards, what, number;
note, text; wrote, path, tab-separated.
"""


def run(session: Session, values: Values) -> None:
    """Make a knowledge base; a person is shown what kb would read, and asked."""
    form = session.pick_format("init", values.pop("format"))

    def show(adoption: "Adoption") -> None:
        session.show("init.proposal", form, adoption, pager=False)

    def confirm(question: str) -> bool:
        return confirm_question(question, default=True)

    base = session.open_base(values.pop("folder") or session.kb or ".")
    shows: Callable[[Adoption], None] | None = None if form == "json" else show
    made: Initialisation = load_operation("init")(
        base, **values, show=shows, confirm=confirm if session.can_ask else None
    )
    session.show("init", form, made, pager=False)
    for plan in made.snippets:
        session.say(f"{plan.path} could not be added to safely; add this to its repos:")
        if sys.stderr is not None:
            sys.stderr.writelines(f"    {line}\n" for line in plan.snippet.splitlines())


COMMAND = Command(
    "init",
    "Make a knowledge base, new or of Markdown.\n\nWhere there is Markdown, kb is made to read it. Changes no card.",
    (Argument("folder", "[DIR]", "Where (default: here).", required=False),),
    (
        Flag(
            "starter", ("--starter",), "switch", "Begin with kb's starter cards, unverified.", default=False
        ),
        Flag("github", ("--github",), "switch", "Add .github/workflows/kb.yml.", default=False),
        Flag(
            "pages",
            ("--pages",),
            "switch",
            "Add .github/workflows/kb-site.yml: the public cards on GitHub Pages.",
            default=False,
        ),
        Flag(
            "install",
            ("--install",),
            "text",
            "With --github and --pages: what pip installs kb from there (default: from where this kb came).",
            default="",
            metavar="REQUIREMENT",
        ),
        Flag(
            "pre_commit",
            ("--pre-commit",),
            "switch",
            "Add the gate to .pre-commit-config.yaml.",
            default=False,
        ),
        YES,
        make_format_flag("init"),
    ),
    EXAMPLES,
    run=run,
)
