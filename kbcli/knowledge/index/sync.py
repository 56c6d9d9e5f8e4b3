"""The way in: an index that is in step with the files, before every query and by itself.

What is done when nothing changed is here; it imports little. All the rest is in `updating`.
"""

from collections.abc import Callable
from contextlib import suppress

from kbcli.errors import KbError
from kbcli.foundation.git.worktree import FreshnessCheck, start_freshness_check
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.index.schema import make_fingerprint
from kbcli.knowledge.index.survey import survey_files
from kbcli.knowledge.index.whoosh.disk import DiskReader, OpenIndex
from kbcli.knowledge.index.whoosh.postings import DamagedIndexError
from kbcli.knowledge.index.whoosh.store import Store, find_index_folder

if TYPE_CHECKING:
    from typing import TypeVar

    from kbcli.config import Config
    from kbcli.knowledge.index.building import Progress
    from kbcli.knowledge.index.updating import Notice

    T = TypeVar("T")

__all__ = ["IndexDescription", "OpenIndex", "ask_index", "describe_index", "open_index", "rebuild_index"]

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
    config: "Config",
    *,
    progress: "Progress | None" = None,
    notice: "Notice | None" = None,
    check: FreshnessCheck | None = None,
    meanwhile: Callable[[DiskReader], None] | None = None,
) -> OpenIndex:
    """The index, in step with the files. Builds, mends or updates it as needed.

    `check` is what `start_freshness_check` gave, if it was started early. While git still looks,
    `meanwhile` may have the reader of what is on disk; it is that of the result only if nothing
    changed. What it raises counts as met here. Raises KbError only when
    a wrong Whoosh is installed; an index that cannot be written is made in memory for this time.
    The reader may still meet a damaged page: `ask_index` takes care of that.
    """
    check = check or start_freshness_check(config.root, config.git_root)
    store = Store(find_index_folder(config.root))
    for _ in range(_ATTEMPTS):
        index = _open_once(config, store, check, progress, notice, meanwhile)
        if index is not None:
            return index
        # What git said before that is no longer of use.
        check.cancel()
        check = start_freshness_check(config.root, config.git_root)
    check.cancel()
    # Others write all the time: the last state that one of them completed is an answer.
    state = store.load_current(config)
    if state is not None:
        manifest, segments = state
        return OpenIndex(DiskReader(segments, manifest.head, manifest.fingerprint), is_stale=True)
    raise KbError("the index kept changing while it was being opened", "Run it again.")


def _open_once(
    config: "Config",
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
    config: "Config",
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
    early: list[tuple[DiskReader, T]] = []

    def ask_early(reader: DiskReader) -> None:
        with suppress(OSError):
            early.append((reader, question(OpenIndex(reader))))

    meanwhile = ask_early if eager else None
    index = open_index(config, progress=progress, notice=notice, check=check, meanwhile=meanwhile)
    for reader, answer in early:
        if reader is index.reader:
            return answer
    try:
        return question(index)
    except DamagedIndexError as error:
        from kbcli.knowledge.index.updating import Updater

        mended = Updater(
            config, start_freshness_check(config.root, config.git_root), progress, notice
        ).rebuild(str(error))
        return question(mended or open_index(config, progress=progress, notice=notice))


def rebuild_index(
    config: "Config", *, progress: "Progress | None" = None, notice: "Notice | None" = None
) -> OpenIndex:
    """Build the index anew, whatever is there. Raises KbError when another kb writes for 30 seconds."""
    from kbcli.knowledge.index.updating import Updater

    return Updater(
        config, start_freshness_check(config.root, config.git_root), progress, notice
    ).rebuild() or open_index(config)


def describe_index(config: "Config") -> IndexDescription:
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
