"""broken-link: a link inside the repository that leads nowhere."""

import os
import re
from collections.abc import Callable
from posixpath import dirname, join, normpath, split

from kbcli.foundation.disk.paths import find_boundary
from kbcli.foundation.markdown.links import Anchors, classify_target, has_template_code, pick_links
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Finding, Findings, Names, Rule, report_card

ID = "broken-link"
_WEB_SUFFIXES = (".html", ".htm")
_SIMPLE = re.compile(r"([A-Za-z0-9_.-][A-Za-z0-9_./-]*)?(?:#([A-Za-z0-9_.-]*))?\Z")
_INDEX_NAMES = ("index", "README", "_index")


def find_broken_links(context: CheckContext) -> Findings:
    """Relative links to nothing, and anchors that no heading or ID of their target has.

    Left alone: addresses, links from the site's root (`/x`), template code, and what leads out
    of the repository. One finding for each target of a card, at its first link.
    """
    checker = _LinkChecker(context)
    for card in context.cards:
        if card.status == "archived" or context.cache.is_sound(card):
            continue
        judge = checker.begin(card)
        links = pick_links(card.body, judge)
        if not links:
            context.cache.note_sound(card)
        for link in links:
            line = card.body_line + link.line - 1
            yield report_card(
                ID, card, judge(link.raw), "Mend the link, or delete it.", line=line, subject=link.raw
            )


class _LinkChecker:
    """Answers whether the links of one card after the other lead somewhere, remembering what it looked up."""

    def __init__(self, context: CheckContext) -> None:
        config = context.config
        self._library = context.library
        self._by_path = {card.path: card for card in context.cards}
        self._suffixes = tuple(dict.fromkeys((*config.extensions, *_WEB_SUFFIXES)))
        self._root = os.fspath(config.root)
        boundary = find_boundary(config.root, config.git_root)
        self._prefix = os.path.relpath(self._root, boundary).replace(os.sep, "/")
        self._listings: dict[str, frozenset[str]] = {}
        self._anchors: dict[str, Anchors] = {}
        self._goals: dict[str, str | None] = {}
        self._verdicts: dict[str, dict[str, str]] = {}

    def begin(self, card: Card) -> Callable[[str], str]:
        """Turn to a card; what is wrong with a destination written in it, "" for nothing."""
        self._card = card
        self._folder = dirname(card.path)
        verdicts = self._verdicts.setdefault(self._folder, {})

        def judge(raw: str) -> str:
            verdict = verdicts.get(raw)
            if verdict is None:
                verdict = self._explain(raw)
                if raw[:1] != "#":
                    verdicts[raw] = verdict
            return verdict

        return judge

    def _explain(self, raw: str) -> str:
        # Between < and > stands ERB: <%= page.url %>.
        if (
            not raw
            or raw.startswith(("http:", "https:", "/", "mailto:"))
            or (raw[0] == "%" and raw[-1] == "%")
        ):
            return ""
        if simple := _SIMPLE.match(raw):
            target, anchor = simple[1] or "", simple[2] or ""
        else:
            kind, target, anchor = classify_target(raw)
            if kind not in ("relative", "anchor"):
                return ""
        found = self._find_target(target) if target else self._card.path
        if found is None:
            return f"the link to “{raw}” leads nowhere"
        goal = self._by_path.get(found)
        if anchor and goal is not None and not self._has_anchor(goal, anchor):
            return f"the link to “{raw}” leads to no heading or anchor of {found}"
        return ""

    def _find_target(self, target: str) -> str | None:
        """The path of the card that a target names, "" for a file, a folder or what lies outside, or None."""
        path = f"{self._folder}/{target}" if self._folder else target
        if "./" in path or "//" in path or path.endswith(("/", ".")):
            path = normpath(path)
        if path in self._by_path:
            return path
        if path not in self._goals:
            self._goals[path] = self._look_up(path)
        return self._goals[path]

    def _look_up(self, path: str) -> str | None:
        if goal := self._find_card(path):
            return goal.path
        if path.startswith("..") and normpath(join(self._prefix, path)).startswith(".."):
            return ""
        return "" if self._is_there(path) else None

    def _find_card(self, path: str) -> Card | None:
        """The card whose ID a target is, once a suffix is taken off or a folder's index added."""
        find = self._library.find_id
        for suffix in self._suffixes:
            if path.endswith(suffix):
                return find(path[: -len(suffix)]) or find(path)
        if goal := find(path):
            return goal
        for name in _INDEX_NAMES:
            if goal := self._library.by_id.get(f"{path}/{name}" if path != "." else name):
                return goal
        return None

    def _is_there(self, path: str) -> bool:
        folder, name = split(path)
        if name in ("", ".", ".."):
            return os.path.isdir(os.path.join(self._root, path))
        if folder not in self._listings:
            try:
                self._listings[folder] = frozenset(os.listdir(os.path.join(self._root, folder)))
            except (OSError, ValueError):
                self._listings[folder] = frozenset()
        return name in self._listings[folder]

    def _has_anchor(self, goal: Card, anchor: str) -> bool:
        if goal.path not in self._anchors:
            self._anchors[goal.path] = Anchors(goal.body, goal.own_title)
        # :~: is a browser's text fragment. What a template adds to a page is not known here.
        return (
            self._anchors[goal.path].has(anchor) or anchor.startswith(":~:") or has_template_code(goal.body)
        )


def _identify(found: Finding, names: Names) -> tuple[str, str]:
    """A link is the same as written, or by where it leads; one that leads nowhere is not one that misses its heading."""
    kind = "anchor" if " no heading or anchor " in found.message else "nowhere"
    full, anchor = _resolve_link(names.prefix + found.path, found.subject)
    return f"{kind} {found.subject}", f"{kind} leads to {names.find_full(full)}#{anchor}"


def _list_needed(found: Finding, context: CheckContext) -> tuple[str]:
    return (_resolve_link(context.prefix + found.path, found.subject)[0],)


def _resolve_link(path: str, raw: str) -> tuple[str, str]:
    """Where a link in the file at `path` leads: a path from the same top, and the anchor."""
    _, target, anchor = classify_target(raw)
    return (normpath(join(dirname(path), target)) if target else path), anchor


RULE = Rule(
    id=ID,
    severity="warning",
    title="A link that leads nowhere",
    what="A relative link names no card or file of the repository, or an anchor that its target does not have.",
    why="Whoever follows it in the middle of a case loses the thread.",
    mend="Mend the link. `kb mv` keeps links right when a card moves.",
    find=find_broken_links,
    identify=_identify,
    rests_on=_list_needed,
)
