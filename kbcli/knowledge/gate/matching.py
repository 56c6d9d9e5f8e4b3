"""Which findings of now were there at the merge base already."""

import re
from collections.abc import Iterable, Iterator
from posixpath import dirname, join, normpath

from kbcli.foundation.markdown.links import classify_target
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.gate.rule import Finding
from kbcli.knowledge.gate.rules import (
    bad_config,
    broken_link,
    duplicate_id,
    duplicate_title,
    missing_dependency,
    near_duplicate,
    suspect,
)
from kbcli.knowledge.gate.succession import Succession
from kbcli.knowledge.trust.dependencies import CARD_PREFIX

Key = tuple[str, str, str]
_CARD_NAMED = re.compile(r"(the card|its source) (\S.*?) (changed|is new|is gone)\Z")


class KnownFindings:
    """The findings at the merge base, under the names of now.

    A finding is known when one of the same rule, file and subject was there. The subject counts
    with its kind: a link that leads nowhere is not one that misses its heading. A link is the
    same as written, or by where it leads. Of a pair of cards it makes no difference which of
    the two is told.
    """

    def __init__(self, before: Library, now: Library, names: Succession, findings: Iterable[Finding]) -> None:
        self._names = names
        self._keys: set[Key] = set()
        self._titles: dict[str, str] = {}
        for found in findings:
            path = names.find_path(found.path)
            if found.rule == duplicate_title.ID:
                self._join_titles(names.find_id(found.card), names.find_id(found.subject))
            elif path is not None:
                self._keys.update(self._list_keys(found, path))
        self._holders_now = _list_holders(now)
        self._holders_then = {
            ident: {names.find_path(path) for path in paths} for ident, paths in _list_holders(before).items()
        }

    def add(self, rule: str, path: str) -> None:
        """Know the findings of a rule about a file as a whole, whatever they say."""
        new = self._names.find_path(path)
        if new is not None:
            self._keys.add((rule, new, "*"))

    def holds(self, found: Finding) -> bool:
        """Whether a finding of now was there."""
        if found.rule == duplicate_title.ID:
            root = self._find_root(found.card)
            return found.card in self._titles and root == self._find_root(found.subject)
        if found.rule == duplicate_id.ID:
            ident = found.subject.casefold()
            then, now = self._holders_then.get(ident, set()), self._holders_now.get(ident, [""])
            return found.path in then and now[0] in then
        if (found.rule, found.path, "*") in self._keys:
            return True
        return any(key in self._keys for key in self._list_keys(found, found.path, then=False))

    def _list_keys(self, found: Finding, path: str, *, then: bool = True) -> Iterator[Key]:
        subject = found.subject
        if found.rule == broken_link.ID:
            kind = "anchor" if " no heading or anchor " in found.message else "nowhere"
            yield found.rule, path, f"{kind} {subject}"
            prefix = self._names.prefix if then else self._names.new_prefix
            full, anchor = resolve_link(prefix + found.path, subject)
            yield (
                found.rule,
                path,
                f"{kind} leads to {self._names.find_full(full) if then else full}#{anchor}",
            )
            return
        if found.rule in (bad_config.ID, "unreadable"):
            subject = found.message
        elif then and found.rule == near_duplicate.ID:
            subject = self._names.find_id(subject)
        elif then and subject.startswith(CARD_PREFIX) and found.rule == missing_dependency.ID:
            subject = CARD_PREFIX + self._names.find_id(subject.removeprefix(CARD_PREFIX).strip())
        elif then and found.rule == suspect.ID and (match := _CARD_NAMED.match(subject)):
            subject = f"{match[1]} {self._names.find_id(match[2])} {match[3]}"
        yield found.rule, path, subject

    def _join_titles(self, one: str, other: str) -> None:
        self._titles.setdefault(one, one)
        self._titles.setdefault(other, other)
        self._titles[self._find_root(one)] = self._find_root(other)

    def _find_root(self, name: str) -> str:
        while self._titles.get(name, name) != name:
            name = self._titles[name]
        return name


def resolve_link(path: str, raw: str) -> tuple[str, str]:
    """Where a link in the file at `path` leads: a path from the same top, and the anchor."""
    _, target, anchor = classify_target(raw)
    return (normpath(join(dirname(path), target)) if target else path), anchor


def _list_holders(library: Library) -> dict[str, list[str]]:
    """The paths of the cards that have an ID (without case), and after them of those that had it."""
    holders: dict[str, list[str]] = {}
    for card in library.cards:
        holders.setdefault(card.id.casefold(), []).append(card.path)
    for card in library.cards:
        for ident in card.former_ids:
            holders.setdefault(ident.casefold(), []).append(card.path)
    return holders
