"""Analysing many cards into segments, by one process or by two."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import accumulate
from marshal import dumps, loads
from typing import TYPE_CHECKING, Any

from kbcli.config import Config
from kbcli.foundation.disk.files import Stamp
from kbcli.foundation.processes import end_with_parent, has_second_core
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

# Version 2 does not look whether it met an object before, which takes three times as long.
_MARSHAL_FORMAT = 2

Progress = Callable[[int, int], None]
"""Called with the number of cards done and of all cards."""

Note = Callable[[str, Reading | None], None]
Save = Callable[[SegmentData], None]


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
    with start_second(lambda: _do_share(config, others)) as receive:
        # Both have as much to do: what the other has done is as much as what is done here.
        added = _add_all(
            config,
            own,
            builder,
            note,
            save,
            lambda done: report(done * total // border, total),
            MAX_POSTINGS // 2,
        )
        share = receive()
    if share is None:
        return added + _add_all(
            config, others, builder, note, save, lambda _: report(total, total), MAX_POSTINGS
        )
    added += _take_share(share, builder, note, save)
    report(total, total)
    return added


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


@contextmanager
def start_second(work: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
    """A fork at work on `work`: the settings are read and the libraries are loaded already.

    Gives what waits for its result (a plain value, which comes marshalled through a pipe); None when
    that does not come, whatever happened to the fork (it was killed, there is no memory). Leaving the
    context ends it, done or not; it ends by itself where this process does.
    """
    from multiprocessing import get_context
    from signal import SIG_BLOCK, SIG_SETMASK, SIGINT, pthread_sigmask

    results: Connection | None = None
    with ExitStack() as stack:
        # An interrupt is for this process, which ends the other one; there it stays blocked.
        before = pthread_sigmask(SIG_BLOCK, {SIGINT})
        with suppress(OSError):
            context = get_context("fork")
            results, sending = context.Pipe(duplex=False)
            stack.enter_context(results)
            with sending:
                process = context.Process(target=_send_result, args=(work, results, sending), daemon=True)
                process.start()
            stack.callback(process.join)
            stack.callback(process.kill)
        pthread_sigmask(SIG_SETMASK, before)

        def receive() -> Any:
            try:
                return results and loads(results.recv_bytes())  # noqa: S302  our own fork sent it
            except (EOFError, OSError):
                return None

        yield receive


def _send_result(work: Callable[[], Any], results: "Connection", sending: "Connection") -> None:
    """The life of the second process."""
    # Held open here, too, the pipe would not break when the other process is gone.
    results.close()
    end_with_parent()
    with suppress(Exception):
        sending.send_bytes(dumps(work(), _MARSHAL_FORMAT))


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


def _do_share(config: Config, paths: Sequence[str]) -> tuple[list[Any], list[Any], tuple[Any, ...]]:
    """What the second process does, as plain values: full segments, what it read, and the rest."""
    builder = SegmentBuilder()
    readings: list[Any] = []
    segments: list[Any] = []

    def note(path: str, reading: Reading | None) -> None:
        readings.append((path, reading and (reading.digest, tuple(reading.stamp), reading.racy)))

    _add_all(
        config,
        paths,
        builder,
        note,
        lambda data: segments.append(tuple(data)),
        lambda _: None,
        MAX_POSTINGS // 2,
    )
    return segments, readings, builder.pack()


def _take_share(share: Any, builder: SegmentBuilder, note: Note, save: Save) -> int:
    """Take over what `_do_share` gave; gives how many cards it read."""
    segments, readings, rest = share
    for data in segments:
        save(SegmentData(*data))
    for path, found in readings:
        note(path, found and Reading(path, b"", found[0], Stamp(*found[1]), found[2]))
    builder.join(rest)
    return sum(found is not None for _, found in readings)
