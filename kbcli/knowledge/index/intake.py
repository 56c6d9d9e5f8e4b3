"""Reading card files into the index."""

import os
import time
from typing import NamedTuple

from kbcli.config import Config
from kbcli.foundation.disk.freshness import Stamp, is_racy, make_stamp
from kbcli.knowledge.cards.walk import stat_card_file
from kbcli.knowledge.index.documents import IndexDocument
from kbcli.knowledge.index.schema import DIGEST_SIZE
from kbcli.knowledge.index.whoosh.manifest import Watched, watch


class Reading(NamedTuple):
    """The bytes of a card file, their digest, and the stamp it had just before it was read."""

    path: str
    data: bytes
    digest: bytes
    stamp: Stamp
    racy: bool

    @property
    def watched(self) -> Watched:
        """How the file is watched from now on."""
        return watch(self.stamp, racy=self.racy)


def read_file(config: Config, path: str) -> Reading | None:
    """Read a card file; None when it is gone or may not or cannot be read."""
    from hashlib import blake2b

    entry = stat_card_file(config, path)
    if entry is None or entry.trouble:
        return None
    try:
        with open(os.path.join(config.root, path), "rb") as stream:
            now = time.time_ns()
            stamp = make_stamp(os.fstat(stream.fileno()))
            data = stream.read()
    except OSError:
        return None
    return Reading(path, data, blake2b(data, digest_size=DIGEST_SIZE).digest(), stamp, is_racy(stamp, now))


def read_document(config: Config, reading: Reading) -> IndexDocument:
    """What the index takes in of a card."""
    from kbcli.knowledge.cards.reader import read_card
    from kbcli.knowledge.index.documents import make_document

    card = read_card(reading.data, reading.path, config)
    return make_document(card, card.body_offset)
