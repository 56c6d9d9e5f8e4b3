"""Analysing many cards into segments, by one process or by two."""

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate

from kbcli.config import Config
from kbcli.foundation.disk.freshness import Stamp
from kbcli.foundation.typed import Any
from kbcli.knowledge.cards.walk import MAX_CARD_BYTES
from kbcli.knowledge.index.changes import Reading, read_document, read_file
from kbcli.knowledge.index.documents import IndexDocument
from kbcli.knowledge.index.opened import Progress
from kbcli.knowledge.index.partner import Partner, Send, can_have_partner
from kbcli.knowledge.index.port import Backend
from kbcli.knowledge.index.whoosh.committing import open_data
from kbcli.knowledge.index.whoosh.disk import DiskReader
from kbcli.knowledge.index.whoosh.segment_reader import SegmentReader
from kbcli.knowledge.index.whoosh.segment_writer import SegmentBuilder, SegmentData

# About 400 MB of Python objects: then a segment is finished and the next begun.
MAX_POSTINGS = 6_000_000

PARTNER_BYTES = 500_000
"""From how much text on two processes are faster than one: 300 cards of 1,400 bytes, by a sixth."""

_CARD_BYTES = 500
"""Reading a card, however short, is as much work as analysing so much more text."""

Note = Callable[[str, Reading | None], None]
Save = Callable[[SegmentData], None]


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
    report = progress or _say_nothing
    border = _find_border(config, paths) if can_have_partner() else total
    if border == total:
        return _add_all(config, paths, builder, note, save, lambda done: report(done, total), MAX_POSTINGS)
    own, others = paths[:border], paths[border:]
    with Partner(lambda send, sign: _send_share(config, others, send, sign)) as partner:

        def report_both(done: int) -> None:
            if progress is not None:
                partner.look()
                report(min(done + partner.done, total), total)

        added = _add_all(config, own, builder, note, save, report_both, MAX_POSTINGS // 2)
        share = partner.wait(lambda: report_both(border))
        if share is not None:
            added += _take_share(share, builder, note, save)
            report(total, total)
            return added
    return added + _add_all(
        config, others, builder, note, save, lambda done: report(border + done, total), MAX_POSTINGS
    )


def finish_segment(builder: SegmentBuilder) -> SegmentData:
    """The last segment of a builder, made with a second process where that is faster."""
    return builder.finish(shared=can_have_partner())


def index_files(
    config: Config, paths: Sequence[str], note: Note, progress: Progress | None = None
) -> Backend:
    """An index of the cards at `paths`, held in memory; see add_cards."""
    segments: list[SegmentReader] = []
    builder = SegmentBuilder()
    add_cards(config, paths, builder, note, lambda data: segments.append(open_data(data)), progress)
    segments.append(open_data(finish_segment(builder)))
    return DiskReader(segments)


def index_documents(documents: Iterable[IndexDocument]) -> Backend:
    """An index of some documents, held in memory."""
    generation = DiskReader(()).begin(None, full=True)
    generation.put(documents)
    index = generation.finish(None)
    assert index is not None
    return index


def _say_nothing(done: int, total: int) -> None:
    pass


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


def _find_border(config: Config, paths: Sequence[str]) -> int:
    """How many of the first cards are half of the work; all of them when it is too little for two."""
    root = os.fspath(config.root)
    work = list(accumulate(_measure(f"{root}/{path}") for path in paths))
    if not work or work[-1] < PARTNER_BYTES:
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
