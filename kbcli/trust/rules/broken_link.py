"""broken-link: a link inside the repository that leads nowhere."""

import os
from collections.abc import Iterator
from posixpath import dirname, join, normpath

from kbcli.cards.anchors import find_anchors, has_template_code
from kbcli.cards.links import Link, find_links
from kbcli.cards.model import Card
from kbcli.files.containment import find_boundary
from kbcli.trust.context import CheckContext
from kbcli.trust.findings import Finding, report_card
from kbcli.trust.rule import Rule

ID = "broken-link"
_WEB_SUFFIXES = (".html", ".htm")
_INDEX_NAMES = ("index", "README", "_index")


def find_broken_links(context: CheckContext) -> Iterator[Finding]:
    """Relative links to nothing, and anchors that no heading or ID of their target has.

    Left alone: addresses, links from the site's root (`/x`), template code, and what leads out
    of the repository. One finding for each target of a card, at its first link.
    """
    checker = _LinkChecker(context)
    for card in context.cards:
        if card.status == "archived":
            continue
        seen: set[str] = set()
        for link in find_links(card.body):
            if link.kind not in ("relative", "anchor") or link.raw in seen:
                continue
            seen.add(link.raw)
            if message := checker.judge(card, link):
                line = card.body_line + link.line - 1
                yield report_card(ID, card, message, "Mend the link, or delete it.", line=line, subject=link.raw)


class _LinkChecker:
    """Answers whether a target exists, remembering what the disk and the headings said."""

    def __init__(self, context: CheckContext) -> None:
        config = context.config
        self._library = context.library
        self._by_path = {card.path: card for card in context.cards}
        self._suffixes = tuple(dict.fromkeys((*config.extensions, *_WEB_SUFFIXES)))
        self._root = os.fspath(config.root)
        boundary = find_boundary(config.root, config.git_root)
        self._prefix = os.path.relpath(self._root, boundary).replace(os.sep, "/")
        self._exists: dict[str, bool] = {}
        self._anchors: dict[str, frozenset[str]] = {}

    def judge(self, card: Card, link: Link) -> str:
        """What is wrong with a link of a card, "" when nothing is."""
        goal: Card | None = card
        if link.target:
            found = self._find_target(card, link.target)
            if found is None:
                return f"the link to “{link.raw}” leads nowhere"
            goal = self._by_path.get(found)
        if link.anchor and goal is not None and not self._has_anchor(goal, link.anchor):
            where = "this card" if goal is card else goal.path
            return f"the link to “{link.raw}” leads to no heading or anchor of {where}"
        return ""

    def _find_target(self, card: Card, target: str) -> str | None:
        """The path of the card that a target names, "" for a file, a folder or what lies outside, or None."""
        path = normpath(join(dirname(card.path), target))
        if path in self._by_path:
            return path
        if goal := self._find_card(path):
            return goal.path
        if path.startswith("..") and normpath(join(self._prefix, path)).startswith(".."):
            return ""
        return "" if self._is_there(path) else None

    def _find_card(self, path: str) -> Card | None:
        """The card whose ID a target is, once a suffix is taken off and a folder's index added."""
        stems = [path, *(path[: -len(suffix)] for suffix in self._suffixes if path.endswith(suffix))]
        for stem in stems:
            if goal := self._library.find_id(stem):
                return goal
        for name in _INDEX_NAMES:
            if goal := self._library.by_id.get(f"{path}/{name}" if path != "." else name):
                return goal
        return None

    def _is_there(self, path: str) -> bool:
        if path not in self._exists:
            try:
                os.lstat(os.path.join(self._root, path))
                self._exists[path] = True
            except (OSError, ValueError):
                self._exists[path] = False
        return self._exists[path]

    def _has_anchor(self, goal: Card, anchor: str) -> bool:
        if goal.path not in self._anchors:
            self._anchors[goal.path] = find_anchors(goal.body, goal.own_title)
        if anchor.casefold() in self._anchors[goal.path]:
            return True
        # :~: is a browser's text fragment. What a template adds to a page is not known here.
        return anchor.startswith(":~:") or has_template_code(goal.body)


RULE = Rule(
    id=ID,
    severity="warning",
    title="A link that leads nowhere",
    what="A relative link names no card or file of the repository, or an anchor that its target does not have.",
    why="Whoever follows it in the middle of a case loses the thread.",
    mend="Mend the link. `kb mv` keeps links right when a card moves.",
    find=find_broken_links,
)
