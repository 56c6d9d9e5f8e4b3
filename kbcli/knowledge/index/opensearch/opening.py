"""The engine's index in step with the files: what git says changed since its commit is answered from here.

Where it cannot be used for any reason, that is said, and the index on this machine answers.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, lru_cache

from kbcli.config import Config, load_user_settings
from kbcli.errors import GitError, KbError
from kbcli.foundation.disk.files import CacheFile, find_cache_folder
from kbcli.foundation.git.worktree import FreshnessCheck, list_paths_between, list_unwatched_paths
from kbcli.foundation.opensearch.access import Access, EngineError, read_access
from kbcli.foundation.opensearch.client import Engine
from kbcli.foundation.opensearch.failures import find_failure
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.cards.walk import select_card_paths
from kbcli.knowledge.index.documents import make_record, read_document, read_file
from kbcli.knowledge.index.opensearch.index import Change, EngineIndex
from kbcli.knowledge.index.opensearch.state import State, load_state
from kbcli.knowledge.index.port import EngineUse
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.index.schema import make_schema

if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")

ANSWER_SECONDS = 1.0
"""For how long a question may wait for the engine, all that is asked for it together: with what the index on this machine
then takes it is answered within 1.5 seconds."""

_MOST_CHANGED = 2_000
"""Cards that differ from the engine's: more are answered faster by an index of this machine."""

_KEPT_SECONDS = 30 * 86_400
_MOST_PART_BYTES = 8_000_000
_ATTEMPTS = 3


def find_engine() -> Engine | None:
    """The engine of this user, None where the settings name none. Raises ConfigError for settings that cannot be used."""
    settings = load_user_settings()
    if not settings.engine_urls:
        return None
    return keep_engine(
        read_access(
            settings.engine_urls,
            ca=settings.engine_ca,
            user=settings.engine_user,
            password=settings.engine_password,
            api_key=settings.engine_api_key,
        )
    )


def require_engine(config: Config) -> Engine:
    """The engine of this user, for who writes to what kb.toml names there. Raises KbError where one of the two is not set."""
    if not config.engine_index:
        raise KbError("kb.toml names no index of an engine", "Set index in [engine] (kb manual engine).")
    engine = find_engine()
    if engine is None:
        raise KbError(
            "no engine is set for you",
            "Set KB_ENGINE_URLS, or urls in [engine] of your own settings (kb manual engine).",
        )
    return engine


@cache
def keep_engine(access: Access) -> Engine:
    """The one engine of this process that is reached so, whose connections stay open."""
    return Engine(access)


def open_engine(config: Config, engine: Engine, check: FreshnessCheck) -> EngineIndex:
    """The engine's index beside what changed here since. Raises EngineError where it cannot be used."""
    state, name = load_state(engine, config.engine_index), config.engine_index
    config, schema = config.of_cards, make_schema(config)
    if not state.index_name:
        raise EngineError("it has no index of these cards yet (kb index push)")
    if state.schema != schema:
        raise EngineError(
            "its index is of another version of kb, or of a kb.toml that reads cards otherwise (kb index push)"
        )
    for _ in range(_ATTEMPTS):
        change = _find_change(config, state, check)
        if check.holds():
            return EngineIndex(
                engine,
                name,
                state,
                make_record_reader(config),
                schema=schema,
                change=change,
                keep_part=_keep_part,
            )
        check = FreshnessCheck(config.root, config.git_root)
    raise EngineError("the files change all the time")


def _find_change(config: Config, state: State, check: FreshnessCheck) -> Change:
    """The cards that are not as in the commit that the engine has. Raises EngineError where git cannot tell."""
    status = check.result()
    if status is None:
        raise EngineError("git does not say which cards changed")
    paths = list(status.changed)
    if status.head != state.commit:
        paths += _list_between(config, state, status.head)
    try:
        paths += list_unwatched_paths(config.root)
    except GitError:
        raise EngineError("git does not say which cards changed") from None
    hidden = tuple(sorted({*select_card_paths(config, paths)}))
    if len(hidden) > _MOST_CHANGED:
        raise EngineError(f"{len(hidden)} cards are not as it has them (kb index push)")
    readings = [reading for path in hidden if (reading := read_file(config, path)) is not None]
    documents = (read_document(config, reading)._replace(digest=reading.digest) for reading in readings)
    return Change(hidden, tuple(documents))


def _list_between(config: Config, state: State, head: str) -> list[str]:
    """What differs between the engine's commit and HEAD: of a commit that is not here yet by what the state tells of it."""
    paths: list[str] = []
    for commit, changed in ((state.commit or "", ()), *state.history):
        paths += changed
        between = list_paths_between(config.root, commit, head)
        if between is not None:
            return paths + between
    raise EngineError("its index is of a commit that is not in this clone (git fetch)")


def make_record_reader(config: Config) -> Callable[[str, bytes], CardRecord]:
    """What reads records of cards from their files, so that no engine says whether a card can be trusted."""

    @lru_cache(maxsize=2_000)
    def read(path: str, digest: bytes) -> CardRecord:
        reading = read_file(config, path) if select_card_paths(config, [path]) else None
        if reading is None or reading.digest != digest:
            raise EngineError("a card of its index is not the one in this folder")
        card = read_card(reading.data, path, config)
        return make_record(card, card.body_offset)

    return read


def ask_engine(
    config: Config, check: FreshnessCheck, question: "Callable[[EngineIndex], T]"
) -> "tuple[list[T], EngineUse | None]":
    """The answer of the engine's index; without one, why there is none, or None where no engine is set."""
    engine = find_engine()
    if engine is None:
        return [], None
    try:
        with limit_engine(engine):
            return [question(open_engine(config, engine, check))], EngineUse("engine")
    except EngineError as error:
        return [], EngineUse("local", error.reason)


@contextmanager
def limit_index(index: object) -> Iterator[None]:
    """As `limit_engine` for the engine of an index; of another index nothing."""
    if not isinstance(index, EngineIndex):
        yield
        return
    with limit_engine(index.engine):
        yield


@contextmanager
def limit_engine(engine: Engine) -> Iterator[None]:
    """Let all that is asked within, or around it, wait no longer than one may, and ask nothing of an engine of which no node answered a moment ago. Raises EngineError."""
    failures = _list_failures(engine)
    if len(failures) == len(engine.access.nodes):
        raise EngineError(f"it did not answer {round(min(failures))} seconds ago")
    with engine.allow(ANSWER_SECONDS):
        yield


def count_failed() -> tuple[int, int]:
    """How many nodes of this user's engine did not answer a moment ago, and how many it has. Raises ConfigError."""
    engine = find_engine()
    return (0, 0) if engine is None else (len(_list_failures(engine)), len(engine.access.nodes))


def _list_failures(engine: Engine) -> list[float]:
    """How many seconds ago nodes did not answer."""
    return [ago for node in engine.access.nodes if (ago := find_failure(node)) is not None]


def _keep_part(name: str, get: "Callable[[], bytes]") -> bytes:
    """A part of a vocabulary, kept in the user's cache for the next who asks; its name is a sum of what is in it."""
    folder = find_cache_folder("engine")
    kept = CacheFile(folder, name, _MOST_PART_BYTES)
    part = kept.read()
    if part is None:
        part = get()
        kept.write(part)
        _sweep(folder)
    return part


def _sweep(folder: "os.PathLike[str]") -> None:
    """Delete parts that nobody read for long."""
    oldest = time.time() - _KEPT_SECONDS
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.name.startswith("terms-") and entry.stat().st_mtime < oldest:
                    os.unlink(entry.path)
