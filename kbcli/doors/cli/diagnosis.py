"""What `kb doctor` finds out, fact by fact. A thing that is broken is a fact too, never an error."""

import os
import platform
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from kbcli import __version__
from kbcli.config import Config
from kbcli.doors.cli.session import Session
from kbcli.errors import GitError, KbError

_MANY = 5


class Fact(NamedTuple):
    """One thing kb sees. `remedy` is what to do about it; a fact with a remedy is a problem."""

    section: str
    name: str
    value: str
    origin: str = ""
    remedy: str = ""


def gather_facts(session: Session) -> Iterator[Fact]:
    """All facts, in order; those of the knowledge base only where there is one that can be read."""
    yield from _check_versions()
    yield from _check_programs()
    try:
        root, config = session.root, session.config
    except KbError as error:
        yield Fact("knowledge base", "root", error.message, "", error.hint or "Mend it.")
        return
    yield Fact("knowledge base", "root", str(root), _find_origin(session))
    yield from _check_git(session)
    yield from _check_cards(session)
    yield from _check_index(session)
    yield from _list_settings(config)


def _check_versions() -> Iterator[Fact]:
    from kbcli.foundation.disk.packaged import find_content
    from kbcli.foundation.git.worktree import find_git_version

    yield Fact("versions", "kb", __version__)
    too_old = "kb needs Python 3.11 or newer." if sys.version_info < (3, 11) else ""
    yield Fact("versions", "python", f"{platform.python_version()} ({sys.executable})", "", too_old)
    whoosh = _find_version("Whoosh")
    # These overwrite Whoosh's files with their own.
    forks = [f"{name} {found}" for name in ("whoosh-reloaded", "whoosh3") if (found := _find_version(name))]
    repair = "pip install --force-reinstall Whoosh==2.7.4"
    remedy = (
        f"Uninstall {', '.join(forks)}, then {repair}."
        if forks
        else ""
        if whoosh == "2.7.4"
        else f"Run {repair}."
    )
    yield Fact("versions", "whoosh", ", ".join([whoosh or "missing", *forks]), "", remedy)
    git = find_git_version(Path(os.path.abspath(os.sep)))
    yield Fact(
        "versions", "git", git or "missing", "", "" if git else "Install git; without it there is no history."
    )
    try:
        yield Fact("versions", "manual", str(find_content()))
    except KbError as error:
        yield Fact("versions", "manual", "missing", "", error.hint)


def _find_version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _check_programs() -> Iterator[Fact]:
    from shutil import which

    from kbcli.foundation.disk.programs import find_editor, find_pager

    for name, find in (("editor", find_editor), ("pager", find_pager)):
        try:
            command, origin = find(os.environ)
        except KbError as error:
            yield Fact("programs", name, error.message, "", error.hint)
            continue
        missing = (
            f"{command[0]} is not installed; set {name.upper()} to another." if not which(command[0]) else ""
        )
        yield Fact("programs", name, " ".join(command), origin, missing)


def _find_origin(session: Session) -> str:
    if session.kb:
        return "--kb"
    return "KB_HOME" if os.environ.get("KB_HOME") else "found from here"


def _check_git(session: Session) -> Iterator[Fact]:
    from kbcli.foundation.git.commit import find_identity
    from kbcli.foundation.git.revisions import is_shallow
    from kbcli.foundation.git.status import needs_untracked_cache

    identity = str(find_identity(session.root))
    remedy = "" if identity else "Run git config --global user.email you@example.org; kb verify writes it."
    yield Fact("git", "you", identity or "unknown", "", remedy)
    git_root = session.config.git_root
    if git_root is None:
        yield Fact(
            "git", "repository", "none", "", "Run git init here: history says who changed and verified what."
        )
        return
    yield Fact("git", "repository", str(git_root))
    try:
        shallow = is_shallow(session.root)
    except GitError as error:
        yield Fact("git", "history", error.message, "", error.hint or "Mend the repository.")
        return
    yield Fact("git", "history", "shallow: it ends early" if shallow else "complete")
    if needs_untracked_cache(git_root):
        advice = (
            "off; git config core.untrackedCache true and status.showUntrackedFiles all make searches faster"
        )
        yield Fact("git", "untracked cache", advice)


def _check_cards(session: Session) -> Iterator[Fact]:
    from collections import Counter

    from kbcli.knowledge.cards.library import load_library

    library = load_library(session.config)
    nothing = (
        "Look at include, exclude and extensions in kb.toml; kb new writes the first."
        if not library.cards
        else ""
    )
    yield Fact("cards", "read", str(len(library.cards)), "", nothing)
    files = len(library.problems)
    yield Fact(
        "cards",
        "unreadable files",
        str(files),
        "",
        f"Run kb check: {library.problems[0].path} is one." if files else "",
    )
    rules = Counter(problem.rule for card in library.cards for problem in card.problems)
    for rule, number in sorted(rules.items()):
        yield Fact("cards", rule, str(number), "", "Run kb check to see where.")
    if session.config.git_root is not None:
        yield from _check_ignored(session)
    from kbcli.knowledge.gate.context import CheckContext
    from kbcli.operations.rules import RULES

    context = CheckContext(library, session.today)
    for finding in (found for rule in RULES if rule.settings for found in rule.find(context)):
        yield Fact("settings", f"kb.toml line {finding.line}", finding.message, "", finding.hint)


def _check_ignored(session: Session) -> Iterator[Fact]:
    """Files that would be cards if git did not ignore them."""
    from kbcli.foundation.git.worktree import list_ignored_files
    from kbcli.knowledge.cards.walk import select_card_paths

    try:
        ignored = sorted(select_card_paths(session.config, list_ignored_files(session.root)))
    except GitError:
        return
    if ignored:
        shown = ", ".join(ignored[:_MANY]) + (
            f" and {len(ignored) - _MANY} more" if len(ignored) > _MANY else ""
        )
        remedy = "They are not read. Mend .gitignore, or exclude them in kb.toml."
        yield Fact("cards", "ignored by git", shown, "", remedy)


def _check_index(session: Session) -> Iterator[Fact]:
    from kbcli.knowledge.index.sync import describe_index

    try:
        state = describe_index(session.config)
    except (KbError, OSError) as error:
        yield Fact("index", "state", str(error), "", "Run kb index --rebuild.")
        return
    yield Fact("index", "folder", state.path)
    # A missing or outdated index is no trouble: the next search builds it.
    words = state.problem or f"{state.documents} cards, {state.segments} segments, {state.size / 1e6:.1f} MB"
    yield Fact("index", "state", words if not state.problem else f"{words}; the next search builds it")


def _list_settings(config: Config) -> Iterator[Fact]:
    """Every value of the configuration, with where it came from."""
    from kbcli.knowledge.edit.settings import format_value

    tables = {"translation_pattern": "translations", "translation_source": "translations", "trust_ranking": "search", "background": "search",
              "links_allow": "links", "links_deny": "links", "owner_rules": "rules"}  # fmt: skip
    hidden = ("root", "git_root", "origins", "warnings", "source")
    origins = config.origins
    for name, value in config._asdict().items():
        if name in hidden:
            continue
        plain = isinstance(value, bool | str | int) or (
            isinstance(value, tuple) and all(isinstance(one, str) for one in value)
        )
        shown = format_value(value) if plain else _count(len(value), "entry", "entries")
        if isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values()):
            shown = format_value(value) if value else "{}"
        yield Fact("settings", name, shown, origins.get(name) or origins.get(tables.get(name, ""), "default"))


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
