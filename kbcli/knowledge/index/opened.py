"""What an opened index is to those who ask it and to those who write it."""

import os
from collections.abc import Callable

from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.index.schema import make_fingerprint
from kbcli.knowledge.index.whoosh.disk import DiskReader
from kbcli.knowledge.index.whoosh.store import State, Store

if TYPE_CHECKING:
    from kbcli.config import Config

Progress = Callable[[int, int], None]
"""Called with the number of cards done and of all cards."""

Notice = Callable[[str], None]
"""Called with one line for the user, such as why the index is built anew."""


class OpenIndex:
    """An index ready to be asked.

    `is_stale`: another kb is writing, and this is the last state it completed. `built`: how many
    cards were (re)indexed now. `temporary`: why the index is only in memory, "" when it is not.
    """

    __slots__ = ("built", "is_stale", "reader", "temporary")

    def __init__(
        self, reader: DiskReader, *, is_stale: bool = False, built: int = 0, temporary: str = ""
    ) -> None:
        self.reader = reader
        self.is_stale = is_stale
        self.built = built
        self.temporary = temporary

    def close(self) -> None:
        """Let go of the files. Nothing is lost by not calling it."""
        self.reader = DiskReader(())


def load_state(config: "Config", store: Store) -> State | None:
    """The present state; None when there is none for this kb and these settings.

    Raises DamagedIndexError.
    """
    state = store.load()
    if state is None:
        return None
    manifest = state[0]
    current = (make_fingerprint(config), os.path.realpath(config.root))
    return state if (manifest.fingerprint, manifest.root) == current else None
