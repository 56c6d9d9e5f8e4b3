"""Erasing on an engine: documents are deleted, and then all is written anew that holds them, so that no file has their words."""

import time
from collections.abc import Mapping
from datetime import date

from kbcli.foundation.groups import chunk_items
from kbcli.foundation.opensearch.access import EngineError
from kbcli.foundation.opensearch.client import Engine, join_path
from kbcli.foundation.opensearch.records import take
from kbcli.foundation.typed import Any

EXPUNGE_SECONDS = 600.0
"""For how long an erasure waits until all is written anew; what takes longer is left to the next one."""

_CALL_SECONDS = 60.0
_KEYS = 500
_ATTEMPTS = 5


def delete_erased(engine: Engine, index: str, erasures: Mapping[bytes, str]) -> int:
    """Delete the tickets that erasures keep out, those opened on their days or before; how many. Raises EngineError."""
    with engine.allow(_CALL_SECONDS):
        engine.ask("POST", join_path(index, "_refresh"))
    by_day: dict[str, list[str]] = {}
    for key, day in erasures.items():
        by_day.setdefault(day, []).append(key.hex())
    deleted = 0
    for day, keys in by_day.items():
        until = {"range": {"opened": {"lte": date.fromisoformat(day).toordinal()}}}
        for part in chunk_items(keys, _KEYS):
            deleted += delete_matching(
                engine, index, {"bool": {"filter": [{"terms": {"keys": part}}, until]}}
            )
    return deleted


def delete_matching(engine: Engine, index: str, clause: Mapping[str, Any]) -> int:
    """Delete the documents that meet a condition, as far as they were refreshed; how many. Raises EngineError where not all are gone."""
    path = join_path(index, "_delete_by_query", conflicts="proceed", refresh="true")
    deleted = 0
    for _ in range(_ATTEMPTS):
        with engine.allow(EXPUNGE_SECONDS):
            answer = engine.ask("POST", path, {"query": clause})
        if answer.get("failures") or answer.get("timed_out"):
            break
        try:
            deleted += take(int, answer["deleted"])
            if not take(int, answer["version_conflicts"]):
                return deleted
        except (KeyError, TypeError):
            break
    raise EngineError("it did not delete all that was erased")


def expunge_deleted(engine: Engine, index: str, copies: int) -> None:
    """Write all parts anew that hold what was deleted, in every copy.

    Raises EngineError where that is not done: also where fewer than so many copies are there, as others may come back
    with what they have.
    """
    until = time.monotonic() + EXPUNGE_SECONDS
    path = join_path(index, "_forcemerge", only_expunge_deletes="true", flush="true")
    while True:
        # Twice: what was deleted is kept until all copies are known to have it, and old files until the commit after that.
        with engine.allow(max(until - time.monotonic(), 1.0)):
            for _ in range(2):
                engine.ask("POST", join_path(index, "_flush", force="true", wait_if_ongoing="true"))
            engine.ask("POST", path)
            engine.ask("POST", join_path(index, "_refresh"))
            engine.ask("POST", join_path(index, "_flush", force="true", wait_if_ongoing="true"))
            present, deleted, is_whole = _count_deleted(engine.ask("GET", join_path(index, "_segments")))
        if is_whole and not deleted and present >= copies:
            return
        if time.monotonic() > until or (is_whole and not deleted):
            raise EngineError(
                f"{copies - present} copies of its parts are away"
                if is_whole and not deleted
                else "it is still writing anew what holds erased words"
            )
        time.sleep(1.0)


def _count_deleted(answer: Mapping[str, Any]) -> tuple[int, int, bool]:
    """How many copies of shards answered, how many deleted documents their segments hold, and whether all answered."""
    present = deleted = 0
    try:
        for found in take(dict, answer["indices"]).values():
            for shards in take(dict, found["shards"]).values():
                for copy in shards:
                    present += 1
                    deleted += sum(
                        take(int, one["deleted_docs"]) for one in take(dict, copy["segments"]).values()
                    )
        told = answer["_shards"]
        return present, deleted, told["failed"] == 0 and told["successful"] == told["total"]
    except (KeyError, TypeError, AttributeError):
        raise EngineError("its answer is not what an OpenSearch says") from None
