"""The threads that answers are worked out in: few at once, and never more than a handful."""

from collections.abc import Callable
from threading import BoundedSemaphore
from typing import TypeVar

from anyio import CapacityLimiter, fail_after, to_thread

from kbcli.doors.web.guard import SECONDS

AT_ONCE = 2
"""Answers worked on in one process: more only make each wait longer, as Python runs one at a time."""
MOST_LATE = 6
"""Threads that may be at work on what nobody waits for any more, as no thread can be ended."""

T = TypeVar("T")


class Threads:
    """Where answers are worked out. Whoever gives up makes room for the next one, until too many threads are late."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(AT_ONCE)
        self._free = BoundedSemaphore(AT_ONCE + MOST_LATE)

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` gives. Raises TimeoutError where that takes too long, or no thread is free."""
        with fail_after(SECONDS):
            return await to_thread.run_sync(self._work, work, limiter=self._limiter, abandon_on_cancel=True)

    def _work(self, work: Callable[[], T]) -> T:
        if not self._free.acquire(blocking=False):
            raise TimeoutError
        try:
            return work()
        finally:
            self._free.release()
