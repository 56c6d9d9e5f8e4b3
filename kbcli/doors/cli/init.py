"""`kb init`: a new knowledge base, or a kb.toml for Markdown that exists already."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kbcli.config import CONFIG_NAME, load_config
from kbcli.doors.cli.options import FormatOption, YesOption, confirm_question
from kbcli.doors.cli.session import Session
from kbcli.errors import RefusedError
from kbcli.foundation.git.worktree import find_git_root

if TYPE_CHECKING:
    from kbcli.knowledge.edit.adoption import AdoptionSummary, Proposal
    from kbcli.knowledge.edit.initialisation import Automation

EXAMPLES = """Examples:

\b
  kb init support-kb             kb.toml and a first card of each type
  kb init support-kb --starter   kb.toml and a starter knowledge base to adapt
  cd our-docs && kb init         a kb.toml for the Markdown that is there
  kb init --github --pre-commit  the gate in CI and before each commit

Where Markdown exists, kb shows how it would read its fields, asks, and writes only kb.toml. In
a pipe: field, kb's field, name here, files, example; setting, key, value; cards, what, number;
wrote, path, tab-separated.
"""


def register(app: typer.Typer) -> None:
    """Add `kb init`."""
    app.command("init", epilog=EXAMPLES)(init)


def init(
    ctx: typer.Context,
    folder: Annotated[str | None, typer.Argument(metavar="[DIR]", help="Where (default: here).")] = None,
    starter: Annotated[
        bool, typer.Option("--starter", help="Begin with kb's starter cards, unverified.")
    ] = False,
    github: Annotated[bool, typer.Option("--github", help="Add .github/workflows/kb.yml.")] = False,
    pre_commit: Annotated[
        bool, typer.Option("--pre-commit", help="Add the gate to .pre-commit-config.yaml.")
    ] = False,
    yes: YesOption = False,
    output: FormatOption = None,
) -> int:
    """Make a knowledge base here, or make kb read the Markdown that is here already. Changes no card."""
    from kbcli.knowledge.edit.adoption import find_markdown

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    root = Path(folder or session.kb or ".").expanduser().resolve()
    if root.exists() and not root.is_dir():
        raise RefusedError(f"{root} is a file", "Name a folder.")
    run = _Initialisation(session, root, form)
    if (root / CONFIG_NAME).exists():
        run.keep(starter=starter, wanted=github or pre_commit)
    else:
        run.warn_of_outer()
        files = find_markdown(root, find_git_root(root)) if root.is_dir() else []
        if files and starter:
            raise RefusedError(
                f"{root} holds {len(files)} Markdown files already", "Name an empty folder for the starter."
            )
        if not files:
            run.begin(starter=starter)
        elif not run.adopt(files, yes=yes):
            return run.report()
    run.automate(github=github, pre_commit=pre_commit)
    return run.report()


class _Initialisation:
    """One run: what was written, and what there is to say of it at the end."""

    def __init__(self, session: Session, root: Path, form: str) -> None:
        self._session = session
        self._root = root
        self._form = form
        self._mode = ""
        self._written: list[Path] = []
        self._snippets: list[Automation] = []
        self._proposal: tuple[Proposal, AdoptionSummary] | None = None
        self._config_written = False

    def keep(self, *, starter: bool, wanted: bool) -> None:
        """There is a kb.toml: it and the cards stay as they are."""
        self._mode = "exists"
        if starter:
            raise RefusedError(
                f"{self._root} is a knowledge base already", "Name an empty folder for the starter."
            )
        if not wanted or self._form == "json":
            self._session.say(f"{self._root / CONFIG_NAME} exists already; it was left as it is")

    def warn_of_outer(self) -> None:
        """A knowledge base inside another: its cards would belong to both."""
        outer = next((folder for folder in self._root.parents if (folder / CONFIG_NAME).is_file()), None)
        if outer is not None:
            self._session.say(f"{outer} is a knowledge base too; exclude this folder in its {CONFIG_NAME}")

    def begin(self, *, starter: bool) -> None:
        """A new knowledge base."""
        from kbcli.foundation.git.commit import find_identity
        from kbcli.knowledge.edit.initialisation import plan_new, plan_starter, write_files
        from kbcli.operations.rules import RULES

        title = self._root.name or "Support"
        self._mode = "starter" if starter else "new"
        if starter:
            files = plan_starter(self._root, title, RULES)
        else:
            folder = next(path for path in (self._root, *self._root.parents) if path.is_dir())
            files = plan_new(self._root, title, find_identity(folder).email, RULES)
        self._written += write_files(self._root, files)
        self._config_written = True

    def adopt(self, files: list, *, yes: bool) -> bool:  # type: ignore[type-arg]
        """Show what kb would read, ask, and write kb.toml; whether it was written."""
        from kbcli.knowledge.edit.adoption import propose_settings, summarise_adoption
        from kbcli.knowledge.edit.initialisation import PlannedFile, write_files
        from kbcli.operations.rules import RULES

        session = self._session
        self._mode = "adopt"
        proposal = propose_settings(self._root, find_git_root(self._root), files, session.today, RULES)
        self._proposal = proposal, summarise_adoption(proposal, session.today)
        self._show_proposal()
        if not yes and not session.can_ask:
            raise RefusedError(
                f"there is nobody to ask, so {CONFIG_NAME} was not written", "Write it with --yes."
            )
        if not yes and not confirm_question(f"Write {CONFIG_NAME}? No card is changed", default=True):
            session.say("nothing was written")
            return False
        self._written += write_files(
            self._root, [PlannedFile(self._root / CONFIG_NAME, proposal.text.encode())]
        )
        self._config_written = True
        return True

    def _show_proposal(self) -> None:
        from kbcli.render.adoption import format_proposal, format_proposal_lines

        if self._proposal is None or self._form == "json":
            return
        session = self._session
        if self._form == "plain":
            session.write(format_proposal_lines(*self._proposal))
        else:
            session.write(
                format_proposal(*self._proposal, session.today, width=session.width, color=session.color)
            )

    def automate(self, *, github: bool, pre_commit: bool) -> None:
        """The workflow and the hook, where they were asked for."""
        from kbcli.knowledge.edit.initialisation import plan_hook, plan_workflow, write_automation

        config = load_config(self._root, find_git_root(self._root))
        plans = ([plan_workflow(config)] if github else []) + ([plan_hook(config)] if pre_commit else [])
        for plan in plans:
            if write_automation(plan):
                self._written.append(plan.path)
            elif plan.snippet:
                self._snippets.append(plan)
            else:
                self._session.say(f"{plan.path} has it already; it was left as it is")

    def report(self) -> int:
        """Say what was written, and return the exit status."""
        from kbcli.knowledge.edit.initialisation import list_relative

        written = list_relative(self._written, Path.cwd())
        if self._form == "json":
            self._session.write(self._format_json(written))
        elif self._form == "plain":
            from kbcli.render.escape import escape_field

            self._session.write("".join(f"wrote\t{escape_field(path)}\n" for path in written))
        else:
            self._write_table(written)
        for plan in self._snippets:
            self._session.say(f"{plan.path} could not be added to safely; add this to its repos:")
            for line in plan.snippet.splitlines():
                typer.echo(f"    {line}", err=True)
        return 0

    def _format_json(self, written: list[str]) -> str:
        from kbcli.render.jsonout import format_envelope

        data: dict[str, object] = {"root": str(self._root), "mode": self._mode, "written": written}
        if self._proposal is not None:
            from kbcli.render.adoption import describe_proposal

            data |= describe_proposal(*self._proposal)
        return format_envelope("init", data)

    def _write_table(self, written: list[str]) -> None:
        from kbcli.render.escape import make_line

        write = self._session.write
        for path in written[:12]:
            write(f"wrote {make_line(path)}\n")
        if len(written) > 12:
            write(f"… and {len(written) - 12} more\n")
        if not self._config_written:
            return
        here = os.path.relpath(self._root)
        start = "" if here == "." else f"cd {make_line(here)} && "
        if self._mode == "adopt":
            write(f"\nNext: {start}kb stale, kb check, and kb search with a customer's words.\n")
        else:
            write(f"\nNext: {start}kb list, then kb verify on a card that you have read.\n")
            if find_git_root(self._root) is None:
                write("Run git init there too: with its history kb knows who verified what when.\n")
