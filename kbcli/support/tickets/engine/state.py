"""What the tickets on an engine are at, and which erasures are held there: documents that a push writes when it has its turn."""

from collections.abc import Mapping
from datetime import date

from kbcli.foundation.opensearch.access import EngineError
from kbcli.foundation.opensearch.client import Engine
from kbcli.foundation.opensearch.records import load_record, name_state_index, save_record, take
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.support.tickets.archive import KEY_BYTES

_STATE, _ERASURES = "tickets", "ticket-erasures"
_NOBODY: Mapping[str, Any] = {}


class TicketsIndex(NamedTuple):
    """One index of tickets: its name on the engine, what tells it from others of that name, and the version that made it.

    `routes` are values of routing, one that leads to each of its shards.
    """

    name: str = ""
    identity: str = ""
    version: str = ""
    routes: tuple[str, ...] = ()


_NO_INDEX = TicketsIndex()


class TicketsState(NamedTuple):
    """What is kept under a name.

    `current` is what is searched, `building` one that is still being made in its place. `archive` tells the archive by whose key
    tickets are named, `rules` is the newest version by which they were redacted. `langs` are their languages, that of most
    first; `pushes` counts up with each push that ended. `copies` is the greatest number of copies of shards that there were;
    `is_unclean` says that what was erased may still be in files. `writing` says who writes the next.
    """

    current: TicketsIndex = _NO_INDEX
    building: TicketsIndex = _NO_INDEX
    archive: str = ""
    rules: int = 0
    tickets: int = 0
    langs: tuple[str, ...] = ()
    pushes: int = 0
    number: int = 0
    copies: int = 0
    is_unclean: bool = False
    writing: Mapping[str, Any] = _NOBODY
    place: tuple[int, int] | None = None


def load_state(engine: Engine, name: str) -> TicketsState:
    """The state of the tickets kept under a name; an empty one where there are none. Raises EngineError."""
    record = load_record(engine, name_state_index(name), _STATE)
    if record is None:
        return TicketsState()
    source = record.source
    try:
        numbers = {
            field: take(int, source[field]) for field in ("rules", "tickets", "pushes", "number", "copies")
        }
        return TicketsState(
            **numbers,
            current=_read_index(source["current"]),
            building=_read_index(source["building"]),
            archive=take(str, source["archive"]),
            langs=tuple(take(str, lang) for lang in take(list, source["langs"])),
            is_unclean=take(bool, source["is_unclean"]),
            writing=take(dict, source["writing"]),
            place=record.place,
        )
    except (KeyError, TypeError, ValueError):
        raise EngineError("the state of its tickets is not one that kb wrote") from None


def _read_index(source: Any) -> TicketsIndex:
    name, identity, version, routes = take(list, source)
    found = tuple(take(str, one) for one in take(list, routes))
    return TicketsIndex(take(str, name), take(str, identity), take(str, version), found)


def save_state(engine: Engine, name: str, state: TicketsState) -> TicketsState:
    """Put a state in the place of the one it was made from. Raises EngineError, a conflict where that is gone."""
    source = {key: value for key, value in state._asdict().items() if key != "place"}
    place = save_record(engine, name_state_index(name), _STATE, source, state.place)
    return state._replace(place=place)


class Erasures(NamedTuple):
    """The keys of people and tickets that are kept out, with the day up to which (ISO 8601)."""

    days: Mapping[bytes, str] = {}
    place: tuple[int, int] | None = None


def load_erasures(engine: Engine, name: str) -> Erasures:
    """The erasures that are held on the engine. Raises EngineError."""
    record = load_record(engine, name_state_index(name), _ERASURES)
    if record is None:
        return Erasures()
    days: dict[bytes, str] = {}
    try:
        for key, day in take(dict, record.source["days"]).items():
            days[bytes.fromhex(take(str, key))] = date.fromisoformat(take(str, day)).isoformat()
    except (KeyError, TypeError, ValueError):
        days = {b"": ""}
    if any(len(key) != KEY_BYTES for key in days):
        raise EngineError("the erasures that it holds are not what kb wrote")
    return Erasures(days, record.place)


def save_erasures(engine: Engine, name: str, erasures: Erasures) -> None:
    """Hold these erasures from now on. Raises EngineError."""
    days = {key.hex(): day for key, day in sorted(erasures.days.items())}
    save_record(engine, name_state_index(name), _ERASURES, {"days": days}, erasures.place)
