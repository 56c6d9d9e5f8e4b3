"""Analysing many cards into segments, by one process or by two."""

import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import accumulate
from marshal import dumps, loads
from typing import TYPE_CHECKING, Any, Self

from kbcli.config import Config
from kbcli.foundation.disk.files import Stamp
from kbcli.knowledge.cards.walk import MAX_CARD_BYTES
from kbcli.knowledge.index.documents import IndexDocument, Reading, read_document, read_file
from kbcli.knowledge.index.port import Backend
from kbcli.knowledge.index.whoosh.committing import open_data
from kbcli.knowledge.index.whoosh.disk import DiskReader
from kbcli.knowledge.index.whoosh.segment_reader import SegmentReader
from kbcli.knowledge.index.whoosh.segment_writer import SegmentBuilder, SegmentData

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

# About 400 MB of Python objects: then a segment is finished and the next begun.
MAX_POSTINGS = 6_000_000

TWO_PROCESSES_BYTES = 500_000
"""From how much text on two processes are faster than one: 300 cards of 1,400 bytes, by a sixth."""

_CARD_BYTES = 500
"""Reading a card, however short, is as much work as analysing so much more text."""

_STRIDE = 16
"""How many cards are done between two looks at each other."""

_POLL_SECONDS = 0.1
# Version 2 does not look whether it met an object before, which takes three times as long.
_MARSHAL_FORMAT = 2
_ALIVE, _COMPLETE = b".", b"!"

Progress = Callable[[int, int], None]
"""Called with the number of cards done and of all cards."""

Note = Callable[[str, Reading | None], None]
Save = Callable[[SegmentData], None]
Send = Callable[[Any], None]
"""Takes one plain value for the process that waits."""

Work = Callable[[Send, Callable[[], None]], None]
"""What the second process does: sends its results, and calls the second function once for each card."""


@contextmanager
def collect_no_garbage() -> Iterator[None]:
    """Millions of small lists are made and none of them in a cycle: looking for some costs a tenth."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def add_cards(
    config: Config,
    paths: Sequence[str],
    builder: SegmentBuilder,
    note: Note,
    save: Save,
    progress: Progress | None = None,
) -> int:
    """Read the cards at `paths` into `builder`; gives how many there were.

    Each file that is read, or cannot be, is noted. Whenever the builder is full, its segment goes
    to `save`; the rest stays in it. With two cores, a second process does half of a large work.
    """
    total = len(paths)
    report = progress or (lambda *_: None)
    border = _find_border(config, paths) if has_second_core() else total
    if border == total:
        return _add_all(config, paths, builder, note, save, lambda done: report(done, total), MAX_POSTINGS)
    own, others = paths[:border], paths[border:]
    with SecondProcess(lambda send, sign: _send_share(config, others, send, sign)) as second:

        def report_both(done: int) -> None:
            if done % _STRIDE == 0:
                second.look()
            report(min(done + second.done, total), total)

        added = _add_all(config, own, builder, note, save, report_both, MAX_POSTINGS // 2)
        share = second.wait(lambda: report_both(border))
        if share is not None:
            added += _take_share(share, builder, note, save)
            report(total, total)
            return added
    return added + _add_all(
        config, others, builder, note, save, lambda done: report(border + done, total), MAX_POSTINGS
    )


def index_files(
    config: Config,
    paths: Sequence[str],
    note: Note,
    progress: Progress | None = None,
    kept: Iterable[SegmentReader] = (),
) -> DiskReader:
    """An index of the cards at `paths` beside the segments `kept`, held in memory; see add_cards."""
    segments = list(kept)
    builder = SegmentBuilder()
    add_cards(config, paths, builder, note, lambda data: segments.append(open_data(data)), progress)
    return DiskReader([*segments, open_data(builder.finish())])


def index_documents(documents: Iterable[IndexDocument]) -> Backend:
    """An index of some documents, held in memory."""
    generation = DiskReader(()).begin(None, full=True)
    generation.put(documents)
    index = generation.finish(None)
    assert index is not None
    return index


def _add_all(
    config: Config,
    paths: Sequence[str],
    builder: SegmentBuilder,
    note: Note,
    save: Save,
    report: Callable[[int], None],
    limit: int,
) -> int:
    added = 0
    for done, path in enumerate(paths, 1):
        reading = read_file(config, path)
        note(path, reading)
        if reading is not None:
            builder.add(read_document(config, reading), reading.digest)
            added += 1
        report(done)
        if builder.posting_count > limit:
            save(builder.finish())
    return added


def has_second_core() -> bool:
    """Whether this process may be forked and there are two cores for the two."""
    if not hasattr(os, "fork"):
        return False
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        return False  # another thread may hold a lock, which no one would free in the fork
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) > 1
    return (os.cpu_count() or 1) > 1


class SecondProcess:
    """A fork at work on `work`: the settings are read and the libraries are loaded already.

    What it makes comes through a pipe, as marshalled plain values. Whatever happens to it (it is
    killed, there is no memory), nothing is lost: its share can be done here. Leaving the context
    ends it, done or not; it ends by itself where this process does.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._values: list[bytes] = []
        self._is_running = False
        self._is_complete = False
        self.done = 0
        """How many cards it was seen to have done, give or take a stride."""

    def __enter__(self) -> Self:
        from multiprocessing import get_context
        from signal import SIG_BLOCK, SIG_SETMASK, SIGINT, pthread_sigmask

        # An interrupt is for this process, which ends the other one; there it stays blocked.
        before = pthread_sigmask(SIG_BLOCK, {SIGINT})
        try:
            context = get_context("fork")
            self._results, sending = context.Pipe(duplex=False)
            with sending:
                self._process = context.Process(
                    target=_do_share, args=(self._work, self._results, sending), daemon=True
                )
                self._process.start()
            self._is_running = True
        except OSError:
            pass
        finally:
            pthread_sigmask(SIG_SETMASK, before)
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_running:
            self._process.kill()
            self._process.join()
            self._results.close()

    def look(self, seconds: float = 0.0) -> bool:
        """Take what it has sent, waiting at most so long; False when there will be no more."""
        if not self._is_running:
            return False
        try:
            while not self._is_complete and self._results.poll(seconds):
                seconds = 0.0
                self._take(self._results.recv_bytes())
        except (EOFError, OSError):
            return False
        return not self._is_complete

    def _take(self, message: bytes) -> None:
        if message == _ALIVE:
            self.done += _STRIDE
        elif message == _COMPLETE:
            self._is_complete = True
        else:
            self._values.append(message)

    def wait(self, note: Callable[[], None] = lambda: None) -> Iterator[Any] | None:
        """What it sent, once it has ended; None when that is not all. Calls `note` now and then meanwhile."""
        while self.look(_POLL_SECONDS):
            note()
        return map(loads, self._values) if self._is_complete else None


def _do_share(work: Work, results: "Connection", sending: "Connection") -> None:
    """The life of the second process."""
    from threading import Thread

    # Held open here, too, the pipe would not break when the other process is gone.
    results.close()
    Thread(target=_end_with_the_other, daemon=True).start()
    done = 0

    def sign() -> None:
        nonlocal done
        done += 1
        if done % _STRIDE == 0:
            sending.send_bytes(_ALIVE)

    with suppress(Exception):
        work(lambda value: sending.send_bytes(dumps(value, _MARSHAL_FORMAT)), sign)
        sending.send_bytes(_COMPLETE)


def _end_with_the_other() -> None:
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    other = parent_process()
    if other is not None:
        wait([other.sentinel])
        os._exit(0)


def _find_border(config: Config, paths: Sequence[str]) -> int:
    """How many of the first cards are half of the work; all of them when it is too little for two."""
    root = os.fspath(config.root)
    work = list(accumulate(_measure(f"{root}/{path}") for path in paths))
    if not work or work[-1] < TWO_PROCESSES_BYTES:
        return len(paths)
    return sum(amount <= work[-1] / 2 for amount in work)


def _measure(path: str) -> int:
    try:
        size = os.stat(path).st_size
    except (OSError, ValueError):
        return _CARD_BYTES
    return _CARD_BYTES + (size if size <= MAX_CARD_BYTES else 0)


def _send_share(config: Config, paths: Sequence[str], send: Send, sign: Callable[[], None]) -> None:
    """What the second process does: full segments, then what it read, then the rest."""
    builder = SegmentBuilder()
    readings: list[Any] = []

    def note(path: str, reading: Reading | None) -> None:
        readings.append((path, reading and (reading.digest, tuple(reading.stamp), reading.racy)))
        sign()

    _add_all(
        config,
        paths,
        builder,
        note,
        lambda data: send(("segment", tuple(data))),
        lambda _: None,
        MAX_POSTINGS // 2,
    )
    send(("files", readings))
    send(("rest", builder.pack()))


def _take_share(share: Iterable[Any], builder: SegmentBuilder, note: Note, save: Save) -> int:
    """Take over what the second process sent; gives how many cards it read."""
    added = 0
    for kind, value in share:
        if kind == "segment":
            save(SegmentData(*value))
        elif kind == "rest":
            builder.join(value)
        else:
            for path, found in value:
                reading = found and Reading(path, b"", found[0], Stamp(*found[1]), found[2])
                note(path, reading)
                added += reading is not None
    return added
