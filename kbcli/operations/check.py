"""Check: the gate. Every rule over every card; what is accepted stands in a baseline, which may only shrink."""

import os
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from kbcli.config import Config
from kbcli.errors import KbError, UsageError
from kbcli.foundation.disk.files import replace_file
from kbcli.foundation.git.commit import ATTRIBUTES_NAME, add_merge_driver
from kbcli.foundation.git.log import History, load_history
from kbcli.foundation.git.objects import FileContents
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.cards.library import Library, load_library
from kbcli.knowledge.gate import baseline as baselines
from kbcli.knowledge.gate.change import BASELINE_NAME, CHANGE_RULES, Change, make_text_entry
from kbcli.knowledge.gate.rule import CheckCache, Rule
from kbcli.knowledge.gate.rules.links import ask_web_links
from kbcli.knowledge.gate.run import CheckResult, choose_rules, run_check
from kbcli.knowledge.gate.severity import SeverityJudge
from kbcli.knowledge.likeness.pairs import PairFinder, ShingleCache, find_shingle_folder
from kbcli.knowledge.trust.judging import explain_bases, explain_changes
from kbcli.operations.base import Base, wants_history
from kbcli.operations.rules import RULES

if TYPE_CHECKING:
    from kbcli.foundation.weblinks.outcomes import Outcome
    from kbcli.knowledge.gate.differential import ChangeResult


class CheckReport(NamedTuple):
    """What a check found; in sentences what does not count of it ("": all does), and how cards were judged (`notes`)."""

    result: CheckResult
    uncounted: str = ""
    notes: tuple[str, ...] = ()


class BaselineUpdate(NamedTuple):
    """How many findings are accepted now, how many accepted ones are gone, how many new ones were refused."""

    accepted: int
    gone: int
    refused: int


class _Material(NamedTuple):
    """What a check works on: the cards, the rules to run, and what those need. `contents` knows the files' digests."""

    library: Library
    today: date
    rules: tuple[Rule, ...]
    history: History | None
    contents: FileContents
    cache: CheckCache | None


def check_cards(
    kb: Base,
    paths: Sequence[str] = (),
    *,
    strict: bool = False,
    base: str | None = None,
    history: bool | None = None,
    links: bool = False,
    accept: bool = False,
) -> CheckReport:
    """Check every card, or with `paths` tell only of those cards and folders. Needs no index.

    `strict`: warnings fail too. `base`: only what this branch caused since that ref counts. `history`:
    also the rules of git history. `links`: ask the web whether links still lead somewhere. `accept`: write
    into the baseline, for review, what this branch takes out of the gate. Raises UsageError for a path or
    ref that does not exist, GitError where git cannot tell.
    """
    if accept and (not base or paths):
        raise UsageError("--accept is about all that a branch does", "Say --base REF, and no paths.")
    config = kb.config
    chosen = [_locate_path(config, path) for path in paths] if paths else None
    material = _gather_material(kb, config, history, in_change=bool(base))
    web = _ask_web(kb, material.library, chosen) if links else None
    remarks = []
    change = None
    if base:
        compare = partial(_compare, material, base, chosen, web, strict=strict)
        comparison = compare()
        if accept and comparison.change is not None:
            _accept_change(kb, config, comparison.caused, comparison.change)
            comparison = compare()
        result, change = comparison.caused, comparison.change
        if existing := len(comparison.existing):
            remarks.append(
                f"{existing} findings were already there at {comparison.base[:10]} and do not count"
            )
    else:
        library, today, rules, past, _, cache = material
        result = run_check(
            library, today, rules, paths=chosen, strict=strict, history=past, web=web, cache=cache
        )
    everything = result.findings
    result, accepted = _apply_baseline(material.library, result, change, whole=not (base or chosen))
    if accepted:
        remarks.append(f"{accepted} are accepted in the baseline")
    left = set(everything).difference(result.findings)
    remarks += [f"accepted: {one.message}" for one in everything if one in left and one.rule in CHANGE_RULES]
    notes = explain_bases(config, result.bases, asked=material.history is not None)
    changes = explain_changes(finding.rule for finding in result.findings)
    return CheckReport(result, "; ".join(remarks), notes + changes)


def update_baseline(kb: Base, *, strict: bool = False, history: bool | None = None) -> BaselineUpdate:
    """Accept what is there: all that blocks the first time, from then on only what is left of it.

    git is told how to join the baselines of two branches.
    """
    config = kb.config
    library, today, rules, past, _, cache = _gather_material(kb, config, history, in_change=False)
    result = run_check(library, today, rules, strict=strict, history=past, cache=cache)
    found = baselines.read_baseline(config.root, join=True)
    before = None if found is None else baselines.follow_renames(found, library)
    entries = baselines.shrink_baseline(result, before, RULES)
    path = config.locate(BASELINE_NAME)
    replace_file(path, baselines.format_baseline(entries, found).encode())
    new = {baselines.make_entry(one) for one in result.blocking} - set(entries)
    gone = len(before.entries) - len(entries) if before else 0
    kb.say(f"{path.name}: {len(entries)} accepted findings" + (f", {gone} gone" if gone else ""))
    _declare_merging(kb, config)
    if new:
        kb.say(f"{len(new)} new findings were not accepted: a baseline only shrinks; mend them")
    return BaselineUpdate(len(entries), gone, len(new))


def _gather_material(kb: Base, config: Config, asked: bool | None, *, in_change: bool) -> _Material:
    """The rules: those of git history where it is asked for, or else those of them that kb.toml names."""
    history = True if wants_history(config, asked) else asked
    rules = choose_rules(config, RULES, history=history, in_change=in_change)
    contents = FileContents()
    cache = _start_cache(config, rules, contents)
    library = load_library(config, note=contents.note if in_change or cache is not None else None)
    asks = any(rule.history and not (in_change and rule.of_change) for rule in rules)
    past = _load_history(kb, config, library) if asks else None
    return _Material(library, kb.today, rules, past, contents, cache)


def _start_cache(config: Config, rules: tuple[Rule, ...], contents: FileContents) -> CheckCache | None:
    """What finds near-duplicates, with the cache of shingles; None where no rule asks for it."""
    judge = SeverityJudge(config)
    if not any(rule.digests and not judge.is_off(rule) for rule in rules):
        return None

    cache = ShingleCache(config, find_shingle_folder())
    return CheckCache(PairFinder(cache=cache, digests=contents.digests))


def _load_history(kb: Base, config: Config, library: Library) -> History:
    """The git history (cards without a digest are then judged by it, too); an empty one where no card has a date to ask about."""
    if all(card.verified is None for card in library.cards):
        return History(available=True)
    history = load_history(config.root)
    if history.why:
        kb.say(history.why)
    return history


def _compare(
    material: _Material,
    base: str,
    paths: list[str] | None,
    web: "Mapping[str, Outcome] | None",
    *,
    strict: bool,
) -> "ChangeResult":
    """What the branch caused since the ref."""
    from kbcli.knowledge.gate.differential import compare_with_base

    return compare_with_base(
        material.library,
        material.today,
        base,
        material.rules,
        paths=paths,
        strict=strict,
        history=material.history,
        web=web,
        contents=material.contents,
        cache=material.cache,
    )


def _accept_change(kb: Base, config: Config, result: CheckResult, change: Change) -> None:
    """Write down what the change takes out of the gate, in place of what earlier ones did."""
    entries = {baselines.make_entry(one) for one in result.findings if one.rule in CHANGE_RULES}
    if not change.is_settled:
        entries.add(change.settings_entry)
    entries |= {make_text_entry(change.now.by_path[path]) for path in change.unvouched}
    before = baselines.read_baseline(config.root, join=True)
    kept = {entry for entry in (before.entries if before is not None else ()) if entry[0] not in CHANGE_RULES}
    path = config.locate(BASELINE_NAME)
    if entries or before is not None:
        replace_file(path, baselines.format_baseline(kept | entries, before).encode())
        _declare_merging(kb, config)
    kb.say(f"{BASELINE_NAME}: {len(entries)} things accepted that leave the gate; have the lines reviewed")


def _apply_baseline(
    library: Library, result: CheckResult, change: Change | None, *, whole: bool
) -> tuple[CheckResult, int]:
    """The result without what the baseline accepts: in a change that of the base, and what is reviewed with the change."""
    if change is not None and change.own is not None:
        sides = change.baselines
        accepted = baselines.Baseline(dict.fromkeys(sides.accepted, 1))
        return baselines.apply_baseline(result, accepted, RULES, whole=False)
    baseline = baselines.read_baseline(library.config.root)
    if baseline is None:
        return result, 0
    return baselines.apply_baseline(result, baselines.follow_renames(baseline, library), RULES, whole=whole)


def _ask_web(kb: Base, library: Library, paths: list[str] | None) -> "Mapping[str, Outcome]":
    with kb.show_progress("asking the web") as progress:
        return ask_web_links(library, paths=paths, progress=progress)


def _locate_path(config: Config, given: str) -> str:
    """A path relative to the knowledge base, from one relative to the current folder or to the knowledge base.

    Raises UsageError when it is neither, or lies outside.
    """
    for base in (Path.cwd(), config.root):
        full = os.path.abspath(base / given)
        relative = os.path.relpath(full, config.root)
        if os.path.lexists(full) and not relative.startswith(".."):
            return relative.replace(os.sep, "/")
    if os.path.lexists(given):
        raise UsageError(f"{given} is not in the knowledge base", f"It is {config.root}.")
    raise UsageError(f"there is no {given}")


def _declare_merging(kb: Base, config: Config) -> None:
    """Let git join baselines that two branches made, unless `.gitattributes` says otherwise."""
    if config.git_root is None:
        return
    try:
        line = add_merge_driver(config.root, BASELINE_NAME, "union")
    except (KbError, OSError) as error:
        hint = f". {error.hint}" if isinstance(error, KbError) and error.hint else ""
        kb.say(f"{ATTRIBUTES_NAME} was left as it is: {error}{hint}")
    else:
        if line:
            kb.say(f"{ATTRIBUTES_NAME}: added “{line}”, so that git joins baselines; commit both files")
