"""What an index is at: one document beside it, which is written last, and only where nobody else wrote meanwhile."""

from collections.abc import Mapping

from kbcli.foundation.opensearch.access import EngineError
from kbcli.foundation.opensearch.client import Engine, join_path
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.knowledge.index.opensearch.documents import SHAPE, take

_NOBODY: Mapping[str, Any] = {}


class State(NamedTuple):
    """The state of an index of cards.

    `index_name` is what the engine calls it, `generation` which documents count: those that began with it or before,
    but for the IDs in `dropped`. `holders` and `sums` say how many documents have a field, and how many terms these
    have together. `terms` names the parts of each field's vocabulary. `old` are indexes and parts of
    vocabularies out of use, behind the second since when, to be deleted by who writes a later one; `at` is when this
    was written, in seconds since 1970. `writing` says who writes the next. `place` is how
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
    writing: Mapping[str, Any] = _NOBODY
    place: tuple[int, int] | None = None


def name_state_index(name: str) -> str:
    """The index that holds the states of all that is kept under a name."""
    return f"{name}-state"


def load_state(engine: Engine, name: str) -> State:
    """The state of the cards kept under a name; an empty one where there are none. Raises EngineError."""
    try:
        answer = engine.ask("GET", join_path(name_state_index(name), "_doc", "cards"))
    except EngineError as error:
        if error.is_missing:
            return State()
        raise
    try:
        return _read_state(answer)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise EngineError("the state of its index is not one that kb wrote") from None


def _read_state(answer: dict[str, Any]) -> State:
    source = answer["_source"]
    if source["shape"] != SHAPE:
        raise EngineError("its index was made by another version of kb")
    place = take(int, answer["_seq_no"]), take(int, answer["_primary_term"])
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
    take(dict, fields["writing"])
    return State(**fields, place=place)


def save_state(engine: Engine, name: str, state: State) -> State:
    """Put a state in the place of the one it was made from. Raises EngineError, a conflict where that is gone."""
    source = {"shape": SHAPE} | {key: value for key, value in state._asdict().items() if key != "place"}
    path = [name_state_index(name), "_doc", "cards"]
    if state.place is None:
        answer = engine.ask("PUT", join_path(*path, op_type="create", refresh="true"), source)
    else:
        number, term = state.place
        answer = engine.ask(
            "PUT", join_path(*path, if_seq_no=number, if_primary_term=term, refresh="true"), source
        )
    try:
        return state._replace(place=(int(answer["_seq_no"]), int(answer["_primary_term"])))
    except (KeyError, TypeError, ValueError):
        raise EngineError("its answer is not what an OpenSearch says") from None
