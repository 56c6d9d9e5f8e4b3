"""How bad a finding is, by the rule settings of a kb.toml, or by the stricter of two."""

from collections.abc import Callable, Mapping, Sequence

from kbcli.config import Config, RuleSetting
from kbcli.foundation.disk.paths import match_globs
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.rule import Finding, Rule

STRICTEST_FIRST = ("error", "warning", "off")


class SeverityJudge:
    """Applies the rule settings of one kb.toml.

    A setting for paths replaces that of the whole knowledge base (of several that match, the
    last), and a setting for an owner replaces both; of a card's owners the strictest counts.
    """

    def __init__(self, config: Config) -> None:
        self._rules = config.rules
        self._paths = [(match_globs(entry.paths), entry.rules) for entry in config.defaults if entry.rules]
        self._owners: Mapping[str, Mapping[str, RuleSetting]] = {
            owner.casefold(): rules for owner, rules in config.owner_rules.items()
        }

    def is_off(self, rule: Rule) -> bool:
        """Whether a rule is off for every card, so that it need not run."""
        elsewhere = any(rule.id in rules for _, rules in self._paths) or any(
            rule.id in rules for rules in self._owners.values()
        )
        return not elsewhere and self._decide_by_age(rule, self._rules.get(rule.id), None) == "off"

    def is_named(self, rule: Rule) -> bool:
        """Whether kb.toml says anything of a rule, for all cards or for some."""
        tables = (self._rules, *(rules for _, rules in self._paths), *self._owners.values())
        return any(rule.id in table for table in tables)

    def decide(self, rule: Rule, finding: Finding, card: Card | None) -> str:
        """`error`, `warning` or `off` for a finding."""
        setting = self._rules.get(rule.id)
        for matches, rules in self._paths:
            if rule.id in rules and matches(finding.path):
                setting = rules[rule.id]
        if self._owners and card is not None:
            own = [
                rules[rule.id]
                for owner in card.owners
                if rule.id in (rules := self._owners.get(owner.casefold(), {}))
            ]
            if own:
                judged = {self._decide_by_age(rule, one, finding.age) for one in own}
                return next(severity for severity in STRICTEST_FIRST if severity in judged)
        return self._decide_by_age(rule, setting, finding.age)

    @staticmethod
    def _decide_by_age(rule: Rule, setting: RuleSetting | None, age: int | None) -> str:
        """The severity of a finding this old.

        With thresholds it is off before `warn_after`, a warning from then on (or what `severity`
        says), an error from `error_after` on. Without a known age the thresholds do not apply.
        """
        if setting is None:
            return rule.severity
        base = setting.severity or rule.severity
        if age is None or base == "off" or (setting.warn_after is None and setting.error_after is None):
            return base
        if setting.error_after is not None and age >= setting.error_after:
            return "error"
        if setting.warn_after is not None and age < setting.warn_after:
            return "off"
        return setting.severity or "warning"


class StricterJudge(SeverityJudge):
    """Applies the settings of several kb.toml, of which the strictest counts.

    A card counts, too, as it was at the merge base: `find_before` gives that by its path of now, so that
    neither another owner nor another folder is a way to a milder rule.
    """

    def __init__(self, configs: Sequence[Config], find_before: Callable[[str], Card | None]) -> None:
        super().__init__(configs[0])
        self._judges = [SeverityJudge(config) for config in configs]
        self._find_before = find_before

    def is_off(self, rule: Rule) -> bool:
        """Whether a rule is off for every card by all of them."""
        return all(judge.is_off(rule) for judge in self._judges)

    def is_named(self, rule: Rule) -> bool:
        """Whether any says anything of a rule."""
        return any(judge.is_named(rule) for judge in self._judges)

    def decide(self, rule: Rule, finding: Finding, card: Card | None) -> str:
        """`error`, `warning` or `off` for a finding."""
        judged = {judge.decide(rule, finding, card) for judge in self._judges}
        if (before := self._find_before(finding.path)) is not None and before is not card:
            then = finding._replace(path=before.path)
            judged |= {judge.decide(rule, then, before) for judge in self._judges}
        return next(severity for severity in STRICTEST_FIRST if severity in judged)
