"""What an index is at, in one document that is written only where nobody else wrote meanwhile; and who is at work on it."""

import os
import socket
import time
from collections.abc import Mapping

from kbcli.errors import KbError
from kbcli.foundation.opensearch.access import EngineError
from kbcli.foundation.opensearch.client import Engine, join_path
from kbcli.foundation.typed import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from typing import TypeVar

    _T = TypeVar("_T")

LEASE_SECONDS, BEAT_SECONDS = 300, 30
"""How long a writer that says nothing is believed to be at work, and how often one says so."""

OF_STATES: Mapping[str, Any] = {
    "settings": {"number_of_shards": 1, "auto_expand_replicas": "0-1"},
    "mappings": {"dynamic": False},
}
"""Settings of the index that holds what others are at."""

_EXISTS = 400


class BusyError(KbError):
    """Another writer is at work."""


class Record(NamedTuple):
    """A document and how the engine tells this version of it from others."""

    source: dict[str, Any]
    place: tuple[int, int]


def name_state_index(name: str) -> str:
    """The index that holds the states of all that is kept under a name."""
    return f"{name}-state"


def load_record(engine: Engine, index: str, ident: str) -> Record | None:
    """A document, None where there is none. Raises EngineError."""
    try:
        answer = engine.ask("GET", join_path(index, "_doc", ident))
    except EngineError as error:
        if error.is_missing:
            return None
        raise
    try:
        return Record(take(dict, answer["_source"]), _read_place(answer))
    except (KeyError, TypeError):
        raise EngineError("the state of its index is not one that kb wrote") from None


def save_record(
    engine: Engine, index: str, ident: str, source: Mapping[str, Any], place: tuple[int, int] | None
) -> tuple[int, int]:
    """Put a document in the place of the one it was made from (None: of none). Raises EngineError, a conflict where that is gone."""
    guard: dict[str, str | int] = {"op_type": "create"}
    if place is not None:
        guard = {"if_seq_no": place[0], "if_primary_term": place[1]}
    answer = engine.ask("PUT", join_path(index, "_doc", ident, **guard, refresh="true"), source)
    try:
        return _read_place(answer)
    except (KeyError, TypeError):
        raise EngineError("its answer is not what an OpenSearch says") from None


def _read_place(answer: Mapping[str, Any]) -> tuple[int, int]:
    return take(int, answer["_seq_no"]), take(int, answer["_primary_term"])


def take(kind: "type[_T]", value: object) -> "_T":
    """A value that was read from JSON. Raises TypeError for one of another kind."""
    # A truth value is a number to Python.
    if type(value) is not kind:
        raise TypeError
    return value


def create_index(engine: Engine, index: str, settings: Mapping[str, Any]) -> None:
    """Make an index, unless one that was stopped made it. Raises EngineError."""
    try:
        engine.ask("PUT", join_path(index), settings)
    except EngineError as error:
        if error.status != _EXISTS or index not in engine.ask("GET", join_path(index)):
            raise


def delete_index(engine: Engine, index: str) -> None:
    """Delete an index, or whatever is at a path, where it is there. Raises EngineError."""
    try:
        engine.ask("DELETE", join_path(index))
    except EngineError as error:
        if not error.is_missing:
            raise


def make_claim() -> dict[str, Any]:
    """Who is at work, and that it is now."""
    return {"host": socket.gethostname(), "process": os.getpid(), "at": int(time.time())}


def refuse_at_work(claim: Mapping[str, Any], problem: str) -> None:
    """Raises BusyError with this problem where who said to be writing may still do so."""
    if is_at_work(claim):
        raise BusyError(
            problem, f"Wait for it; one that was stopped is passed over after {LEASE_SECONDS // 60} minutes."
        )


def is_at_work(claim: Mapping[str, Any]) -> bool:
    """Whether who said to be writing may still do so."""
    try:
        at, host, process = float(claim["at"]), claim["host"], int(claim["process"])
    except (KeyError, TypeError, ValueError):
        return False
    if time.time() - at > LEASE_SECONDS:
        return False
    if host != socket.gethostname():
        return True
    # This process has given up what it began before; whoever is slower here finds the state changed.
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
