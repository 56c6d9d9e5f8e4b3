"""Index push: the cards as they are committed, on the engine that answers for everybody."""

from collections.abc import Iterator, Sequence

from kbcli.config import Config
from kbcli.errors import KbError, RefusedError
from kbcli.foundation.git.worktree import FreshnessCheck, list_paths_between
from kbcli.foundation.opensearch.access import EngineError
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.walk import list_card_paths, select_card_paths
from kbcli.knowledge.index.documents import IndexDocument, read_document, read_file
from kbcli.knowledge.index.opensearch.index import EngineIndex
from kbcli.knowledge.index.opensearch.opening import make_record_reader, require_engine
from kbcli.knowledge.index.opensearch.state import load_state
from kbcli.knowledge.index.schema import make_schema
from kbcli.operations.base import Base, Progress

_PUSH_SECONDS = 60.0


class PushedIndex(NamedTuple):
    """What the engine has under a name now: the commit, how many cards, how many were written now, and whether into an index made anew."""

    name: str
    commit: str
    cards: int
    written: int
    full: bool


def push_index(kb: Base, *, full: bool = False) -> PushedIndex:
    """Bring the engine's index to the commit that is checked out; `full`: build it anew beside the old one.

    Raises KbError where no engine is set, cards are not committed, another push is at work, or the engine refuses.
    """
    config = kb.config
    engine = require_engine(config)
    commit = _find_commit(config)
    name, config = config.engine_index, config.of_cards
    try:
        with engine.allow(_PUSH_SECONDS):
            state = load_state(engine, name)
        index = EngineIndex(engine, name, state, make_record_reader(config), schema=make_schema(config))
        changed = (
            None if full or state.schema != index.schema else _list_changed(config, state.commit, commit)
        )
        if changed is not None and not changed and state.commit == commit:
            return PushedIndex(name, commit, state.documents, 0, full=False)
        with kb.show_progress("pushing") as progress:
            after, written = _push(config, index, commit, changed, progress)
    except EngineError as error:
        raise KbError(
            f"the engine did not take the cards: {error.reason}", "What is there stays as it was. Push again."
        ) from error
    return PushedIndex(name, commit, after.state.documents, written, full=changed is None)


def _find_commit(config: Config) -> str:
    """The commit that is checked out. Raises RefusedError where cards are not as in it."""
    status = FreshnessCheck(config.root, config.git_root).result()
    if status is None or not status.head:
        raise KbError("what is pushed is a commit, and there is none here", "Push from a clone with git.")
    changed = select_card_paths(config, list(status.changed))
    if changed:
        raise RefusedError(
            f"{len(changed)} cards are not committed, {changed[0]} among them",
            "Commit or stash them: what everybody searches is a commit.",
        )
    return status.head


def _list_changed(config: Config, before: str | None, commit: str) -> list[str] | None:
    """The cards that differ between two commits; None where one is not in this clone."""
    if before == commit:
        return []
    between = list_paths_between(config.root, before or "", commit)
    return None if between is None else select_card_paths(config, between)


def _push(
    config: Config, index: EngineIndex, commit: str, changed: Sequence[str] | None, progress: Progress | None
) -> tuple[EngineIndex, int]:
    generation = index.begin(commit, full=changed is None)
    paths = sorted(list_card_paths(config) if changed is None else changed)
    written = 0

    def read() -> Iterator[IndexDocument]:
        nonlocal written
        for done, path in enumerate(paths, 1):
            reading = read_file(config, path)
            if reading is None:
                gone.append(path)
            else:
                written += 1
                yield read_document(config, reading)._replace(digest=reading.digest)
            if progress is not None:
                progress(done, len(paths))

    gone: list[str] = []
    try:
        generation.put(read())
        if changed is not None:
            generation.drop(gone)
        after = generation.finish(index.state.commit)
    except BaseException:
        generation.give_up()
        raise
    if after is None:
        raise KbError("another push was faster", "Push again, if it was of an older commit.")
    return after, written
