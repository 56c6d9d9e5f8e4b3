"""The index, held open by a process that lives long, so that not every question waits for a look at the files."""

import os
from collections.abc import Callable
from contextlib import suppress
from math import inf
from threading import Lock
from time import monotonic

from kbcli.config import Config
from kbcli.foundation.opensearch.access import EngineError
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.index.sync import OpenIndex, ask_index, limit_question, open_index
from kbcli.knowledge.index.whoosh.postings import DamagedIndexError
from kbcli.knowledge.index.whoosh.store import find_index_folder

if TYPE_CHECKING:
    from typing import TypeVar

    from kbcli.knowledge.index.building import Progress
    from kbcli.knowledge.index.updating import Notice

    T = TypeVar("T")

OLD = 0.5
"""Seconds after which whoever asks next looks at the files, while others still get the answer of before."""

TOO_OLD = 0.8
"""Seconds after which nobody gets an answer before somebody has looked: with the look itself, no answer is older than 1 s."""


class HeldIndex:
    """One open index for many threads; in step with the files as of `TOO_OLD` seconds ago at most.

    `generation` counts how often another one took its place.
    """

    def __init__(self, *, ours: bool = False) -> None:
        """With `ours` nobody else changes the files: they are looked at where this process says that it has."""
        self._ours = ours
        self._old, self._too_old = OLD, TOO_OLD
        self._looking = Lock()
        self._index: OpenIndex | None = None
        self._config: Config | None = None
        self._stamps: frozenset[tuple[str, int, int, int]] = frozenset()
        self._looked = 0.0
        self._wanted, self._done = object(), object()
        self.generation = 0

    def ask(
        self,
        config: "Config",
        question: "Callable[[OpenIndex], T]",
        *,
        progress: "Progress | None" = None,
        notice: "Notice | None" = None,
    ) -> "T":
        """The answer of `question`; asked again of an index built anew where this one proves damaged."""
        with limit_question(config) as spend:
            try:
                index = self._hold(config, progress, notice, spend)
                if not index.engine:
                    return question(index)
                from kbcli.knowledge.index.opensearch.opening import limit_index

                with limit_index(index.reader):
                    return question(index)
            except (DamagedIndexError, EngineError):
                self.look_again()
                return ask_index(config, question, progress=progress, notice=notice)

    def look_again(self) -> None:
        """Let the next question wait for a look at the files: this process has just changed one."""
        self._wanted = object()

    def _hold(
        self,
        config: "Config",
        progress: "Progress | None",
        notice: "Notice | None",
        spend: Callable[[float], None],
    ) -> OpenIndex:
        index = self._index
        if index is None or self._is_older_than(self._too_old, config):
            began = monotonic()
            with self._looking:
                # Somebody else looked: whoever waits for that has less time for the engine.
                spend(monotonic() - began)
                if self._index is None or self._is_older_than(self._too_old, config):
                    self._look(config, progress, notice)
        elif self._is_older_than(self._old, config) and self._looking.acquire(blocking=False):
            try:
                self._look(config, progress, notice)
            finally:
                self._looking.release()
        assert self._index is not None
        return self._index

    def _is_older_than(self, seconds: float, config: "Config") -> bool:
        is_old = self._done is not self._wanted or monotonic() - self._looked > seconds
        return is_old or config != self._config

    def _look(self, config: "Config", progress: "Progress | None", notice: "Notice | None") -> None:
        began, wanted = monotonic(), self._wanted
        index = open_index(config, progress=progress, notice=notice)
        held, stamps = self._index, _stamp_files(config)
        # What the reader has decoded stays, where nothing changed: also no file under it, which it has checked only once.
        is_same = held is not None and index.reader.identity == held.reader.identity
        if not is_same or config != self._config or stamps != self._stamps:
            self._index = index
            self.generation += 1
        # What was written since is looked at by whoever asks next.
        self._config, self._stamps, self._looked, self._done = config, stamps, began, wanted
        # What another process still takes in comes by itself.
        self._old, self._too_old = (inf, inf) if self._ours and not index.is_stale else (OLD, TOO_OLD)


def _stamp_files(config: "Config") -> frozenset[tuple[str, int, int, int]]:
    """The files of the index as the disk tells them apart."""
    with suppress(OSError), os.scandir(find_index_folder(config.root)) as entries:
        stats = ((entry.name, entry.stat()) for entry in entries)
        return frozenset((name, found.st_ino, found.st_size, found.st_mtime_ns) for name, found in stats)
    return frozenset()
