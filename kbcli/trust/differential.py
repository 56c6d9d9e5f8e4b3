"""The gate for a change: which findings the change caused, and which were already there."""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from kbcli.cards.library import Library, load_library
from kbcli.config import Config
from kbcli.errors import GitError
from kbcli.files.globs import match_globs
from kbcli.files.history import History, load_history
from kbcli.files.revisions import export_tree, find_merge_base, find_renames
from kbcli.files.walk import card_id
from kbcli.trust.findings import Finding
from kbcli.trust.gate import NEVER_STRICT, CheckResult, find_prefix, run_check
from kbcli.trust.registry import DIFFERENTIAL_RULES
from kbcli.trust.rule import Rule
from kbcli.trust.rules.unknown_history import join_unknown

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A check compared with the merge base, both judged on the same day.

    `caused` holds only the findings of the change: they decide `caused.failed`. `existing` are
    the findings that were there before, `base` is the commit compared with.
    """

    caused: CheckResult
    existing: tuple[Finding, ...]
    base: str


def compare_with_base(
    library: Library,
    today: date,
    revision: str,
    *,
    paths: Iterable[str] | None = None,
    strict: bool = False,
    history: History | None = None,
    rules: tuple[Rule, ...] = DIFFERENTIAL_RULES,
) -> Comparison:
    """Check the working tree and the merge base with `revision`, and split the findings.

    A finding is caused by the change when no finding of the same rule, card and subject (not
    line) is there at the merge base; a card that was renamed is the same card. With `history`
    (that of HEAD) the rules of git history run on both sides, at the merge base with what was
    committed until then. Raises GitError when the merge base is not known.
    """
    config = library.config
    if config.git_root is None:
        raise GitError("there is no git repository to compare with", "`kb check` without --base works anywhere.")
    base = find_merge_base(config.root, revision)
    now = run_check(library, today, paths=paths, strict=strict, history=history, rules=rules, join=False)
    known = _find_keys_at(config, library, base, today, rules, with_history=history is not None)
    caused = tuple(found for found in now.findings if _key(found) not in known)
    chosen = frozenset(caused)
    existing = tuple(found for found in now.findings if found not in chosen)
    return Comparison(narrow_result(now, join_unknown(caused)), join_unknown(existing), base)


def narrow_result(result: CheckResult, findings: tuple[Finding, ...]) -> CheckResult:
    """A check's result with fewer findings, its counts and verdict made anew."""
    by_rule: dict[str, int] = {}
    by_severity = dict.fromkeys(result.by_severity, 0)
    for found in findings:
        by_rule[found.rule] = by_rule.get(found.rule, 0) + 1
        by_severity[found.severity] += 1
    blocking = result.strict and any(found.rule not in NEVER_STRICT for found in findings)
    return replace(
        result, findings=findings, by_rule=dict(sorted(by_rule.items())), by_severity=by_severity,
        failed=bool(by_severity["error"]) or blocking,
    )  # fmt: skip


def _key(found: Finding, names: Mapping[str, str] | None = None) -> Key:
    name = found.card or found.path
    if not names:
        return found.rule, name, found.subject
    # A subject may be the other card of a pair, which may have been renamed as well.
    return found.rule, names.get(name, name), names.get(found.subject, found.subject)


def _find_keys_at(
    config: Config, library: Library, base: str, today: date, rules: tuple[Rule, ...], *, with_history: bool
) -> frozenset[Key]:
    """What is found at the merge base, under the names that its cards have now."""
    assert config.git_root is not None
    prefix = find_prefix(config)
    depended = {value.removeprefix("./") for card in library.cards for value in card.depends_on}
    matches = match_globs(depended)

    def has_content(path: str) -> bool:
        return path.endswith(config.extensions) or matches(path) or any(path.startswith(f"{name}/") for name in depended)

    with tempfile.TemporaryDirectory(prefix="kb-base-") as name:
        folder = Path(name).resolve()
        export_tree(config.git_root, base, folder, has_content)
        root = folder / prefix
        if not root.is_dir():
            return frozenset()
        # Settings are those of the change: what a new rule finds in an old card is not new in the card.
        before = load_library(config._replace(root=root, git_root=folder))
        history = load_history(config.root, base) if with_history else None
        then = run_check(before, today, history=history, rules=rules, join=False)
    names = _find_new_names(config, library, base, prefix)
    return frozenset(_key(found, names) for found in then.findings)


def _find_new_names(config: Config, library: Library, base: str, prefix: str) -> dict[str, str]:
    """IDs (and paths, for files that gave no card) at the base, to those of now."""
    names: dict[str, str] = {}
    for card in library.cards:
        for former in card.former_ids:
            names[former] = card.id
    for old, new in find_renames(config.root, base).items():
        if old.startswith(prefix) and new.startswith(prefix):
            before, after = old[len(prefix) :], new[len(prefix) :]
            names[before] = after
            names[card_id(before, config)] = card_id(after, config)
    return {old: new for old, new in names.items() if old != new and old not in library.by_id}
