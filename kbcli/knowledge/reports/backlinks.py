"""Which cards other cards link to."""

import re
from collections.abc import Container, Iterable
from posixpath import dirname, join, normpath

from kbcli.foundation.markdown.links import classify_target, find_links, pick_links
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card

_FROM_ROOT = re.compile(r"""[(:<>"'][ \t\n]*/(?!/)""")
_WEB_SUFFIXES = (".html", ".htm")
_INDEX_NAMES = ("index", "README", "_index")


def count_backlinks(library: Library, wanted: Iterable[Card]) -> dict[str, int]:
    """How many active cards link to each of the wanted ones, by path; a card counts once.

    A link from the site's root (`/x.html`) is looked for in each folder above the card, the
    outermost first, as the site's root is one of them.
    """
    counts = {card.path: 0 for card in wanted}
    resolver = _Resolver(library)
    for card in library.cards:
        if card.status == "archived" or not counts:
            continue
        for path in _find_goals(resolver, card, counts) - {card.path}:
            counts[path] += 1
    return counts


def _find_goals(resolver: "_Resolver", card: Card, wanted: Container[str]) -> set[str]:
    """The paths, of those wanted, that a card's links lead to; the slow way only where one may begin with /."""

    def find_goal(raw: str) -> str:
        goal = resolver.resolve(card, raw)
        return goal.path if goal is not None and goal.path in wanted else ""

    links = find_links(card.body) if _FROM_ROOT.search(card.body) else pick_links(card.body, find_goal)
    return {goal for link in links if (goal := find_goal(link.raw))}


class _Resolver:
    """Finds the card that a destination names, each folder's destinations once."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._by_path = {card.path: card for card in library.cards}
        self._suffixes = tuple(dict.fromkeys((*library.config.extensions, *_WEB_SUFFIXES)))
        self._known: dict[tuple[str, str], Card | None] = {}

    def resolve(self, card: Card, raw: str) -> Card | None:
        """The card that a destination written in `card` leads to, None for anything else."""
        key = (dirname(card.path), raw)
        if key not in self._known:
            self._known[key] = self._resolve(*key)
        return self._known[key]

    def _resolve(self, folder: str, raw: str) -> Card | None:
        kind, target, _ = classify_target(raw)
        if kind == "relative":
            return self._find_card(normpath(join(folder, target)))
        if kind != "absolute":
            return None
        parts = folder.split("/") if folder else []
        for depth in range(len(parts) + 1):
            if found := self._find_card(normpath("/".join((*parts[:depth], target.lstrip("/"))))):
                return found
        return None

    def _find_card(self, path: str) -> Card | None:
        if path in self._by_path:
            return self._by_path[path]
        for suffix in self._suffixes:
            if path.endswith(suffix) and (found := self._library.find_id(path.removesuffix(suffix))):
                return found
        if found := self._library.find_id(path):
            return found
        names = (f"{path}/{name}" if path != "." else name for name in _INDEX_NAMES)
        return next((self._library.by_id[name] for name in names if name in self._library.by_id), None)
