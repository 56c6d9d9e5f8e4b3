"""Analysing many cards into segments."""

import gc
from collections.abc import Callable, Sequence

from kbcli.config import Config
from kbcli.index.intake import Reading, read_document, read_file
from kbcli.index.opened import Progress
from kbcli.index.segment_writer import SegmentBuilder, SegmentData

# About 400 MB of Python objects: then a segment is finished and the next begun.
MAX_POSTINGS = 6_000_000


def add_cards(
    config: Config,
    paths: Sequence[str],
    builder: SegmentBuilder,
    note: Callable[[str, Reading | None], None],
    save: Callable[[SegmentData], None],
    progress: Progress | None = None,
) -> int:
    """Read the cards at `paths` into `builder`; gives how many there were.

    Each file that is read, or cannot be, is noted. Whenever the builder is full, its segment goes
    to `save`; the rest stays in it.
    """
    added = 0
    # Millions of small lists are made and none of them in a cycle: collecting costs a tenth.
    collecting = gc.isenabled()
    gc.disable()
    try:
        for done, path in enumerate(paths, 1):
            reading = read_file(config, path)
            note(path, reading)
            if reading is not None:
                builder.add(read_document(config, reading), reading.digest)
                added += 1
            if progress is not None:
                progress(done, len(paths))
            if builder.posting_count > MAX_POSTINGS:
                save(builder.finish())
    finally:
        if collecting:
            gc.enable()
    return added
