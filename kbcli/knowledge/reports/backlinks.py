"""Which cards other cards link to."""

from collections.abc import Container, Iterable
from posixpath import dirname, join, normpath

from kbcli.foundation.markdown.links import classify_target, pick_links
from kbcli.knowledge.cards.destinations import Destinations
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card


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
    """The paths, of those wanted, that a card's links lead to."""

    def find_goal(raw: str) -> str:
        goal = resolver.resolve(card, raw)
        return goal.path if goal is not None and goal.path in wanted else ""

    return {find_goal(link.raw) for link in pick_links(card.body, find_goal, absolute=True)}


class _Resolver:
    """Finds the card that a destination names, each folder's destinations once."""

    def __init__(self, library: Library) -> None:
        self._destinations = Destinations(library)
        self._by_path = library.by_path
        self._known: dict[tuple[str, str], Card | None] = {}

    def resolve(self, card: Card, raw: str) -> Card | None:
        """The card that a destination written in `card` leads to, None for anything else."""
        folder = dirname(card.path)
        key = (folder, raw)
        if key not in self._known:
            kind, target, _ = classify_target(raw)
            if kind == "relative" and (page := self._destinations.read_page_link(target, card)):
                return self._by_path.get(page.goal)
            self._known[key] = self._resolve(folder, kind, target)
        return self._known[key]

    def _resolve(self, folder: str, kind: str, target: str) -> Card | None:
        if kind == "relative":
            return self._destinations.find_card(normpath(join(folder, target)))
        if found := self._by_path.get(self._destinations.find(kind, target, folder) or ""):
            return found
        if kind != "absolute":
            return None
        parts = folder.split("/") if folder else []
        for depth in range(len(parts) + 1):
            if found := self._destinations.find_card(
                normpath("/".join((*parts[:depth], target.lstrip("/"))))
            ):
                return found
        return None
