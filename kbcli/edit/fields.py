"""Writing fields of a card on disk, under the names and in the styles of its knowledge base."""

from collections.abc import Mapping
from dataclasses import dataclass

from kbcli.cards.span import FieldValue
from kbcli.config import Config


@dataclass(frozen=True, slots=True)
class FileEdit:
    """What was, or will be, written: `path` is relative to the knowledge base; None is no file there."""

    path: str
    before: bytes | None
    after: bytes | None

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after


def plan_fields(config: Config, path: str, changes: Mapping[str, FieldValue | None]) -> FileEdit:
    """The file with these kb fields set (None deletes), under the mapped names. Writes nothing.

    Raises RefusedError, OutsidePathError, or KbError when the file cannot be read.
    """
    raise NotImplementedError


def write_fields(config: Config, path: str, changes: Mapping[str, FieldValue | None]) -> FileEdit:
    """As `plan_fields`, and written."""
    raise NotImplementedError
