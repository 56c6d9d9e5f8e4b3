"""Which cards may differ from what the index holds: the question before every query."""

from collections.abc import Callable, Iterable
from functools import cached_property

from kbcli.errors import GitError
from kbcli.foundation.disk.files import Stamp, stamp_file, was_touched_since
from kbcli.foundation.git.worktree import FreshnessCheck, GitStatus, list_paths_between, list_unwatched_paths
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.cards.walk import list_card_paths, select_card_paths
from kbcli.knowledge.index.whoosh.manifest import Manifest, is_unchanged

if TYPE_CHECKING:
    from kbcli.config import Config


class Survey:
    """The cards to look at again, and how the next state is to be watched.

    `candidates` are paths whose content or existence may differ from the index. `head`,
    `git_index` and `unwatched` are for the manifest; `head` is None where git is not asked.
    `is_listing` says that they come from a list of all files, not from what differs between two commits.
    """

    def __init__(self, config: "Config", check: FreshnessCheck, status: GitStatus | None) -> None:
        self._config = config
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
        found = {path for path in wanted if not matches(path)}
        self.candidates = sorted(found.union(moved))

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


def survey_files(config: "Config", check: FreshnessCheck, manifest: Manifest | None) -> Survey:
    """Compare the files with a state of the index (None: with nothing)."""
    survey = Survey(config, check, check.result())
    try:
        survey.compare(manifest)
    except GitError:
        survey = Survey(config, check, None)
        survey.compare(manifest)
    return survey
