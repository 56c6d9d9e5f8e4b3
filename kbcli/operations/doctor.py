"""Doctor: what kb sees, fact by fact, and what to do about problems.

A thing that is broken is a fact too, never an error.
"""

import os
import platform
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from shutil import which

from kbcli import __version__
from kbcli.config import Config
from kbcli.errors import GitError, KbError
from kbcli.foundation.disk.packaged import find_content
from kbcli.foundation.git.people import find_identity
from kbcli.foundation.git.revisions import is_shallow
from kbcli.foundation.git.worktree import (
    FreshnessCheck,
    find_git_version,
    list_ignored_files,
    list_submodules,
    needs_untracked_cache,
)
from kbcli.foundation.text.counts import count_things
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.cards.walk import select_card_paths
from kbcli.knowledge.edit.renderers import find_renderer
from kbcli.knowledge.edit.settings import format_value
from kbcli.knowledge.gate.rule import CheckContext
from kbcli.knowledge.index.sync import describe_index
from kbcli.operations.base import Base
from kbcli.operations.programs import find_editor, find_pager
from kbcli.operations.rules import RULES

WHOOSH_FORKS = ("whoosh-reloaded", "whoosh3")
_SETTINGS_LEFT_OUT = ("root", "git_root", "origins", "warnings", "source")
_TABLES = {
    "translation_pattern": "translations",
    "translation_source": "translations",
    "translation_source_path": "translations",
    "translation_fallback": "translations",
    "trust_ranking": "search",
    "use_ranking": "search",
    "background": "search",
    "customers_words": "search",
    "keep_failed": "search",
    "links_allow": "links",
    "links_roots": "links",
    "links_base": "links",
    "links_generated": "links",
    "links_wiki": "links",
    "links_deny": "links",
    "personal_data_allow": "personal_data",
    "tickets_keep": "tickets",
    "engine_index": "engine",
    "style_words": "style",
    "style_public": "style",
    "owner_rules": "rules",
}
_NO_CARDS = "Look at include, exclude and extensions in kb.toml; kb new writes the first."
_MANY = 5


class Fact(NamedTuple):
    """One thing kb sees. `remedy` is what to do about it; a fact with a remedy is a problem."""

    section: str
    name: str
    value: str
    origin: str = ""
    remedy: str = ""


class Diagnosis(NamedTuple):
    """All facts, by section."""

    facts: tuple[Fact, ...]

    @property
    def problems(self) -> int:
        """How many facts have a remedy."""
        return sum(bool(fact.remedy) for fact in self.facts)


def diagnose(kb: Base) -> Diagnosis:
    """What kb sees; of the knowledge base only where there is one that can be read."""
    return Diagnosis(tuple(_gather_facts(kb)))


def _gather_facts(kb: Base) -> Iterator[Fact]:
    yield from _check_versions()
    yield from _check_programs()
    try:
        root, config = kb.root, kb.config
    except KbError as error:
        yield Fact("knowledge base", "root", error.message, "", error.hint or "Mend it.")
        return
    origin = "--kb" if kb.folder else "KB_HOME" if os.environ.get("KB_HOME") else "found from here"
    yield Fact("knowledge base", "root", str(root), origin)
    yield from _check_git(config)
    yield from _check_cards(kb, config)
    yield from _check_index(config)
    if config.engine_index:
        yield from _check_engine(config)
        yield from _check_engine_tickets(config)
    yield from _list_settings(config)
    yield from _check_renderer(config)


def _check_versions() -> Iterator[Fact]:
    yield Fact("versions", "kb", __version__)
    too_old = "kb needs Python 3.11 or newer." if sys.version_info < (3, 11) else ""
    yield Fact("versions", "python", f"{platform.python_version()} ({sys.executable})", "", too_old)
    yield _check_whoosh()
    git = find_git_version(Path(os.path.abspath(os.sep)))
    missing = "" if git else "Install git; without it there is no history."
    yield Fact("versions", "git", git or "missing", "", missing)
    try:
        yield Fact("versions", "manual", str(find_content()))
    except KbError as error:
        yield Fact("versions", "manual", "missing", "", error.hint)


def _check_whoosh() -> Fact:
    """The version of Whoosh, and of packages that overwrite its files with their own."""
    whoosh = _find_package_version("Whoosh")
    forks = [f"{name} {found}" for name in WHOOSH_FORKS if (found := _find_package_version(name))]
    repair = "pip install --force-reinstall Whoosh==2.7.4"
    remedy = "" if whoosh == "2.7.4" else f"Run {repair}."
    if forks:
        remedy = f"Uninstall {', '.join(forks)}, then {repair}."
    return Fact("versions", "whoosh", ", ".join([whoosh or "missing", *forks]), "", remedy)


def _find_package_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _check_programs() -> Iterator[Fact]:
    for name, find in (("editor", find_editor), ("pager", find_pager)):
        try:
            command, origin = find(os.environ)
        except KbError as error:
            yield Fact("programs", name, error.message, "", error.hint)
            continue
        missing = f"{command[0]} is not installed; set {name.upper()} to another."
        yield Fact("programs", name, " ".join(command), origin, "" if which(command[0]) else missing)


def _check_git(config: Config) -> Iterator[Fact]:
    identity = str(find_identity(config.root))
    remedy = "" if identity else "Run git config --global user.email you@example.org; kb verify writes it."
    yield Fact("git", "you", identity or "unknown", "", remedy)
    if config.git_root is None:
        advice = "Run git init here: history says who changed and verified what."
        yield Fact("git", "repository", "none", "", advice)
        return
    yield Fact("git", "repository", str(config.git_root))
    try:
        shallow = is_shallow(config.root)
    except GitError as error:
        yield Fact("git", "history", error.message, "", error.hint or "Mend the repository.")
        return
    yield Fact("git", "history", "shallow: it ends early" if shallow else "complete")
    if needs_untracked_cache(config.git_root):
        advice = (
            "off; git config core.untrackedCache true and status.showUntrackedFiles all make searches faster"
        )
        yield Fact("git", "untracked cache", advice)


def _check_cards(kb: Base, config: Config) -> Iterator[Fact]:
    library = load_library(config)
    yield Fact("cards", "read", str(len(library.cards)), "", "" if library.cards else _NO_CARDS)
    files = len(library.problems)
    one = f"Run kb check: {library.problems[0].path} is one." if files else ""
    yield Fact("cards", "unreadable files", str(files), "", one)
    rules = Counter(problem.rule for card in library.cards for problem in card.problems)
    for rule, number in sorted(rules.items()):
        yield Fact("cards", rule, str(number), "", "Run kb check to see where.")
    if config.git_root is not None:
        yield from _check_ignored(config)
        if submodules := list_submodules(config.root):
            what = "their files belong to other repositories, and are no cards of this one"
            yield Fact("cards", "submodules", f"{', '.join(submodules)}: {what}")

    context = CheckContext(library, kb.today)
    for finding in chain.from_iterable(rule.find(context) for rule in RULES if rule.settings):
        yield Fact("settings", f"kb.toml line {finding.line}", finding.message, "", finding.hint)


def _check_ignored(config: Config) -> Iterator[Fact]:
    """Files that would be cards if git did not ignore them."""
    try:
        ignored = sorted(select_card_paths(config, list_ignored_files(config.root)))
    except GitError:
        return
    if ignored:
        more = f" and {len(ignored) - _MANY} more" if len(ignored) > _MANY else ""
        remedy = "They are not read. Mend .gitignore, or exclude them in kb.toml."
        yield Fact("cards", "ignored by git", ", ".join(ignored[:_MANY]) + more, "", remedy)


def _check_index(config: Config) -> Iterator[Fact]:
    try:
        state = describe_index(config)
    except (KbError, OSError) as error:
        yield Fact("index", "state", str(error), "", "Run kb index --rebuild.")
        return
    yield Fact("index", "folder", state.path)
    held = f"{state.documents} cards, {state.segments} segments, {state.size / 1e6:.1f} MB"
    # A missing or outdated index is no trouble: the next search builds it.
    yield Fact("index", "state", f"{state.problem}; the next search builds it" if state.problem else held)


def _check_engine(config: Config) -> Iterator[Fact]:
    """Whether the engine that kb.toml names an index of would answer the next search, and from which commit."""
    from kbcli.knowledge.index.opensearch.opening import ask_engine, count_failed

    yield Fact("engine", "index", config.engine_index, "kb.toml")
    check = FreshnessCheck(config.root, config.git_root)
    answers, use = ask_engine(config, check, lambda index: (index.health(), len(index.view.hidden)))
    check.cancel()
    if use is None:
        yield Fact(
            "engine", "used", "no: no engine is set for you", "", "Set KB_ENGINE_URLS (kb manual engine)."
        )
    for health, changed in answers:
        held = f"{count_things(health.documents, 'card')}; {changed} changed since commit {(health.commit or '')[:12]}"
        yield Fact("engine", "used", f"yes: {held}")
        lame = {"partial": "not all of its cards can be reached", "down": "it does not count its cards"}
        told = lame.get(health.state, "all of its cards can be reached")
        remedy = "Look at the engine; searches use the index on this machine." if health.state in lame else ""
        yield Fact("engine", "state", f"{health.state}: {told}", "", remedy)
    failed, nodes = count_failed()
    if failed:
        told = f"{failed} of {nodes} did not answer within the last half minute"
        yield Fact("engine", "nodes", told, "", "Look at the engine; the others are asked first.")
    if use is not None and use.reason:
        yield Fact(
            "engine",
            "used",
            f"no: {use.reason}",
            "",
            "Searches use the index on this machine (kb manual engine).",
        )


def _check_engine_tickets(config: Config) -> Iterator[Fact]:
    """Whether the engine would answer the next search for earlier tickets, and whether a push has work left there."""
    from kbcli.foundation.opensearch.access import EngineError
    from kbcli.knowledge.index.opensearch.opening import find_engine, limit_engine
    from kbcli.support.tickets.engine.state import load_state
    from kbcli.support.tickets.engine.store import open_engine_tickets

    engine = find_engine()
    if engine is None:
        return
    try:
        with limit_engine(engine):
            store = open_engine_tickets(engine, config.engine_index)
            if store is None:
                yield Fact("engine", "tickets", "none there")
                return
            health, state = store.health(), load_state(engine, config.engine_index)
    except EngineError as error:
        remedy = "Searches use the ticket archive on this machine, if any (kb manual engine)."
        yield Fact("engine", "tickets", f"no: {error.reason}", "", remedy)
        return
    remedy = "" if health.state == "whole" else "Look at the engine; some tickets are not found."
    yield Fact("engine", "tickets", f"{health.state}: {count_things(health.documents, 'ticket')}", "", remedy)
    if state.is_unclean:
        told = "what was erased may still be in files there"
        yield Fact("engine", "erased tickets", told, "", "Run kb tickets push when all nodes are there.")


def _list_settings(config: Config) -> Iterator[Fact]:
    """Every value of the configuration, with where it came from."""
    origins = config.origins
    for name, value in config._asdict().items():
        if name not in _SETTINGS_LEFT_OUT:
            origin = origins.get(name) or origins.get(_TABLES.get(name, ""), "default")
            yield Fact("settings", name, _show_setting(value), origin)


def _check_renderer(config: Config) -> Iterator[Fact]:
    """Where kb.toml names no renderer: one whose settings are here."""
    sign = find_renderer(config.root, config.git_root)
    if sign.renderer != config.renderer and "renderer" not in config.origins:
        remedy = (
            f'Set renderer = "{sign.renderer}" in kb.toml if it makes the pages, else "{config.renderer}".'
        )
        yield Fact("settings", "pages", f"{sign.place} tells of {sign.renderer}", "", remedy)


def _show_setting(value: Any) -> str:
    """A value as kb.toml would say it; of what has no short form how many there are."""
    if isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values()):
        return format_value(value) if value else "{}"
    is_list = isinstance(value, tuple) and all(isinstance(one, str) for one in value)
    if is_list or isinstance(value, bool | str | int):
        return format_value(value)
    return count_things(len(value), "entry", "entries")
