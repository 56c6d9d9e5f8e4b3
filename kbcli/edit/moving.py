"""Moving a card (`kb mv`) with every link to it and from it repaired."""

from dataclasses import dataclass

from kbcli.cards.model import Card
from kbcli.config import Config
from kbcli.edit.fields import FileEdit


@dataclass(frozen=True, slots=True)
class RepairedReference:
    """One link or field that follows the move: `path` is the card that holds it, `line` where."""

    path: str
    line: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class MovePlan:
    """All that a move will write, worked out before the first byte is.

    `edits` are the other cards; `moved` is the card itself, under its new path, its `before`
    being what stands at `old_path`.
    """

    old_id: str
    new_id: str
    old_path: str
    new_path: str
    moved: FileEdit
    edits: tuple[FileEdit, ...]
    repaired: tuple[RepairedReference, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that the move touches, for one commit."""
        return (self.old_path, self.new_path, *(edit.path for edit in self.edits))


def plan_move(config: Config, card: Card, target: str) -> MovePlan:
    """Work out a move. `target` is an ID, a path, or a folder when it ends in a slash.

    Raises UsageError for a target without meaning, OutsidePathError, RefusedError when
    something is there already or a card cannot be repaired.
    """
    raise NotImplementedError


def apply_move(config: Config, plan: MovePlan) -> MovePlan:
    """Write it: everything or nothing. Raises RefusedError when a file changed since it was planned."""
    raise NotImplementedError
