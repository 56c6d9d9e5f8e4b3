"""The gate: every rule it is given over every card, each finding with the severity this knowledge base gives it."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from kbcli.config import Config
from kbcli.foundation.git.log import History
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.cards.library import Library, pause_collection
from kbcli.knowledge.gate.change import Change
from kbcli.knowledge.gate.rule import CheckCache, CheckContext, Finding, Rule
from kbcli.knowledge.gate.severity import SeverityJudge
from kbcli.knowledge.trust.judging import count_bases

if TYPE_CHECKING:
    from kbcli.foundation.weblinks.outcomes import Outcome


@dataclass(frozen=True)
class CheckResult:
    """What a check found, sorted by path, line and rule.

    `rules` are those that the check was given, `ran` the IDs of those of them that had what they need.
    `cards` is how many cards were looked at, `prefix` what to put before a finding's path to make it
    relative to the git root ("" or "content/"). `bases` counts the cards looked at by what they were
    judged by (`trust.judging.count_bases`).
    """

    findings: tuple[Finding, ...]
    rules: tuple[Rule, ...]
    cards: int
    today: date
    strict: bool = False
    prefix: str = ""
    bases: Mapping[str, int] = field(default_factory=dict)
    ran: frozenset[str] = frozenset()

    @cached_property
    def by_rule(self) -> Mapping[str, int]:
        """How many findings there are by rule, sorted by rule."""
        return dict(sorted(Counter(found.rule for found in self.findings).items()))

    @cached_property
    def by_severity(self) -> Mapping[str, int]:
        """How many findings there are by severity; every severity is there."""
        counts = Counter(found.severity for found in self.findings)
        return {severity: counts[severity] for severity in ("error", "warning")}

    @cached_property
    def blocking(self) -> tuple[Finding, ...]:
        """The findings that make the check fail: errors, and when strict the warnings that count then."""
        lenient = {rule.id for rule in self.rules if rule.lenient}
        return tuple(
            found
            for found in self.findings
            if found.severity == "error" or (self.strict and found.rule not in lenient)
        )

    @cached_property
    def summarised(self) -> frozenset[str]:
        """The IDs of the rules of whose findings people are shown a count."""
        return frozenset(rule.id for rule in self.rules if rule.summarised)

    @property
    def failed(self) -> bool:
        """Whether the check fails, which decides the exit status."""
        return bool(self.blocking)


def run_check(
    library: Library,
    today: date,
    rules: Sequence[Rule],
    *,
    paths: Iterable[str] | None = None,
    strict: bool = False,
    history: History | None = None,
    web: "Mapping[str, Outcome] | None" = None,
    join: bool = True,
    cache: CheckCache | None = None,
    change: Change | None = None,
    judge: SeverityJudge | None = None,
) -> CheckResult:
    """Run every rule that is not off; those of git history only when `history` is given, those of `web` likewise.

    `paths` (relative to the knowledge base, files or folders) restricts the findings, while the
    whole library is still judged, for rules that compare cards. `web` is what each address answered.
    The check fails on an error; when `strict`, on a warning too, except of lenient rules. Without `join`
    rules that make one finding of all of theirs leave them apart. `cache` is that of a check whose
    findings these are compared with. `change` is what the library is one side of, `judge` decides severities
    (by default the library's kb.toml).
    """
    context = CheckContext(library, today, history, web, cache, change)
    judge = judge or SeverityJudge(context.config)
    wanted = None if paths is None else PathChoice(paths)
    with pause_collection():
        found = tuple(_collect(context, rules, wanted, judge))
        findings = join_findings(found, rules) if join else sort_findings(found)
    looked_at = [card for card in library.cards if wanted is None or wanted.holds(card.path)]
    return CheckResult(
        findings,
        tuple(rules),
        len(looked_at),
        today,
        strict,
        context.prefix,
        count_bases((card, context.trusts[card.path]) for card in looked_at),
        frozenset(rule.id for rule in rules if _has_all(context, rule)),
    )


def choose_rules(
    config: Config, rules: Sequence[Rule], *, history: bool | None = None, in_change: bool = False
) -> tuple[Rule, ...]:
    """The rules to run: those of git history all (`history` true), none (false), or those that kb.toml names (None).

    With any of them run the closing ones, that say where history is too short to judge by. `in_change`
    gives each rule the severity that it has in a check of what a change caused.
    """
    judge = SeverityJudge(config)
    named = {rule.id for rule in rules if rule.history and judge.is_named(rule) and not judge.is_off(rule)}
    return tuple(
        replace(rule, severity=rule.severity_in_change) if in_change and rule.severity_in_change else rule
        for rule in rules
        if not rule.history
        or (rule.of_change and in_change)
        or (history if history is not None else rule.id in named or (rule.closing and named))
    )


def join_findings(findings: Iterable[Finding], rules: Iterable[Rule]) -> tuple[Finding, ...]:
    """The findings, sorted, those of each rule that joins them made into one."""
    found = tuple(findings)
    for rule in rules:
        own = [one for one in found if one.rule == rule.id] if rule.join is not None else ()
        if rule.join is not None and len(own) > 1:
            found = (*(one for one in found if one.rule != rule.id), rule.join(list(own)))
    return sort_findings(found)


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings by path, line, rule and subject."""
    return tuple(sorted(findings, key=lambda one: (one.path, one.line, one.rule, one.subject)))


def _has_all(context: CheckContext, rule: Rule) -> bool:
    """Whether a rule has what it needs to be judged."""
    if rule.of_change and context.change is not None:
        return True
    has_past = context.history is not None if rule.history else not rule.of_change
    return has_past and (context.web is not None or not rule.web)


def _collect(
    context: CheckContext, rules: Sequence[Rule], wanted: "PathChoice | None", judge: SeverityJudge
) -> Iterator[Finding]:
    cards = context.library.by_path
    archived = {card.path for card in context.cards if card.status == "archived"}
    for rule in sorted(rules, key=lambda rule: rule.closing):
        if judge.is_off(rule) or not _has_all(context, rule):
            continue
        left_alone = frozenset() if rule.archived else archived
        is_named = judge.is_named(rule)
        for finding in rule.find(context):
            if finding.path in left_alone or (wanted is not None and not wanted.holds(finding.path)):
                continue
            by_default = finding.severity if rule.graded else rule.severity
            severity = judge.decide(rule, finding, cards.get(finding.path)) if is_named else by_default
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
