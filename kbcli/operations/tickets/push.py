"""Tickets push: the archive, redacted as it is, on the engine that answers for everybody."""

from collections.abc import Iterator
from contextlib import contextmanager

from kbcli.errors import KbError, UsageError
from kbcli.foundation.opensearch.access import EngineError
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.index.opensearch.opening import require_engine
from kbcli.operations.base import Base
from kbcli.operations.tickets import begin_tickets, find_tickets
from kbcli.operations.tickets.import_ import refresh_index
from kbcli.support.tickets.engine.pushing import MOST_SHARDS, Options, Push, Pushed


class PushedTickets(NamedTuple):
    """Under which name the engine has the tickets now, and what was done for it."""

    name: str
    pushed: Pushed


def push_tickets(kb: Base, *, full: bool = False, shards: int | None = None) -> PushedTickets:
    """Bring the engine's tickets in step with the archive; `full`: all of them, into an index made anew, of so many `shards`.

    What others erased is erased here too. Raises UsageError for shards without `full` where there is an index, KbError
    where no engine is set, there is no archive, another push is at work, or the engine refuses.
    """
    if shards is not None and not 0 < shards <= MOST_SHARDS:
        raise UsageError(f"an index has 1 to {MOST_SHARDS} shards", "Leave it out for as many as there are.")
    first_day = find_tickets(kb).retention.first_day
    options = Options(full or shards is not None, shards or 0, first_day)
    engine, name = require_engine(kb.config), kb.config.engine_index
    with begin_tickets(kb) as recorder, name_refusal():
        with Push(recorder, engine, name) as push, kb.show_progress("pushing") as progress:
            pushed = push.push(options, progress or (lambda *_: None))
        if recorder.meta.get("is_stale"):
            # What others erased is gone from the record; its words must go from the index.
            refresh_index(kb, recorder)
    return PushedTickets(name, pushed)


@contextmanager
def name_refusal() -> Iterator[None]:
    """Raises KbError for what an engine does not do."""
    try:
        yield
    except EngineError as error:
        raise KbError(
            f"the engine did not take the tickets: {error.reason}",
            "What it took stays. Push again: it goes on from there.",
        ) from error
