"""Which of the candidates of a survey really changed."""

import os
from dataclasses import dataclass, field

from kbcli.config import Config
from kbcli.foundation.disk.freshness import Stamp
from kbcli.knowledge.index.intake import Reading, read_file
from kbcli.knowledge.index.survey import Survey
from kbcli.knowledge.index.whoosh.disk import DiskReader
from kbcli.knowledge.index.whoosh.manifest import GONE, Manifest, Watched, watch

_UNREADABLE = watch(Stamp(0, 0, 0, 0), racy=True)


class WatchList:
    """How each file is to be watched from the next state on; filled as files are read.

    `gone` are those that were to be read and were no longer there.
    """

    def __init__(self, survey: Survey, root: str) -> None:
        self._survey = survey
        self._root = root
        self.watched: dict[str, Watched] = {}
        self.gone: set[str] = set()

    def note(self, path: str, reading: Reading | None) -> None:
        """Take note of a file that was read, or could not be: that one is tried again every time.

        One that is gone is watched too where git is asked: restored, it is as git has it, and not reported.
        """
        self.watched.pop(path, None)
        self.gone.discard(path)
        if reading is not None:
            if self._survey.is_watched(path, reading.stamp):
                self.watched[path] = reading.watched
        elif os.path.lexists(os.path.join(self._root, path)):
            self.watched[path] = _UNREADABLE
        else:
            self.gone.add(path)
            if self._survey.head is not None:
                self.watched[path] = GONE


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
        if listed:
            watch_list.note(path, reading)
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
