"""A second process that does a share of the work, where there is a second core for it.

It is a fork of this one: the settings are read and the libraries are loaded already. What it makes
goes into a file without a name, as marshalled plain values. Whatever happens to it (it is killed,
the disk is full), nothing is lost: its share can be done here.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from struct import Struct
from types import TracebackType
from typing import IO, Any, NoReturn, Self

_ALIVE, _COMPLETE = b".", b"!"
_SIZE = Struct("Q")
# Version 2 does not look whether it met an object before, which takes three times as long.
_FORMAT = 2
_STRIDE = 16
"""How many cards are done between two signs of life."""

_POLL_SECONDS = 0.1
_DESCRIPTORS = 1024
"""Far more than one run of kb ever has open."""

Send = Callable[[Any], None]
"""Takes one plain value for the process that waits."""

Work = Callable[[Send, Callable[[], None]], None]
"""What the partner does: sends its results, and calls the second function once for each card."""


def can_have_partner() -> bool:
    """Whether this process may be forked and there are two cores for the two."""
    if not hasattr(os, "fork"):
        return False
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        return False  # another thread may hold a lock, which no one would free in the fork
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) > 1
    return (os.cpu_count() or 1) > 1


class Partner:
    """A forked process at work on `work`; leaving the context ends it, done or not."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._process = 0
        self._results: IO[bytes] | None = None
        self._signs = -1
        self._is_complete = False
        self.done = 0
        """How many cards it was seen to have done, give or take a stride."""

    def __enter__(self) -> Self:
        from tempfile import TemporaryFile

        try:
            self._results = TemporaryFile(prefix="kb-")
            self._start(self._results)
        except OSError:
            self._stop()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._process:
            from signal import SIGKILL

            if self.look():
                os.kill(self._process, SIGKILL)
            with suppress(ChildProcessError):  # where children are not waited for, it is gone by itself
                os.waitpid(self._process, 0)
            self._process = 0
            os.close(self._signs)
        if self._results is not None:
            self._results.close()

    def _start(self, results: IO[bytes]) -> None:
        """Fork. Raises OSError."""
        from signal import SIG_BLOCK, SIG_SETMASK, SIGINT, pthread_sigmask

        self._signs, signs = os.pipe()
        # An interrupt is for this process, which ends the other one; there it stays blocked.
        before = pthread_sigmask(SIG_BLOCK, {SIGINT})
        try:
            os.set_blocking(self._signs, False)
            process = os.fork()
            if not process:
                _be_partner(self._work, results, signs)
            self._process = process
        except OSError:
            os.close(self._signs)
            raise
        finally:
            os.close(signs)
            pthread_sigmask(SIG_SETMASK, before)

    def look(self) -> bool:
        """Count its signs of life; False when there will be no more."""
        while self._process:
            try:
                signs = os.read(self._signs, 4096)
            except BlockingIOError:
                return True
            if not signs:
                return False
            self.done += _STRIDE * signs.count(_ALIVE)
            self._is_complete = signs.endswith(_COMPLETE)
        return False

    def wait(self, note: Callable[[], None] = lambda: None) -> Iterator[Any] | None:
        """What it sent, once it has ended; None when that is not all. Calls `note` now and then meanwhile."""
        from select import select

        while self.look():
            note()
            select([self._signs], [], [], _POLL_SECONDS)
        return _read_results(self._results) if self._is_complete and self._results is not None else None


def _read_results(results: IO[bytes]) -> Iterator[Any]:
    from marshal import loads

    results.seek(0)
    while size := results.read(_SIZE.size):
        yield loads(results.read(*_SIZE.unpack(size)))  # noqa: S302


def _be_partner(work: Work, results: IO[bytes], signs: int) -> NoReturn:
    """The life of the fork. It never returns, and lets go of all that is the other's."""
    try:
        from marshal import dumps

        _drop_descriptors({results.fileno(), signs})
        done = 0

        def send(value: Any) -> None:
            data = dumps(value, _FORMAT)
            results.write(_SIZE.pack(len(data)))
            results.write(data)

        def note() -> None:
            nonlocal done
            done += 1
            if done % _STRIDE == 0:
                os.write(signs, _ALIVE)  # raises when there is nobody left to read it

        work(send, note)
        results.flush()
        os.write(signs, _COMPLETE)
    finally:
        # No cleaning up: the lock on the index, and all else, is the other's.
        os._exit(0)


def _drop_descriptors(kept: set[int]) -> None:
    """Close what is open but `kept`: a lock must end with the process that took it, and a pipeline too."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    for number in range(3, _DESCRIPTORS):
        if number not in kept:
            with suppress(OSError):
                os.close(number)
