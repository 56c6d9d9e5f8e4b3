"""Further processes of kb's own: forks that have loaded everything already, and end when this one does."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache

from kbcli.foundation.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from typing import TypeVar

    Given = TypeVar("Given")
    Made = TypeVar("Made")


def has_second_core() -> bool:
    """Whether this process may be forked and there are two cores for the two."""
    if not hasattr(os, "fork"):
        return False
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        return False  # another thread may hold a lock, which no one would free in the fork
    return count_cores() > 1


def count_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def release_memory() -> None:
    """Give back to the system what this process has freed: glibc keeps it, and a server grows by it for hours."""
    _find_trim()(0)


@cache
def _find_trim() -> Callable[[int], object]:
    """What glibc calls so, found once: each look for it leaves a class behind; nothing elsewhere."""
    import ctypes

    with suppress(AttributeError, OSError, TypeError):
        return ctypes.CDLL(None).malloc_trim
    return bool


def end_with_parent() -> None:
    """Let this process end when the one that forked it does, however that ends."""
    from threading import Thread

    Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    other = parent_process()
    if other is not None:
        wait([other.sentinel])
        os._exit(0)


def work_ahead(work: "Callable[[Given], Made]", items: "Iterable[Given]") -> "Iterator[Made]":
    """What `work` makes of each item, in order, by forks where there are cores for them: one more than cores.

    Not more items are taken than are worked on, so memory does not grow with their number. Items and what is made of them
    are pickled. A single item is worked on here. Where a fork dies, its item is worked on here, and all that follow. An
    error in `work` is raised here.
    """
    waiting = iter(items)
    first = list(_take(waiting, 2))
    if len(first) < 2 or not has_second_core():
        yield from map(work, first)
        yield from map(work, waiting)
        return
    with _start_forks(work, count_cores() + 1) as ends:
        sent: list[tuple[Connection, Given]] = []
        source = _chain(first, waiting)
        for end, item in zip(ends, source, strict=False):
            end.send(item)
            sent.append((end, item))
        while sent:
            end, item = sent.pop(0)
            try:
                is_made, made = end.recv()
            except (EOFError, OSError):
                yield from map(work, (item, *(other for _, other in sent), *source))
                return
            for following in _take(source, 1):
                with suppress(OSError):  # a dead fork is noticed when its answer is waited for
                    end.send(following)
                sent.append((end, following))
            if not is_made:
                raise made
            yield made


def _take(items: "Iterator[Given]", number: int) -> "Iterator[Given]":
    for _, item in zip(range(number), items, strict=False):
        yield item


def _chain(first: "list[Given]", rest: "Iterator[Given]") -> "Iterator[Given]":
    yield from first
    yield from rest


@contextmanager
def _start_forks(work: Callable[[Any], Any], number: int) -> "Iterator[list[Connection]]":
    """Forks at work on what is sent to them; each answers (True, what it made) or (False, the error)."""
    from multiprocessing import get_context
    from signal import SIG_BLOCK, SIG_SETMASK, SIGINT, pthread_sigmask

    context = get_context("fork")
    ends: list[Connection] = []
    with ExitStack() as stack:
        # An interrupt is for this process, which ends the others; there it stays blocked.
        before = pthread_sigmask(SIG_BLOCK, {SIGINT})
        try:
            for _ in range(number):
                ours, theirs = context.Pipe()
                ends.append(stack.enter_context(ours))
                with theirs:
                    process = context.Process(target=_answer, args=(work, list(ends), theirs), daemon=True)
                    process.start()
                stack.callback(process.join)
                stack.callback(process.kill)
        finally:
            pthread_sigmask(SIG_SETMASK, before)
        yield ends


def _answer(work: Callable[[Any], Any], others: "list[Connection]", end: "Connection") -> None:
    """The life of a fork."""
    # Held open here, too, the pipes would not break when the other process is gone.
    for other in others:
        other.close()
    end_with_parent()
    with suppress(EOFError, OSError):
        while True:
            item = end.recv()
            try:
                answer = (True, work(item))
            except Exception as error:  # noqa: BLE001  it is raised where it was asked for
                answer = (False, error)
            end.send(answer)
