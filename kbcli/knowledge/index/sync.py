"""The way in: an index that is in step with the files, before every query and by itself.

What is done when nothing changed is here; it imports little. All the rest is in `updating`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property

from kbcli.config import Config
from kbcli.errors import GitError, KbError
from kbcli.foundation.disk.files import Stamp, stamp_file, was_touched_since
from kbcli.foundation.git.worktree import (
    FreshnessCheck,
    GitStatus,
    list_paths_between,
    list_unwatched_paths,
)
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.cards.walk import list_card_paths, select_card_paths
from kbcli.knowledge.index.port import EngineUse, OpenIndex
from kbcli.knowledge.index.schema import make_fingerprint
from kbcli.knowledge.index.whoosh.disk import DiskReader
from kbcli.knowledge.index.whoosh.postings import DamagedIndexError
from kbcli.knowledge.index.whoosh.store import Manifest, Store, find_index_folder, is_unchanged

if TYPE_CHECKING:
    from typing import TypeVar

    from kbcli.knowledge.index.building import Progress
    from kbcli.knowledge.index.updating import Notice

    T = TypeVar("T")


class Survey:
    """The cards to look at again, and how the next state is to be watched.

    `candidates` are paths whose content or existence may differ from the index. `head`,
    `git_index` and `unwatched` are for the manifest; `head` is None where git is not asked.
    `is_listing` says that they come from a list of all files, not from what differs between two commits.
    """

    def __init__(self, config: Config, check: FreshnessCheck, status: GitStatus | None) -> None:
        self._config = config.of_cards
        self._check = check
        self._status = status
        self.head = None if status is None else status.head
        self.git_index = None if status is None else status.index_stamp
        self.unwatched: tuple[str, ...] = ()
        self.candidates: list[str] = []
        self.is_listing = True
        self._watch: frozenset[str] = frozenset()

    @cached_property
    def listed(self) -> frozenset[str]:
        """Every path that is a card file now."""
        return frozenset(list_card_paths(self._config))

    def is_listed(self, path: str) -> bool:
        """Whether a path is a card file, if it is there at all."""
        return (self.head is not None and path in self._watch) or path in self.listed

    def is_watched(self, path: str, stamp: Stamp) -> bool:
        """Whether a file with this stamp must be looked at itself next time, git or no git.

        A file written after git was asked may by then be what git has, and not what was read.
        """
        return self.head is None or path in self._watch or was_touched_since(stamp, self._check.started_ns)

    def holds(self) -> bool:
        """Whether HEAD and git's index have not moved since git was asked."""
        return self._check.holds()

    def agrees_with(self, manifest: Manifest) -> bool:
        """Whether git tells the same of its own state as it did then."""
        return (self.head, self.git_index, self.unwatched) == (
            manifest.head,
            manifest.git_index,
            manifest.unwatched,
        )

    def compare(self, manifest: Manifest | None) -> None:
        """Fill `candidates` by comparison with a state; with None, every card is one.

        Raises GitError when git cannot be asked any further: survey without it then.
        """
        status = self._status
        if status is not None:
            self.unwatched = self._find_unwatched(manifest, status)
            self._watch = frozenset((*select_card_paths(self._config, list(status.changed)), *self.unwatched))
        if manifest is None:
            self.candidates = sorted(self.listed | self._watch)
            return
        moved = self._list_moved(manifest)
        if moved is None:
            # A card that git was told to remove is in no list, and back as soon as that is undone.
            wanted = self.listed | self._watch | manifest.watched.keys()
            moved = []
        else:
            wanted = self._watch | manifest.watched.keys()
            self.is_listing = False
        matches = self._make_matcher(manifest)
        self.candidates = sorted({path for path in wanted if not matches(path)}.union(moved))

    def _make_matcher(self, manifest: Manifest) -> Callable[[str], bool]:
        root, watched = self._config.root, manifest.watched
        # What git no longer reports was committed, restored or ignored: look again, once.
        still_watched: Iterable[str] = self.listed if self.head is None else self._watch

        def matches(path: str) -> bool:
            item = watched.get(path)
            return item is not None and path in still_watched and is_unchanged(item, stamp_file(root, path))

        return matches

    def _find_unwatched(self, manifest: Manifest | None, status: GitStatus) -> tuple[str, ...]:
        if manifest is not None and manifest.head is not None and manifest.git_index == status.index_stamp:
            return manifest.unwatched
        return tuple(select_card_paths(self._config, list_unwatched_paths(self._config.root)))

    def _list_moved(self, manifest: Manifest) -> list[str] | None:
        """Cards that differ between the state's commit and HEAD; None when every card must be compared."""
        if self.head is None or manifest.head is None:
            return None
        if self.head == manifest.head:
            return []
        paths = list_paths_between(self._config.root, manifest.head, self.head)
        return None if paths is None else select_card_paths(self._config, paths)


def survey_files(config: Config, check: FreshnessCheck, manifest: Manifest | None) -> Survey:
    """Compare the files with a state of the index (None: with nothing)."""
    survey = Survey(config, check, check.result())
    try:
        survey.compare(manifest)
    except GitError:
        survey = Survey(config, check, None)
        survey.compare(manifest)
    return survey


__all__ = [
    "EngineUse",
    "IndexDescription",
    "OpenIndex",
    "ask_index",
    "describe_index",
    "open_index",
    "open_local_index",
    "rebuild_index",
]

_ATTEMPTS = 5


class IndexDescription(NamedTuple):
    """What `kb doctor` says of an index. `problem` is "" when it can be used as it is.

    `size` is in bytes, `built_at` in seconds since 1970. `asks_git` tells how changes are found.
    """

    path: str
    size: int = 0
    documents: int = 0
    segments: int = 0
    built_at: float = 0.0
    asks_git: bool = False
    problem: str = ""


def open_index(
    config: Config, *, progress: "Progress | None" = None, notice: "Notice | None" = None
) -> OpenIndex:
    """The index that answers here, in step with the files: an engine's where one is set and can be used, else the local one."""
    check = FreshnessCheck(config.root, config.git_root)
    opened, use = _ask_engine(config, check, lambda index: index)
    if opened:
        return opened[0]
    return open_local_index(config, progress=progress, notice=notice, check=check)._replace(engine=use)


def _ask_engine(
    config: Config, check: FreshnessCheck, question: "Callable[[OpenIndex], T]"
) -> "tuple[list[T], EngineUse | None]":
    """The answer of an engine's index; without one, why there is none, or None where none is set."""
    if not config.engine_index:
        return [], None
    from kbcli.knowledge.index.opensearch.opening import ask_engine

    return ask_engine(config, check, lambda index: question(OpenIndex(index, engine=EngineUse("engine"))))


@contextmanager
def limit_question(config: Config) -> Iterator[Callable[[float], None]]:
    """Let all that is asked of an engine within, cards and tickets, wait no longer together than one question may.

    Gives what counts seconds that were waited for something else. Raises ConfigError.
    """
    engine = None
    if config.engine_index:
        from kbcli.knowledge.index.opensearch.opening import ANSWER_SECONDS, find_engine

        engine = find_engine()
    if engine is None:
        yield _spend_nothing
        return
    with engine.allow(ANSWER_SECONDS):
        yield engine.spend


def _spend_nothing(seconds: float) -> None:
    del seconds


def open_local_index(
    config: Config,
    *,
    progress: "Progress | None" = None,
    notice: "Notice | None" = None,
    check: FreshnessCheck | None = None,
    meanwhile: Callable[[DiskReader], None] | None = None,
) -> OpenIndex:
    """The index on this machine, in step with the files. Builds, mends or updates it as needed.

    `check` is what `FreshnessCheck` gave, if it was started early. While git still looks,
    `meanwhile` may have the reader of what is on disk; it is that of the result only if nothing
    changed. What it raises counts as met here. Raises KbError only when
    a wrong Whoosh is installed; an index that cannot be written is made in memory for this time.
    The reader may still meet a damaged page: `ask_index` takes care of that.
    """
    check = check or FreshnessCheck(config.root, config.git_root)
    store = Store(find_index_folder(config.root))
    for _ in range(_ATTEMPTS):
        index = _open_once(config, store, check, progress, notice, meanwhile)
        if index is not None:
            return index
        # What git said before that is no longer of use.
        check.cancel()
        check = FreshnessCheck(config.root, config.git_root)
    check.cancel()
    # Others write all the time: the last state that one of them completed is an answer.
    state = store.load_current(config)
    if state is not None:
        manifest, segments = state
        return OpenIndex(DiskReader(segments, manifest.head, manifest.fingerprint), is_stale=True)
    raise KbError("the index kept changing while it was being opened", "Run it again.")


def _open_once(
    config: Config,
    store: Store,
    check: FreshnessCheck,
    progress: "Progress | None",
    notice: "Notice | None",
    meanwhile: Callable[[DiskReader], None] | None,
) -> OpenIndex | None:
    """One attempt; None when the index, or a card that was to be read, changed meanwhile."""
    damage = ""
    try:
        state = store.load_current(config)
        if state is not None:
            manifest, segments = state
            reader = DiskReader(segments, manifest.head, manifest.fingerprint)
            if meanwhile is not None and check.is_running():
                meanwhile(reader)
            survey = survey_files(config, check, manifest)
            if not survey.candidates and survey.agrees_with(manifest):
                return OpenIndex(reader)
    except DamagedIndexError as error:
        state, damage = None, str(error)
    from kbcli.knowledge.index.updating import Updater

    updater = Updater(config, check, progress, notice)
    if state is None:
        return updater.rebuild(damage) if damage else updater.build_first()
    try:
        return updater.update(state, survey)
    except DamagedIndexError as error:
        return updater.rebuild(str(error))


def ask_index(
    config: Config,
    question: Callable[[OpenIndex], "T"],
    *,
    progress: "Progress | None" = None,
    notice: "Notice | None" = None,
    check: FreshnessCheck | None = None,
    eager: bool = False,
) -> "T":
    """The answer of `question` on the index; built anew, and asked again, where it proves damaged.

    When `eager`, `question` may be asked of the index as it is while git still looks at the files;
    that answer counts only if git then says that nothing changed.
    """
    check = check or FreshnessCheck(config.root, config.git_root)
    answers, use = _ask_engine(config, check, question)
    if answers:
        return answers[0]
    if use is not None and notice is not None:
        notice(f"the engine is not used: {use.reason}; the index on this machine answers")
    early: list[tuple[DiskReader, T]] = []

    def ask_early(reader: DiskReader) -> None:
        with suppress(OSError):
            early.append((reader, question(OpenIndex(reader, engine=use))))

    index = open_local_index(
        config, progress=progress, notice=notice, check=check, meanwhile=ask_early if eager else None
    )._replace(engine=use)
    for reader, answer in early:
        if reader is index.reader:
            return answer
    try:
        return question(index)
    except DamagedIndexError as error:
        from kbcli.knowledge.index.updating import Updater

        mended = Updater(config, FreshnessCheck(config.root, config.git_root), progress, notice).rebuild(
            str(error)
        )
        mended = mended or open_local_index(config, progress=progress, notice=notice)
        return question(mended._replace(engine=use))


def rebuild_index(
    config: Config, *, progress: "Progress | None" = None, notice: "Notice | None" = None
) -> OpenIndex:
    """Build the index anew, whatever is there. Raises KbError when another kb writes for 30 seconds."""
    from kbcli.knowledge.index.updating import Updater

    return Updater(
        config, FreshnessCheck(config.root, config.git_root), progress, notice
    ).rebuild() or open_local_index(config)


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
        size=sum(sum(entry.files.values()) for entry in manifest.segments),
        documents=manifest.live_count,
        segments=len(manifest.segments),
        built_at=manifest.built_at,
        asks_git=manifest.head is not None,
        problem="it was built by another version of kb, or with other settings" if outdated else "",
    )
