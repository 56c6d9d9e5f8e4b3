"""What one check found that another, of much the same cards, need not find again."""

from functools import cached_property
from typing import TYPE_CHECKING

from kbcli.knowledge.cards.model import Card

if TYPE_CHECKING:
    from kbcli.knowledge.likeness.pairs import PairFinder


class Recollection:
    """Filled by the first of two checks, used by the second, whose findings matter only where the first has some too."""

    def __init__(self, pairs: "PairFinder | None" = None) -> None:
        self._pairs = pairs
        self._sound: dict[int, Card] = {}

    @cached_property
    def pairs(self) -> "PairFinder":
        """What finds near-duplicates."""
        from kbcli.knowledge.likeness.pairs import PairFinder

        return self._pairs or PairFinder()

    def note_sound(self, card: Card) -> None:
        """Remember that all links of a card lead somewhere."""
        self._sound[id(card)] = card

    def is_sound(self, card: Card) -> bool:
        """Whether all links of this very card led somewhere in the first check."""
        return id(card) in self._sound
