"""What an index is at: one document beside it, which is written last, and only where nobody else wrote meanwhile."""

from collections.abc import Mapping

from kbcli.foundation.opensearch.access import EngineError
from kbcli.foundation.opensearch.client import Engine
from kbcli.foundation.opensearch.records import Record, load_record, name_state_index, save_record, take
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.knowledge.index.opensearch.documents import SHAPE

_NOBODY: Mapping[str, Any] = {}


class State(NamedTuple):
    """The state of an index of cards.

    `index_name` is what the engine calls it, `generation` which documents count: those that began with it or before,
    but for the IDs in `dropped`. `holders` and `sums` say how many documents have a field, and how many terms these
    have together. `terms` names the parts of each field's vocabulary. `old` are indexes and parts of
    vocabularies out of use, behind the second since when, to be deleted by who writes a later one; `at` is when this
    was written, in seconds since 1970. `history` has the commits before, newest first, each with the files that changed
    from it to the next. `writing` says who writes the next. `place` is how
    the engine tells this version of the document from others; None for none.
    """

    index_name: str = ""
    generation: int = 0
    commit: str | None = None
    schema: str = ""
    documents: int = 0
    next_order: int = 0
    holders: Mapping[str, int] = _NOBODY
    sums: Mapping[str, int] = _NOBODY
    terms: Mapping[str, tuple[str, ...]] = _NOBODY
    dropped: tuple[str, ...] = ()
    old: tuple[str, ...] = ()
    at: int = 0
    history: tuple[tuple[str, tuple[str, ...]], ...] = ()
    writing: Mapping[str, Any] = _NOBODY
    place: tuple[int, int] | None = None


def load_state(engine: Engine, name: str) -> State:
    """The state of the cards kept under a name; an empty one where there are none. Raises EngineError."""
    record = load_record(engine, name_state_index(name), "cards")
    if record is None:
        return State()
    try:
        return _read_state(record)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise EngineError("the state of its index is not one that kb wrote") from None


def _read_state(record: Record) -> State:
    source = record.source
    if source["shape"] != SHAPE:
        raise EngineError("its index was made by another version of kb")
    fields: dict[str, Any] = {name: source[name] for name in State._fields if name != "place"}
    for name in ("generation", "documents", "next_order", "at"):
        take(int, fields[name])
    for name in ("index_name", "schema"):
        take(str, fields[name])
    for name in ("dropped", "old"):
        fields[name] = tuple(take(str, item) for item in fields[name])
    fields["terms"] = {
        field: tuple(take(str, name) for name in names) for field, names in fields["terms"].items()
    }
    for name in ("holders", "sums"):
        fields[name] = {field: take(int, count) for field, count in fields[name].items()}
    fields["history"] = tuple(
        (take(str, commit), tuple(take(str, path) for path in paths)) for commit, paths in fields["history"]
    )
    take(dict, fields["writing"])
    return State(**fields, place=record.place)


def save_state(engine: Engine, name: str, state: State) -> State:
    """Put a state in the place of the one it was made from. Raises EngineError, a conflict where that is gone."""
    source = {"shape": SHAPE} | {key: value for key, value in state._asdict().items() if key != "place"}
    return state._replace(place=save_record(engine, name_state_index(name), "cards", source, state.place))
