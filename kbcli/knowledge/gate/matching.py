"""Which findings of now were there at the merge base already."""

from collections.abc import Callable, Iterable, Sequence

from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.gate.rule import Change, Finding, Names, Rule

Key = tuple[str, str, str]
_ANYTHING = "*"


class KnownFindings:
    """The findings at the merge base, under the names of now.

    A finding is known when one of the same rule and file was there that is identified by the same
    text (see `Rule.identify`), or when its rule recalls it.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        sides: tuple[Library, Library],
        names: Names,
        prefix: str,
        findings: Iterable[Finding],
    ) -> None:
        self._rules = {rule.id: rule for rule in rules}
        self._sides = sides
        self._names = names
        self._now = Names(prefix)
        self._findings = tuple(findings)
        self._keys = {key for found in self._findings for key in self._list_keys(found, names)}
        self._recalls: dict[str, Callable[[Finding], bool]] = {}

    def add(self, rule: str, path: str) -> None:
        """Know the findings of a rule about a file of then as a whole, whatever they say."""
        new = self._names.find_path(path)
        if new is not None:
            self._keys.add((rule, new, _ANYTHING))

    def holds(self, found: Finding) -> bool:
        """Whether a finding of now was there."""
        rule = self._rules[found.rule]
        if rule.recall is None:
            keys = ((found.rule, found.path, _ANYTHING), *self._list_keys(found, self._now))
            return not self._keys.isdisjoint(keys)
        if rule.id not in self._recalls:
            own = tuple(one for one in self._findings if one.rule == rule.id)
            self._recalls[rule.id] = rule.recall(Change(*self._sides, self._names, own))
        return self._recalls[rule.id](found)

    def _list_keys(self, found: Finding, names: Names) -> list[Key]:
        path = names.find_path(found.path)
        if path is None:
            return []
        return [(found.rule, path, text) for text in self._rules[found.rule].identify(found, names)]
