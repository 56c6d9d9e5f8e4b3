"""Init: a new knowledge base, or a kb.toml for Markdown that exists already."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from kbcli.config import CONFIG_NAME, load_config
from kbcli.errors import RefusedError
from kbcli.foundation.git.people import find_identity
from kbcli.foundation.git.worktree import find_git_root
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.walk import CardFile
from kbcli.knowledge.edit.adoption import (
    AdoptionSummary,
    Proposal,
    find_markdown,
    propose_settings,
    summarise_adoption,
)
from kbcli.knowledge.edit.initialisation import (
    GATE,
    SITE,
    Automation,
    find_workflow,
    plan_hook,
    plan_new,
    plan_starter,
    plan_workflow,
    write_automation,
    write_files,
)
from kbcli.knowledge.edit.installation import check_requirement, find_requirement
from kbcli.operations.base import Base
from kbcli.operations.rules import RULES


class Adoption(NamedTuple):
    """The settings with which kb would read Markdown that is there, and what it would read on that day."""

    proposal: Proposal
    summary: AdoptionSummary
    today: date


Show = Callable[[Adoption], None]
Confirm = Callable[[str], bool]


class Initialisation(NamedTuple):
    """What was written below `root`.

    `mode` is `new`, `starter`, `adopt` or `exists` (there is a kb.toml already); `has_begun` tells
    whether kb.toml was written. `snippets` are what a person must add to files by hand.
    """

    root: Path
    mode: str
    written: tuple[Path, ...] = ()
    has_begun: bool = False
    in_git: bool = False
    adoption: Adoption | None = None
    snippets: tuple[Automation, ...] = ()


def init_base(
    kb: Base,
    *,
    starter: bool = False,
    github: bool = False,
    pages: bool = False,
    install: str = "",
    pre_commit: bool = False,
    yes: bool = False,
    show: Show | None = None,
    confirm: Confirm | None = None,
) -> Initialisation:
    """Make a knowledge base in the folder of `kb`, or write a kb.toml for its Markdown. Changes no card.

    `github` and `pre_commit` add the gate to them, `pages` a site on GitHub Pages; on GitHub kb is installed by the
    requirement `install`, else from where this one came. Where there is Markdown, `show` gets what kb would read, and kb.toml is written
    with `yes` or where `confirm` answers the question so. Raises RefusedError where there is nobody to
    ask, a file is in the way, or it is not known from where to install kb.
    """
    root = Path(kb.folder or ".").expanduser().resolve()
    if root.exists() and not root.is_dir():
        raise RefusedError(f"{root} is a file", "Name a folder.")
    workflows = [GATE] * github + [SITE] * pages
    requirement = _find_requirement(root, workflows, install) if workflows else ""
    if (root / CONFIG_NAME).exists():
        if starter:
            raise RefusedError(f"{root} is a knowledge base already", "Name an empty folder for the starter.")
        if not (workflows or pre_commit):
            kb.say(f"{root / CONFIG_NAME} exists already; it was left as it is")
        made = Initialisation(root, "exists")
    else:
        made = _make(kb, root, starter=starter, yes=yes, show=show, confirm=confirm)
        if not made.has_begun:
            return made
    return _automate(kb, made, requirement, workflows, pre_commit=pre_commit)


def _make(
    kb: Base, root: Path, *, starter: bool, yes: bool, show: Show | None, confirm: Confirm | None
) -> Initialisation:
    """A kb.toml where there is none yet, for the Markdown that is there or with first cards."""
    _warn_of_outer(kb, root)
    files = find_markdown(root, find_git_root(root)) if root.is_dir() else []
    if files and starter:
        raise RefusedError(
            f"{root} holds {len(files)} Markdown files already", "Name an empty folder for the starter."
        )
    if not (files or yes or starter) and not _is_wanted(kb, root, confirm):
        kb.say("nothing was written")
        return Initialisation(root, "new")
    return _adopt(kb, root, files, yes, show, confirm) if files else _begin(root, starter=starter)


def _warn_of_outer(kb: Base, root: Path) -> None:
    """A knowledge base inside another: its cards would belong to both."""
    outer = next((folder for folder in root.parents if (folder / CONFIG_NAME).is_file()), None)
    if outer is not None:
        kb.say(f"{outer} is a knowledge base too; exclude this folder in its {CONFIG_NAME}")


def _is_wanted(kb: Base, root: Path, confirm: Confirm | None) -> bool:
    """Whether a knowledge base is to begin here: a folder that was named says so, one that is not empty is asked about.

    Raises RefusedError where there is nobody to ask.
    """
    if kb.folder not in (None, "", "."):
        return True
    if confirm is None:
        hint = "Write it with --yes, or name the folder."
        raise RefusedError(f"there is nobody to ask, so {CONFIG_NAME} was not written", hint)
    is_empty = not root.exists() or not any(entry.name != ".git" for entry in root.iterdir())
    return is_empty or confirm("Begin a knowledge base in this folder, with a first card of each type")


def _begin(root: Path, *, starter: bool) -> Initialisation:
    """A new knowledge base."""
    title = root.name or "Support"
    if starter:
        files = plan_starter(root, title, RULES)
    else:
        folder = next(path for path in (root, *root.parents) if path.is_dir())
        files = plan_new(root, title, find_identity(folder).email, RULES)
    written = tuple(write_files(root, files))
    return Initialisation(root, "starter" if starter else "new", written, has_begun=True)


def _adopt(
    kb: Base, root: Path, files: Sequence[CardFile], yes: bool, show: Show | None, confirm: Confirm | None
) -> Initialisation:
    """A kb.toml with which kb reads what is there, where it is wanted."""
    today = kb.today
    proposal = propose_settings(root, find_git_root(root), files, today, RULES)
    adoption = Adoption(proposal, summarise_adoption(proposal, today), today)
    if show is not None:
        show(adoption)
    if not yes:
        if confirm is None:
            raise RefusedError(
                f"there is nobody to ask, so {CONFIG_NAME} was not written", "Write it with --yes."
            )
        if not confirm(f"Write {CONFIG_NAME}? No card is changed"):
            kb.say("nothing was written")
            return Initialisation(root, "adopt", adoption=adoption)
    written = tuple(write_files(root, {root / CONFIG_NAME: proposal.text.encode()}))
    return Initialisation(root, "adopt", written, has_begun=True, adoption=adoption)


def _find_requirement(root: Path, workflows: Sequence[str], install: str) -> str:
    """What the workflows install kb from; nothing needs to be known where they are there already."""
    requirement = check_requirement(install) or find_requirement()
    top = find_git_root(root) or root
    if not requirement and not all(find_workflow(top, name).is_file() for name in workflows):
        raise RefusedError(
            "it is not known from where GitHub could install this kb, so nothing was written",
            "Name it: --install git+https://HOST/OWNER/kb@TAG, or a path in your repository, --install ./kb.",
        )
    return requirement


def _automate(
    kb: Base, made: Initialisation, requirement: str, workflows: Sequence[str], *, pre_commit: bool
) -> Initialisation:
    """The workflows and the hook, where they were asked for."""
    git_root = find_git_root(made.root)
    config = load_config(made.root, git_root)
    plans = [plan_workflow(config, name, requirement) for name in workflows]
    plans += [plan_hook(config)] if pre_commit else []
    written, snippets = list(made.written), []
    for plan in plans:
        if write_automation(plan):
            written.append(plan.path)
            if requirement and plan.path.name in workflows:
                kb.say(f"{plan.path} installs kb from {requirement}; change it with each update of yours")
        elif plan.snippet:
            snippets.append(plan)
        else:
            kb.say(f"{plan.path} has it already; it was left as it is")
    return made._replace(written=tuple(written), snippets=tuple(snippets), in_git=git_root is not None)
