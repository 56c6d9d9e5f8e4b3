"""Index: the search index in step with the files. Every search does so by itself."""

from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.index.sync import IndexDescription, describe_index, open_local_index, rebuild_index
from kbcli.operations.base import Base


class SyncedIndex(NamedTuple):
    """The index as it is now, how many cards were indexed for that, and why it is only in memory ("": it is not)."""

    state: IndexDescription
    indexed_now: int
    temporary: str = ""


def sync_index(kb: Base, *, rebuild: bool = False) -> SyncedIndex:
    """Bring the index in step with the files, or build it anew. Raises KbError where another kb keeps writing."""
    config = kb.config
    build = rebuild_index if rebuild else open_local_index
    with kb.show_progress("indexing") as progress:
        opened = build(config, progress=progress, notice=kb.say)
    return SyncedIndex(describe_index(config), opened.built, opened.temporary)
