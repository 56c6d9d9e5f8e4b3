"""Which findings of now were there at the merge base already."""

import os
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher

from kbcli.config import CONFIG_NAME
from kbcli.foundation.git.layout import Layout
from kbcli.foundation.git.objects import digest_blob
from kbcli.foundation.git.revisions import find_renames
from kbcli.foundation.groups import group_pairs
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.walk import card_id
from kbcli.knowledge.gate.change import Change, Names
from kbcli.knowledge.gate.rule import Finding, Rule

Key = tuple[str, str, str]
_ANYTHING = "*"
_SAME_CARD = 0.5
_MOST_BYTES = 5_000_000


class KnownFindings:
    """The findings at the merge base, under the names of now.

    A finding is known when one of the same rule and file was there that is identified by the same
    text (see `Rule.identify`), or when its rule recalls it.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        change: Change,
        findings: Iterable[Finding],
    ) -> None:
        self._rules = {rule.id: rule for rule in rules}
        self._change = change
        self._names = names = change.names
        self._now = Names(change.now.config.prefix)
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
            self._recalls[rule.id] = rule.recall(self._change, own)
        return self._recalls[rule.id](found)

    def _list_keys(self, found: Finding, names: Names) -> list[Key]:
        path = names.find_path(found.path)
        if path is None:
            return []
        return [(found.rule, path, text) for text in self._rules[found.rule].identify(found, names)]


class Renames(Names):
    """Names at the merge base, to those of now.

    `prefix` is what to put before a path of the knowledge base of then to have it from the git
    root, `new_prefix` the same of now: the knowledge base may have moved.
    """

    def __init__(
        self, before: Library, now: Library, layout: Layout, base: str, prefixes: tuple[str, str]
    ) -> None:
        super().__init__(prefixes[0])
        self.new_prefix = prefixes[1]
        self._then = _list_files(before, self.prefix)
        self._today = _list_files(now, self.new_prefix)
        self._renames = dict(find_renames(now.config.root, base))
        self._is_moved = self.prefix != self.new_prefix
        self._known: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._pair_by_git()
        self._pair_exchanged()
        self._pair_by_content(layout)
        self._pair_by_former_ids()
        self._targets = frozenset(self._known.values())
        news = {card.id: self.find_path(card.path) for card in before.cards}
        self._ids.update({ident: card_id(new, now.config) for ident, new in news.items() if new is not None})

    def find_path(self, path: str) -> str | None:
        """The path now of a card's file, both relative to the knowledge base; None when another one took its place.

        Also when the knowledge base went from there, and left it behind.
        """
        full = self.prefix + path
        new = self.find_full(full)
        if new in self._targets and full not in self._known:
            return None
        if new.startswith(self.new_prefix):
            return new[len(self.new_prefix) :]
        return None if self._is_moved else path

    def find_full(self, full: str) -> str:
        """The path now of any file (or of a card's path without its suffix), both from the git root."""
        if full in self._known:
            return self._known[full]
        if full in self._renames and full not in self._then:
            return self._renames[full]
        ident = full[len(self.prefix) :] if full.startswith(self.prefix) else ""
        if ident in self._ids:
            return self.new_prefix + self._ids[ident]
        if self._is_moved and full not in self._today and full.startswith(self.prefix):
            new = self.new_prefix + full[len(self.prefix) :]
            return full if new in self._then else new
        return full

    def find_file(self, full: str) -> str:
        """The path now of any file, both from the git root, as git follows it."""
        return self._renames.get(full, full)

    def find_id(self, ident: str) -> str:
        """The ID now of a card by its ID then; the same when it is not known."""
        return self._ids.get(ident, ident)

    def _pair_by_git(self) -> None:
        for old, new in self._renames.items():
            stays = self._is_moved and self.new_prefix + old[len(self.prefix) :] in self._today
            keeps_place = old[len(self.prefix) :] == new[len(self.new_prefix) :]
            if old in self._then and new in self._today and (not stays or keeps_place):
                self._known[old] = new

    def _pair_exchanged(self) -> None:
        """Cards that have each other's place, which git does not see of small ones."""
        places = {
            old: (card, new, self._today.get(new))
            for old, card in self._then.items()
            if old not in self._known and card is not None and card.body and (new := self.find_full(old))
        }
        gone = {old: one for old, one in places.items() if one[2] is None or _say(one[0]) != _say(one[2])}
        olds = {_say(card): old for old, (card, _, _) in gone.items()}
        taken = set(self._known.values())
        found = {
            place: olds[_say(now)]
            for place, (_, new, now) in gone.items()
            if now is not None and new not in taken and _say(now) in olds
        }
        # A card that stays, and was edited, has not gone to where a copy of it is; nor has then what stood there.
        copies = group_pairs((old, place) for place, old in found.items())
        stays = [old for old in copies if gone[old][2] is not None and old not in found]
        for old in stays:
            stays += [place for place in copies.get(old, ()) if found.pop(place, None) is not None]
        self._known |= {old: gone[place][1] for place, old in found.items()}

    def _list_fresh(self) -> list[str]:
        """Files of now that were not there under their name, and are nobody's successor yet."""
        taken = set(self._known.values())
        if self._is_moved:
            taken |= {self.new_prefix + path[len(self.prefix) :] for path in self._then}
        return [path for path in self._today if path not in self._then and path not in taken]

    def _is_free(self, old: str) -> bool:
        """Whether the card of then is no longer under its name: it is gone, or another card is there."""
        if old in self._known:
            return False
        new = self.find_full(old)
        if new not in self._today:
            return True
        card, other = self._then[old], self._today[new]
        return card is not None and other is not None and _are_different(card, other)

    def _pair_by_content(self, layout: Layout) -> None:
        """Also what was moved without telling git, and what was too small for git to compare."""
        fresh = self._list_fresh()
        if not fresh:
            return
        olds = (path for path in self._then if path in layout.blobs and path not in self._known)
        by_blob = group_pairs((layout.blobs[path], path) for path in olds)
        like = next(iter(by_blob), "")
        for new in fresh:
            data = _read(os.path.join(layout.git_root, new))
            if not data:
                continue
            for content in (data, data.replace(b"\r\n", b"\n")):
                free = [old for old in by_blob.get(digest_blob(content, like), ()) if self._is_free(old)]
                if free:
                    self._known[min(free, key=lambda old: (self.find_full(old) in self._today, old))] = new
                    break

    def _pair_by_former_ids(self) -> None:
        by_id = {card.id: path for path, card in self._then.items() if card is not None}
        for new in self._list_fresh():
            card = self._today[new]
            for former in reversed(card.former_ids if card is not None else ()):
                old = by_id.get(former)
                if old is not None and self._is_free(old):
                    self._known[old] = new
                    break


def find_former_prefix(layout: Layout, base: str, prefix: str) -> str:
    """Where a commit had the knowledge base that now has its kb.toml at `prefix`, as what to put before its paths.

    A kb.toml that is new takes the place of the one that was found from its folder before.
    """
    here = prefix + CONFIG_NAME
    if here in layout.blobs or here in layout.links:
        return prefix
    names = [path for path in (*layout.blobs, *layout.links) if path.rpartition("/")[2] == CONFIG_NAME]
    if not names or not os.path.lexists(layout.git_root / here):
        return prefix
    old = next((old for old, new in find_renames(layout.git_root, base).items() if new == here), "")
    # Git does not pair empty files, nor what was moved without telling it.
    gone = [path for path in names if not os.path.lexists(layout.git_root / path)]
    found = (
        [old] if old in names else _sort_by_likeness(gone, layout, prefix) or _list_shadowed(names, prefix)
    )
    return found[0].removesuffix(CONFIG_NAME) if found else prefix


def _sort_by_likeness(names: Sequence[str], layout: Layout, prefix: str) -> list[str]:
    """These kb.toml by how many of the files in their folders are in the one at `prefix` now, most first."""
    folders = {name: name.removesuffix(CONFIG_NAME) for name in names}
    kept = {
        name: sum(
            path.startswith(folder) and os.path.lexists(layout.git_root / prefix / path[len(folder) :])
            for path in layout.paths
        )
        for name, folder in folders.items()
    }
    return sorted(names, key=lambda name: (-kept[name], name))


def _list_shadowed(names: Sequence[str], prefix: str) -> list[str]:
    """Of these kb.toml those that one at `prefix` hides, nearest first: in folders above, and at the top content/'s."""
    parts = prefix.split("/")[:-1]
    above = ["/".join((*parts[:number], CONFIG_NAME)) for number in range(len(parts) - 1, -1, -1)]
    if not prefix:
        above = [f"content/{CONFIG_NAME}"]
    return [path for path in above if path in names]


def _list_files(library: Library, prefix: str) -> dict[str, Card | None]:
    files: dict[str, Card | None] = {prefix + problem.path: None for problem in library.problems}
    files.update({prefix + card.path: card for card in library.cards})
    return files


def _say(card: Card) -> tuple[object, ...]:
    """What tells one card from others, wherever it lies."""
    return (card.own_title, card.audience, card.verified, card.body)


def _are_different(card: Card, other: Card) -> bool:
    """Whether two texts under one name are two cards, rather than one that was edited."""
    if card.own_title != other.own_title:
        return True
    one, two = card.body.split(), other.body.split()
    return SequenceMatcher(None, one, two, autojunk=False).quick_ratio() < _SAME_CARD


def _read(full: str) -> bytes:
    try:
        if os.path.islink(full) or os.path.getsize(full) > _MOST_BYTES:
            return b""
        with open(full, "rb") as stream:
            return stream.read()
    except OSError:
        return b""
