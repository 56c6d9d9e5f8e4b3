"""Bringing the index in step with the files, before every query and by itself.

The order of a commit makes it safe to stop at any moment: new segment files under new names,
then Whoosh's table of contents, then the manifest, each renamed into place. Until the last step
readers see the state before; what a stopped writer leaves behind is swept by the next one.
"""

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from kbcli.config import Config
from kbcli.errors import KbError
from kbcli.files.gitstatus import GitStatus, StatusCheck, start_status
from kbcli.index.building import Progress, add_cards
from kbcli.index.changes import Changes, WatchList, find_changes
from kbcli.index.disk import DiskReader
from kbcli.index.locking import hold_lock
from kbcli.index.manifest import Manifest, SegmentEntry
from kbcli.index.merging import choose_merges
from kbcli.index.postings import DamagedIndexError
from kbcli.index.schema import make_fingerprint
from kbcli.index.segment_reader import SegmentReader
from kbcli.index.segment_writer import SegmentBuilder
from kbcli.index.store import Store, find_index_folder, open_data
from kbcli.index.survey import Survey, survey_files

WRITER_TIMEOUT = 30.0
_ATTEMPTS = 5

Notice = Callable[[str], None]
State = tuple[Manifest, list[SegmentReader]]
T = TypeVar("T")


@dataclass(slots=True)
class OpenIndex:
    """An index ready to be asked.

    `is_stale`: another kb is writing, and this is the last state it completed. `built`: how many
    cards were (re)indexed now. `temporary`: why the index is only in memory, "" when it is not.
    """

    reader: DiskReader
    is_stale: bool = False
    built: int = 0
    temporary: str = ""

    def close(self) -> None:
        """Let go of the files. Nothing is lost by not calling it."""
        self.reader = DiskReader(())


@dataclass(frozen=True, slots=True)
class IndexDescription:
    """What `kb doctor` says of an index. `problem` is "" when it can be used as it is."""

    path: str
    size: int = 0
    documents: int = 0
    segments: int = 0
    built_at: float = 0.0
    asks_git: bool = False
    problem: str = ""


class FreshnessCheck:
    """What git says of the files, asked for early; started once per command."""

    def __init__(self, config: Config) -> None:
        self.started_ns = time.time_ns()
        self._check: StatusCheck | None = start_status(config.root, config.git_root)
        self._status: GitStatus | None = None

    def result(self) -> GitStatus | None:
        """Git's answer, or None when every file must be looked at instead."""
        if self._check is not None:
            self._status, self._check = self._check.result(), None
        return self._status

    def cancel(self) -> None:
        """Let it go unread."""
        if self._check is not None:
            self._check.cancel()
            self._check = None


def start_freshness_check(config: Config) -> FreshnessCheck:
    """Start asking git which files changed, so that it works while this process imports and reads.

    Pass the result to `open_index`; nothing may write to the cards in between.
    """
    return FreshnessCheck(config)


def open_index(
    config: Config,
    *,
    progress: Progress | None = None,
    notice: Notice | None = None,
    check: FreshnessCheck | None = None,
) -> OpenIndex:
    """The index, in step with the files. Builds, mends or updates it as needed.

    Raises KbError only when a wrong Whoosh is installed; an index that cannot be written is
    made in memory for this time. The reader may still meet a damaged page: see `ask_index`.
    """
    return _Synchronizer(config, progress, notice, check).open()


def ask_index(
    config: Config,
    question: Callable[[OpenIndex], T],
    *,
    progress: Progress | None = None,
    notice: Notice | None = None,
    check: FreshnessCheck | None = None,
) -> T:
    """The answer of `question` on the index; built anew, and asked again, where it proves damaged."""
    index = open_index(config, progress=progress, notice=notice, check=check)
    try:
        return question(index)
    except DamagedIndexError as error:
        rebuilt = _Synchronizer(config, progress, notice, None).rebuild(str(error))
        return question(rebuilt)


def rebuild_index(config: Config, *, progress: Progress | None = None, notice: Notice | None = None) -> OpenIndex:
    """Build the index anew, whatever is there. Raises KbError when another kb writes for 30 seconds."""
    return _Synchronizer(config, progress, notice, None).rebuild("")


def describe_index(config: Config) -> IndexDescription:
    """What is on disk now, every byte of it checked; changes nothing."""
    folder = find_index_folder(config.root)
    try:
        state = Store(folder).load()
        if state is None:
            return IndexDescription(str(folder), problem="there is no index yet")
        manifest, segments = state
        for segment in segments:
            segment.check_all()
    except DamagedIndexError as error:
        return IndexDescription(str(folder), problem=str(error))
    outdated = manifest.fingerprint != make_fingerprint(config)
    return IndexDescription(
        str(folder),
        size=sum(entry.stat().st_size for entry in os.scandir(folder)),
        documents=manifest.live_count,
        segments=len(manifest.segments),
        built_at=manifest.built_at,
        asks_git=manifest.head is not None,
        problem="it was built by another version of kb, or with other settings" if outdated else "",
    )


class _Synchronizer:
    """One run of bringing an index in step with its files."""

    def __init__(
        self, config: Config, progress: Progress | None, notice: Notice | None, check: FreshnessCheck | None
    ) -> None:
        self._config = config
        self._progress = progress
        self._notice = notice or (lambda _: None)
        self._check = check or FreshnessCheck(config)
        self._root = os.path.realpath(config.root)
        self._store = Store(find_index_folder(config.root))
        self._fingerprint = make_fingerprint(config)

    def open(self) -> OpenIndex:
        for _ in range(_ATTEMPTS):
            try:
                state = self._load()
                index = self._build_first() if state is None else self._update(state)
            except DamagedIndexError as error:
                return self.rebuild(str(error))
            if index is not None:
                return index
        raise KbError("the index kept changing while it was being read", "Run it again.")

    def rebuild(self, reason: str) -> OpenIndex:
        """Build anew. A `reason` is damage: said once, and not mended twice."""
        if reason:
            self._notice(f"{reason}: building it anew")
        try:
            self._store.prepare()
            with hold_lock(self._store.folder, WRITER_TIMEOUT) as held:
                if not held:
                    raise KbError("another kb has been writing the index for 30 seconds", "Wait, then run it again.")
                if not (reason and self._is_mended()):
                    return self._build()
        except OSError as error:
            return self._build_temporary(error)
        return self.open()

    def _load(self) -> State | None:
        """The present state; None when there is none for this kb and these settings."""
        state = self._store.load()
        if state is not None and (state[0].fingerprint, state[0].root) == (self._fingerprint, self._root):
            return state
        return None

    def _is_mended(self) -> bool:
        """Whether someone else built the index while this process waited for the lock."""
        try:
            state = self._load()
            for segment in state[1] if state else ():
                segment.check_all()
        except DamagedIndexError:
            return False
        return state is not None

    def _build_first(self) -> OpenIndex | None:
        """Build where there is nothing to answer from; None when somebody else just did."""
        try:
            self._store.prepare()
            with hold_lock(self._store.folder, 0.0) as held:
                if held:
                    return self._build() if self._load() is None else None
            self._notice("another kb is building the index: waiting for it")
            with hold_lock(self._store.folder, WRITER_TIMEOUT) as held:
                if held:
                    return self._build() if self._load() is None else None
        except OSError as error:
            return self._build_temporary(error)
        return self._build_in_memory("another kb is still building the index")

    def _build(self) -> OpenIndex:
        """Build from all files. Call it under the lock. Raises OSError."""
        survey = survey_files(self._config, self._check.result(), self._check.started_ns, None)
        watch = WatchList(survey, self._root)
        entries: list[SegmentEntry] = []
        builder = SegmentBuilder()
        save = self._store.save_segment
        add_cards(self._config, survey.candidates, builder, watch.note, lambda data: entries.append(save(data)), self._progress)
        if builder.document_count:
            entries.append(save(builder.finish()))
        manifest = self._commit(None, survey, entries, watch)
        return OpenIndex(DiskReader(self._store.open_segments(manifest.segments)), built=manifest.live_count)

    def _build_temporary(self, error: OSError) -> OpenIndex:
        return self._build_in_memory(f"the index cannot be kept: {error.strerror or error}")

    def _build_in_memory(self, reason: str) -> OpenIndex:
        self._notice(f"{reason}: using a temporary one")
        survey = survey_files(self._config, self._check.result(), self._check.started_ns, None)
        segments: list[SegmentReader] = []
        builder = SegmentBuilder()
        add_cards(
            self._config, survey.candidates, builder, WatchList(survey, self._root).note,
            lambda data: segments.append(open_data(data)), self._progress,
        )  # fmt: skip
        segments.append(open_data(builder.finish()))
        reader = DiskReader(segments)
        return OpenIndex(reader, built=reader.doc_count, temporary=reason)

    def _update(self, state: State) -> OpenIndex | None:
        """Take in what changed; None when another writer was quicker, and all is to be looked at again."""
        manifest, segments = state
        survey = survey_files(self._config, self._check.result(), self._check.started_ns, manifest)
        reader = DiskReader(segments)
        watch = WatchList(survey, self._root)
        changes = find_changes(self._config, reader, manifest, survey, watch)
        if not changes and not self._has_news(manifest, survey, watch):
            return OpenIndex(reader)
        try:
            with hold_lock(self._store.folder, 0.0) as held:
                if not held:
                    return OpenIndex(reader, is_stale=bool(changes))
                present = self._store.load()
                if present is None or present[0].generation != manifest.generation:
                    return None
                return self._write_changes(manifest, segments, survey, watch, changes)
        except OSError as error:
            if not changes:
                return OpenIndex(reader)
            return self._overlay(segments, survey, changes, error)

    def _has_news(self, manifest: Manifest, survey: Survey, watch: WatchList) -> bool:
        """Whether nothing of the index changed, but what is known of the files did."""
        return (manifest.head, manifest.git_index, manifest.unwatched, manifest.watched) != (
            survey.head, survey.git_index, survey.unwatched, watch.watched,
        )  # fmt: skip

    def _write_changes(
        self, manifest: Manifest, segments: list[SegmentReader], survey: Survey, watch: WatchList, changes: Changes
    ) -> OpenIndex:
        """Write one segment of what changed, and commit. Call it under the lock. Raises OSError."""
        pairs = []
        for entry, segment, numbers in zip(manifest.segments, segments, changes.deleted, strict=True):
            kept = segment.without(numbers) if numbers else segment
            if kept.live_count:
                pairs.append((replace(entry, deleted=kept.deleted, totals=kept.totals), kept))
        new: list[SegmentEntry] = []
        builder = SegmentBuilder()
        save = self._store.save_segment
        built = add_cards(
            self._config, changes.paths, builder, watch.note, lambda data: new.append(save(data)), self._progress
        )
        if changes:
            chosen = {entry.id for entry in choose_merges([entry for entry, _ in pairs], builder.term_count)}
            for entry, segment in pairs:
                if entry.id in chosen:
                    builder.absorb(segment)
            pairs = [pair for pair in pairs if pair[0].id not in chosen]
        if builder.document_count:
            new.append(save(builder.finish()))
        manifest = self._commit(manifest, survey, [*(entry for entry, _ in pairs), *new], watch)
        readers = [segment for _, segment in pairs] + self._store.open_segments(new)
        return OpenIndex(DiskReader(readers), built=built)

    def _overlay(self, segments: list[SegmentReader], survey: Survey, changes: Changes, error: OSError) -> OpenIndex:
        """The index as it would be, with the changed part in memory only."""
        reason = f"the index cannot be updated: {error.strerror or error}"
        self._notice(f"{reason}: using a temporary one")
        readers = [segment.without(numbers) for segment, numbers in zip(segments, changes.deleted, strict=True)]
        builder = SegmentBuilder()
        built = add_cards(
            self._config, changes.paths, builder, WatchList(survey, self._root).note,
            lambda data: readers.append(open_data(data)), self._progress,
        )  # fmt: skip
        readers.append(open_data(builder.finish()))
        return OpenIndex(DiskReader(readers), built=built, temporary=reason)

    def _commit(
        self, before: Manifest | None, survey: Survey, entries: Iterable[SegmentEntry], watch: WatchList
    ) -> Manifest:
        manifest = Manifest(
            fingerprint=self._fingerprint,
            root=self._root,
            generation=before.generation + 1 if before else 1,
            built_at=time.time(),
            segments=tuple(entries),
            previous=tuple(entry.id for entry in before.segments) if before else (),
            head=survey.head,
            git_index=survey.git_index,
            unwatched=survey.unwatched,
            schema=before.schema if before else 0,
            watched=watch.watched,
        )
        return self._store.commit(manifest)
