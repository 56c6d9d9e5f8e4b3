"""Reading card files for the index: which of the candidates of a survey really changed."""

import os
import time
from dataclasses import dataclass, field

from kbcli.config import Config
from kbcli.foundation.disk.files import Stamp, is_racy, make_stamp
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.walk import stat_card_file
from kbcli.knowledge.index.documents import IndexDocument
from kbcli.knowledge.index.schema import DIGEST_SIZE
from kbcli.knowledge.index.survey import Survey
from kbcli.knowledge.index.whoosh.disk import DiskReader
from kbcli.knowledge.index.whoosh.manifest import GONE, Manifest, Watched, watch

_UNREADABLE = watch(Stamp(0, 0, 0, 0), racy=True)


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


class WatchList:
    """How each file is to be watched from the next state on; filled as files are read.

    `gone` are those that were to be read and were no longer there.
    """

    def __init__(self, survey: Survey, root: str) -> None:
        self._survey = survey
        self._root = root
        self.watched: dict[str, Watched] = {}
        self._doubtful: dict[str, Watched] = {}
        self.gone: set[str] = set()

    def note(self, path: str, reading: Reading | None, *, listed: bool = True) -> None:
        """Take note of a file that was read, or could not be: that one is tried again every time.

        One that is gone is watched too where git is asked: restored, it is as git has it, and not reported.
        """
        self.watched.pop(path, None)
        self._doubtful.pop(path, None)
        self.gone.discard(path)
        if reading is not None:
            item, is_needed = reading.watched, self._survey.is_watched(path, reading.stamp)
        elif os.path.lexists(os.path.join(self._root, path)):
            item, is_needed = _UNREADABLE, listed
        else:
            self.gone.add(path)
            item, is_needed = GONE, listed and self._survey.head is not None
        (self.watched if is_needed else self._doubtful)[path] = item

    def settle(self, manifest: Manifest) -> Manifest:
        """A state that watches the files so. Call it when the last file has been read.

        What git does not report is as its commit has it, and need not be watched; but only what was
        read before HEAD or git's index moved on is known to be of that commit. If they did, each file
        that was read is watched, and after a list of all files, which may be that of another commit,
        nothing is left to git.
        """
        survey = self._survey
        head, watched = survey.head, self.watched
        if head is not None and not survey.holds():
            watched = {**self.watched, **self._doubtful}
            head = None if survey.is_listing else head
        return manifest._replace(
            head=head, git_index=survey.git_index, unwatched=survey.unwatched, watched=watched
        )


@dataclass(slots=True)
class Changes:
    """What differs from the index: cards to take in, and by segment the documents to delete.

    `gone` are cards that were indexed or listed and are no longer there, and that no commit took
    away: while the files were looked at they may have moved to where nobody had seen them.
    """

    paths: list[str] = field(default_factory=list)
    deleted: list[list[int]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.paths) or any(self.deleted)


def find_changes(
    config: Config, reader: DiskReader, manifest: Manifest, survey: Survey, watch_list: WatchList
) -> Changes:
    """Compare the candidates' content with what was indexed; fills `watch_list`. Raises DamagedIndexError."""
    changes = Changes(deleted=[[] for _ in reader.segments])
    candidates = set(survey.candidates)
    watch_list.watched.update(
        (path, item) for path, item in manifest.watched.items() if path not in candidates
    )
    for path in survey.candidates:
        listed = survey.is_listed(path)
        reading = read_file(config, path) if listed else None
        number = reader.number_of(path)
        watch_list.note(path, reading, listed=listed)
        if reading is not None and number is not None and reader.digest(number) == reading.digest:
            continue
        was_there = listed or (number is not None and (survey.head is None or path in manifest.watched))
        if reading is not None:
            changes.paths.append(path)
        elif was_there and not os.path.lexists(os.path.join(config.root, path)):
            changes.gone.add(path)
        if number is not None:
            place, own = reader.locate(number)
            changes.deleted[place].append(own)
    return changes
