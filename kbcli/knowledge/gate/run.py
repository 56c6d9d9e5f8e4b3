"""The gate: every rule over every card, each finding with the severity this knowledge base gives it."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from kbcli.config import Config
from kbcli.foundation.git.log import History
from kbcli.knowledge.cards.library import Library, pause_collection
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.findings import Finding
from kbcli.knowledge.gate.recollection import Recollection
from kbcli.knowledge.gate.registry import RULES
from kbcli.knowledge.gate.rule import Rule
from kbcli.knowledge.gate.rules.unknown_history import ID as UNKNOWN_HISTORY
from kbcli.knowledge.gate.rules.unknown_history import join_unknown
from kbcli.knowledge.gate.severity import SeverityJudge
from kbcli.knowledge.trust.judging import count_bases

# A card that is due is not wrong yet, and a server that is down says nothing of the card: even
# a strict gate only warns of them.
NEVER_STRICT = frozenset(("due", "unchecked-web-link"))


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found, sorted by path, line and rule.

    `failed` decides the exit status. `by_rule` and `by_severity` count findings (sorted by
    rule; every severity is there). `cards` is how many cards were looked at, `prefix` what to
    put before a finding's path to make it relative to the git root ("" or "content/"). `bases`
    counts the cards looked at by what they were judged by (`trust.judging.count_bases`), `rules`
    are the IDs of the rules that ran.
    """

    findings: tuple[Finding, ...]
    by_rule: Mapping[str, int]
    by_severity: Mapping[str, int]
    cards: int
    failed: bool
    today: date
    strict: bool = False
    prefix: str = ""
    bases: Mapping[str, int] = field(default_factory=dict)
    rules: frozenset[str] = frozenset()


def run_check(
    library: Library,
    today: date,
    *,
    paths: Iterable[str] | None = None,
    strict: bool = False,
    history: History | None = None,
    rules: tuple[Rule, ...] = RULES,
    join: bool = True,
    recollection: Recollection | None = None,
) -> CheckResult:
    """Run every rule that is not off; those of git history only when `history` is given.

    `paths` (relative to the knowledge base, files or folders) restricts the findings, while the
    whole library is still judged, for rules that compare cards. The check fails on an error;
    when `strict`, on a warning too, except `due`. `join` makes what history cannot tell one finding.
    `recollection` is of a check whose findings these are compared with.
    """
    context = CheckContext(library, today, history, frozenset(rule.id for rule in RULES), recollection)
    wanted = None if paths is None else PathChoice(paths)
    with pause_collection():
        found = _collect(context, rules, wanted)
        findings = sorted(join_unknown(found) if join else found, key=_sort_key)
    by_rule, by_severity = count_findings(findings)
    looked_at = [card for card in library.cards if wanted is None or wanted.holds(card.path)]
    return CheckResult(
        tuple(findings),
        by_rule,
        by_severity,
        len(looked_at),
        any(is_blocking(finding, strict=strict) for finding in findings),
        today,
        strict,
        find_prefix(library.config),
        count_bases((card, context.trusts[card.path]) for card in looked_at),
        frozenset(rule.id for rule in rules if history is not None or not rule.history),
    )


def is_blocking(finding: Finding, *, strict: bool) -> bool:
    """Whether a finding makes a check fail: an error, and when `strict` a warning that counts then."""
    return finding.severity == "error" or (strict and finding.rule not in NEVER_STRICT)


def count_findings(findings: Iterable[Finding]) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """How many there are by rule (sorted by rule) and by severity (every severity is there)."""
    by_rule: dict[str, int] = {}
    by_severity = {"error": 0, "warning": 0}
    for finding in findings:
        by_rule[finding.rule] = by_rule.get(finding.rule, 0) + 1
        by_severity[finding.severity] += 1
    return MappingProxyType(dict(sorted(by_rule.items()))), MappingProxyType(by_severity)


def choose_rules(config: Config, rules: tuple[Rule, ...], *, history: bool | None = None) -> tuple[Rule, ...]:
    """The rules to run: those of git history all (`history` true), none (false), or those that kb.toml names (None).

    With any of them runs the one that says where history is too short to judge by.
    """
    if history is not None:
        return tuple(rule for rule in rules if history or not rule.history)
    judge = SeverityJudge(config)
    named = {rule.id for rule in rules if rule.history and judge.is_named(rule) and not judge.is_off(rule)}
    if named:
        named.add(UNKNOWN_HISTORY)
    return tuple(rule for rule in rules if not rule.history or rule.id in named)


def _sort_key(finding: Finding) -> tuple[str, int, str, str]:
    return finding.path, finding.line, finding.rule, finding.subject


def _collect(
    context: CheckContext, rules: tuple[Rule, ...], wanted: "PathChoice | None"
) -> Iterator[Finding]:
    cards: dict[str, Card] = {card.path: card for card in context.cards}
    archived = {card.path for card in context.cards if card.status == "archived"}
    judge = SeverityJudge(context.config)
    for rule in rules:
        if judge.is_off(rule) or (rule.history and context.history is None):
            continue
        left_alone = frozenset() if rule.archived else archived
        is_named = judge.is_named(rule)
        for finding in rule.find(context):
            if finding.path in left_alone or (wanted is not None and not wanted.holds(finding.path)):
                continue
            severity = judge.decide(rule, finding, cards.get(finding.path)) if is_named else rule.severity
            if severity != "off":
                yield finding if finding.severity == severity else finding._replace(severity=severity)


class PathChoice:
    """A set of files and folders."""

    def __init__(self, paths: Iterable[str]) -> None:
        chosen = {os.path.normpath(path).replace(os.sep, "/") for path in paths}
        self._paths = frozenset(chosen)
        self._everything = "." in chosen

    def holds(self, path: str) -> bool:
        """Whether a path is one of them, or lies in one of them."""
        if self._everything or path in self._paths:
            return True
        return any(path[:index] in self._paths for index, letter in enumerate(path) if letter == "/")


def find_prefix(config: Config) -> str:
    """What to put before a card's path so that it is relative to the git root."""
    if config.git_root is None:
        return ""
    relative = os.path.relpath(config.root, config.git_root).replace(os.sep, "/")
    return "" if relative == "." else f"{relative}/"
