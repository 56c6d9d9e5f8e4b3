"""A card as the engine keeps it: kb's own terms, separated by blanks, and where in the life of the index it begins."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b

from kbcli.foundation.opensearch.access import EngineError
from kbcli.foundation.opensearch.records import take
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.knowledge.index import formula
from kbcli.knowledge.index.documents import IndexDocument
from kbcli.knowledge.index.schema import FIELDS, FILE_FIELD, FILTER_FIELDS
from kbcli.knowledge.index.weighing import count_terms

SHAPE = 2
"""Counted up when the documents or the state change their form."""

_LONGEST = 1000


def make_settings() -> dict[str, Any]:
    """Settings and mapping of an index of cards: one shard, so that what is rare is told by all documents."""
    scored = {
        field: {"type": "text", "analyzer": "whitespace", "index_options": "freqs", "similarity": field}
        for field in FIELDS
    }
    exact = {field: {"type": "keyword"} for field in (*FILTER_FIELDS, FILE_FIELD)}
    numbers = {field: {"type": "long"} for field in ("since", "order")}
    similarity = {
        field: {"type": "BM25", "k1": formula.K1, "b": formula.LENGTH_NORM[field]} for field in FIELDS
    }
    return {
        "settings": {
            "number_of_shards": 1,
            "auto_expand_replicas": "0-1",
            "refresh_interval": "-1",
            "max_result_window": 10_000,
            "similarity": similarity,
        },
        "mappings": {"dynamic": False, "properties": {**scored, **exact, **numbers}},
    }


class StoredDocument(NamedTuple):
    """A document as it came back. `order` is its number; `terms` are those of the fields that were asked for."""

    path: str
    digest: bytes
    order: int
    terms: Mapping[str, Mapping[str, int]]
    lengths: Mapping[str, int]


def name_document(path: str, generation: int) -> str:
    """The ID of a card's document; those of later generations have others, so that readers of this one keep it."""
    return f"{blake2b(path.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}-{generation}"


def pack_document(document: IndexDocument, generation: int, order: int) -> dict[str, Any]:
    """The document that the engine is given."""
    terms = document.terms
    packed: dict[str, Any] = {
        FILE_FIELD: document.record.path,
        "digest": document.digest.hex(),
        "since": generation,
        "order": order,
    }
    packed |= {field: " ".join(terms[field]) for field in FIELDS if terms.get(field)}
    packed |= {
        field: list(dict.fromkeys(map(clip_term, terms[field])))
        for field in FILTER_FIELDS
        if terms.get(field)
    }
    return packed


def clip_term(term: str) -> str:
    """A term as an engine can keep it: of a long one the beginning, and a sum of all."""
    if len(term) <= _LONGEST:
        return term
    return term[:_LONGEST] + blake2b(term.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def read_document(source: object) -> StoredDocument:
    """What an engine keeps of a card. Raises EngineError for anything else."""
    found: dict[str, Sequence[str]] = {}
    try:
        kept = take(dict, source)
        path, digest, order = (
            take(str, kept[FILE_FIELD]),
            bytes.fromhex(kept["digest"]),
            take(int, kept["order"]),
        )
        for field in (*FIELDS, *FILTER_FIELDS):
            if field in kept:
                value = kept[field]
                found[field] = (
                    value.split(" ") if field in FIELDS else [take(str, term) for term in take(list, value)]
                )
    except (KeyError, TypeError, ValueError, AttributeError):
        path = ""
    if not path or "\0" in path:
        raise EngineError("a document of the index is not one that kb wrote")
    lengths = {field: len(found[field]) for field in FIELDS if field in found}
    return StoredDocument(path, digest, order, count_terms(found), lengths)
