"""Building an index and writing to it what changed."""

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from kbcli.config import Config
from kbcli.errors import KbError
from kbcli.foundation.disk.files import Stamp
from kbcli.foundation.git.worktree import FreshnessCheck
from kbcli.knowledge.cards.library import pause_collection
from kbcli.knowledge.cards.walk import list_card_paths
from kbcli.knowledge.index.building import Progress, add_cards, index_files
from kbcli.knowledge.index.documents import Reading, read_file
from kbcli.knowledge.index.port import OpenIndex
from kbcli.knowledge.index.schema import make_fingerprint
from kbcli.knowledge.index.sync import Survey, survey_files
from kbcli.knowledge.index.whoosh.committing import WritableStore, choose_merges, hold_lock, open_data
from kbcli.knowledge.index.whoosh.disk import DiskReader
from kbcli.knowledge.index.whoosh.postings import DamagedIndexError
from kbcli.knowledge.index.whoosh.segment_reader import SegmentReader
from kbcli.knowledge.index.whoosh.segment_writer import SegmentBuilder, SegmentData
from kbcli.knowledge.index.whoosh.store import (
    GONE,
    Manifest,
    SegmentEntry,
    State,
    Watched,
    find_index_folder,
    watch,
)

Notice = Callable[[str], None]
"""Called with one line for the user, such as why the index is built anew."""

WRITER_TIMEOUT = 30.0
_LOOKS = 5
_UNREADABLE = watch(Stamp(0, 0, 0, 0), racy=True)


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
            item, is_needed = (
                watch(reading.stamp, racy=reading.racy),
                self._survey.is_watched(path, reading.stamp),
            )
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


class Updater:
    """One run of bringing an index in step with its files."""

    def __init__(
        self, config: Config, check: FreshnessCheck, progress: Progress | None, notice: Notice | None
    ) -> None:
        self._config = config.of_cards
        self._check = check
        self._progress = progress
        self._notice = notice or (lambda _: None)
        self._root = os.path.realpath(config.root)
        self._fingerprint = make_fingerprint(config)
        self._store = WritableStore(find_index_folder(config.root))

    def rebuild(self, damage: str = "") -> OpenIndex | None:
        """Build anew, over anything; None when the damage was mended by somebody else meanwhile.

        Raises KbError when another kb does not stop writing.
        """
        if damage:
            self._notice(f"{damage}: building it anew")
        try:
            self._store.prepare()
            with hold_lock(self._store.folder, WRITER_TIMEOUT) as held:
                if not held:
                    raise KbError(
                        "another kb has been writing the index for 30 seconds", "Wait, then run it again."
                    )
                if damage:
                    if self._is_mended():
                        return None
                    self._store.clear()
                return self._build()
        except (OSError, DamagedIndexError) as error:
            # Damage in what was just written: a file system that gives files to somebody else.
            return self._build_in_memory(f"the index cannot be kept: {_name_error(error)}")

    def _is_mended(self) -> bool:
        """Whether someone else built the index while this process waited for the lock."""
        try:
            state = self._store.load_current(self._config)
            for segment in state[1] if state else ():
                segment.check_all()
        except DamagedIndexError:
            return False
        return state is not None

    def build_first(self) -> OpenIndex | None:
        """Build where there is nothing to answer from; None when somebody else just did."""
        try:
            self._store.prepare()
            with hold_lock(self._store.folder, 0.0) as held:
                if held:
                    return self._build_unless_done()
            self._notice("another kb is building the index: waiting for it")
            with hold_lock(self._store.folder, WRITER_TIMEOUT) as held:
                if held:
                    return self._build_unless_done()
        except (OSError, DamagedIndexError) as error:
            return self._build_in_memory(f"the index cannot be kept: {_name_error(error)}")
        return self._build_in_memory("another kb is still building the index")

    def _build_unless_done(self) -> OpenIndex | None:
        return self._build() if self._store.load_current(self._config) is None else None

    def update(self, state: State, survey: Survey) -> OpenIndex | None:
        """Take in what changed; None when another writer was quicker, or a card went: all is to be looked at again."""
        manifest, segments = state
        reader = DiskReader(segments, manifest.head, manifest.fingerprint)
        survey, watch, changes = self._compare(manifest, reader, survey)
        if not changes and watch.settle(manifest) == manifest:
            return OpenIndex(reader)
        try:
            self._store.check_place()
            with hold_lock(self._store.folder, 0.0) as held:
                if not held:
                    return OpenIndex(reader, is_stale=bool(changes))
                present = self._store.load()
                if present is None or present[0] != manifest:
                    return None
                return self._write_changes(manifest, segments, watch, changes)
        except OSError as error:
            if not changes:
                return OpenIndex(reader)
            return self._overlay(segments, changes, error)

    def _compare(
        self, manifest: Manifest, reader: DiskReader, survey: Survey
    ) -> tuple[Survey, WatchList, Changes]:
        """What changed. Where a card is gone, or git moved on, the files are surveyed again.

        A card may have moved, after the survey had passed the place where it is now.
        """
        gone: set[str] = set()
        for _ in range(_LOOKS):
            watch = WatchList(survey, self._root)
            changes = find_changes(self._config, reader, manifest, survey, watch)
            if changes.gone <= gone and survey.holds():
                break
            gone = changes.gone
            survey = survey_files(
                self._config, FreshnessCheck(self._config.root, self._config.git_root), manifest
            )
        return survey, watch, changes

    @pause_collection()
    def _build(self) -> OpenIndex:
        """Build from all files. Call it under the lock. Raises OSError, and KbError for a wrong Whoosh."""
        schema = self._store.save_schema()
        entries: list[SegmentEntry] = []
        save = self._store.save_segment
        watch, builder = self._add_all(lambda data: entries.append(save(data)))
        if builder.document_count:
            entries.append(save(builder.finish()))
        manifest = self._commit(None, schema, entries, watch)
        return OpenIndex(
            DiskReader(self._store.open_segments(manifest.segments), manifest.head, manifest.fingerprint),
            built=manifest.live_count,
        )

    def _add_all(self, save: Callable[[SegmentData], None]) -> tuple[WatchList, SegmentBuilder]:
        """Take in every card; where one that was listed is gone, also those that are listed by then.

        Full segments go to `save`; gives how the files are to be watched, and what is left to be saved.
        """
        survey = survey_files(self._config, self._check, None)
        watch, builder = WatchList(survey, self._root), SegmentBuilder()
        paths, done = survey.candidates, set[str]()
        for _ in range(_LOOKS):
            add_cards(self._config, paths, builder, watch.note, save, self._progress)
            done.update(paths)
            if not watch.gone and survey.holds():
                break
            back = {path for path in watch.gone if os.path.lexists(os.path.join(self._root, path))}
            paths = sorted(back.union(list_card_paths(self._config)) - (done - back))
        return watch, builder

    @pause_collection()
    def _build_in_memory(self, reason: str) -> OpenIndex:
        self._notice(f"{reason}: using a temporary one")
        segments: list[SegmentReader] = []
        _, builder = self._add_all(lambda data: segments.append(open_data(data)))
        reader = DiskReader([*segments, open_data(builder.finish())])
        return OpenIndex(reader, built=reader.doc_count, temporary=reason)

    @pause_collection()
    def _write_changes(
        self,
        manifest: Manifest,
        segments: list[SegmentReader],
        watch: WatchList,
        changes: Changes,
    ) -> OpenIndex | None:
        """Write one segment of what changed, and commit; None when a card was gone before it was read.

        Call it under the lock. Raises OSError.
        """
        pairs = []
        for entry, segment, numbers in zip(manifest.segments, segments, changes.deleted, strict=True):
            kept = segment.without(numbers) if numbers else segment
            if kept.live_count:
                pairs.append((entry._replace(deleted=kept.deleted, totals=kept.totals), kept))
        new: list[SegmentEntry] = []
        builder = SegmentBuilder()
        save = self._store.save_segment
        gone = set(watch.gone)
        built = add_cards(
            self._config,
            changes.paths,
            builder,
            watch.note,
            lambda data: new.append(save(data)),
            self._progress,
        )
        if watch.gone - gone:
            return None
        if changes:
            pairs = _merge_segments(pairs, builder)
        if builder.document_count:
            new.append(save(builder.finish()))
        manifest = self._commit(manifest, manifest.schema, [*(entry for entry, _ in pairs), *new], watch)
        readers = [segment for _, segment in pairs] + self._store.open_segments(new)
        return OpenIndex(DiskReader(readers, manifest.head, manifest.fingerprint), built=built)

    @pause_collection()
    def _overlay(self, segments: list[SegmentReader], changes: Changes, error: OSError) -> OpenIndex:
        """The index as it would be, with the changed part in memory only."""
        reason = f"the index cannot be updated: {_name_error(error)}"
        self._notice(f"{reason}: using a temporary one")
        kept = [segment.without(numbers) for segment, numbers in zip(segments, changes.deleted, strict=True)]
        reader = index_files(self._config, changes.paths, lambda *_: None, self._progress, kept)
        built = reader.doc_count - sum(segment.live_count for segment in kept)
        return OpenIndex(reader, built=built, temporary=reason)

    def _commit(
        self,
        before: Manifest | None,
        schema: int,
        entries: Iterable[SegmentEntry],
        watch: WatchList,
    ) -> Manifest:
        manifest = Manifest(
            fingerprint=self._fingerprint,
            root=self._root,
            generation=before.generation + 1 if before else 1,
            built_at=time.time(),
            segments=tuple(entries),
            previous=tuple(entry.id for entry in before.segments) if before else (),
            schema=schema,
        )
        return self._store.commit(watch.settle(manifest))


def _merge_segments(
    pairs: list[tuple[SegmentEntry, SegmentReader]], builder: SegmentBuilder
) -> list[tuple[SegmentEntry, SegmentReader]]:
    """Let the builder take in those that are better written anew, and give the others."""
    chosen = {entry.id for entry in choose_merges([entry for entry, _ in pairs], builder.term_count)}
    for entry, segment in pairs:
        if entry.id in chosen:
            builder.absorb(segment)
    return [pair for pair in pairs if pair[0].id not in chosen]


def _name_error(error: Exception) -> str:
    """The system's words for an error, without number and path."""
    return getattr(error, "strerror", None) or str(error)
