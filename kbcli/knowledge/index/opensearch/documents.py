"""A card as the engine keeps it: kb's own terms, separated by blanks, and where in the life of the index it begins."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b

from kbcli.foundation.opensearch.access import EngineError
from kbcli.foundation.opensearch.records import take
from kbcli.foundation.text.pipeline import gram_terms
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.knowledge.index import formula
from kbcli.knowledge.index.documents import IndexDocument
from kbcli.knowledge.index.port import Question
from kbcli.knowledge.index.schema import FIELDS, FILE_FIELD, FILTER_FIELDS, WORD_FIELDS
from kbcli.knowledge.index.weighing import count_terms

SHAPE = 4
"""Counted up when the documents or the state change their form."""

_LONGEST = 1000
_GAP = "  "
"""What parts terms: with a blank of its own on each side a term is counted without taking the text apart."""

_FEW = 25
"""So many terms are counted one by one faster than by counting all."""


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
    packed |= {field: _GAP.join(terms[field]) for field in FIELDS if terms.get(field)}
    packed["length"] = {field: len(terms[field]) for field in FIELDS if terms.get(field)}
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
    with _refuse_others():
        kept = take(dict, source)
        path, digest, order = _read_head(kept)
        found = {field: take(str, kept[field]).split(_GAP) for field in FIELDS if field in kept}
        found |= {
            field: [take(str, term) for term in take(list, kept[field])]
            for field in FILTER_FIELDS
            if field in kept
        }
    lengths = {field: len(found[field]) for field in FIELDS if field in found}
    return StoredDocument(path, digest, order, count_terms(found), lengths)


@contextmanager
def _refuse_others() -> Iterator[None]:
    """Raises EngineError for what is not of the form in which kb writes documents."""
    try:
        yield
    except (KeyError, TypeError, ValueError):
        raise EngineError("a document of the index is not one that kb wrote") from None


def _read_head(kept: Mapping[str, object]) -> tuple[str, bytes, int]:
    """Path, digest and number. Raises KeyError, TypeError, ValueError."""
    path = take(str, kept[FILE_FIELD])
    if not path or "\0" in path:
        raise ValueError(path)
    return path, bytes.fromhex(take(str, kept["digest"])), take(int, kept["order"])


class Wanted:
    """What is to be known of the documents that a question found: how often they hold its terms, and pieces of words."""

    def __init__(self, question: Question) -> None:
        self.terms = {term: f" {term} " for word in question.words for term, _ in word.terms}
        self.grams = dict.fromkeys(gram for word in question.words for gram in word.grams)
        self.fields = [FILE_FIELD, "digest", "order", "lang", "length", *WORD_FIELDS]

    def read(self, source: object) -> StoredDocument:
        """A document with these terms only. Raises EngineError as `read_document` does."""
        with _refuse_others():
            kept = take(dict, source)
            path, digest, order = _read_head(kept)
            lengths = {field: take(int, length) for field, length in take(dict, kept["length"]).items()}
            langs = [take(str, lang) for lang in take(list, kept["lang"])]
            texts = {field: take(str, kept[field]) for field in WORD_FIELDS if field in kept}
        held = {field: self._count(text) for field, text in texts.items()}
        held["lang"] = dict.fromkeys(langs, 1)
        if self.grams and lengths.get("grams"):
            held["grams"] = self._count_grams(_GAP.join(texts.values()), langs[0] if langs else "")
        return StoredDocument(path, digest, order, held, lengths)

    def _count(self, text: str) -> dict[str, int]:
        if len(self.terms) > _FEW:
            counts = Counter(text.split(_GAP))
            return {term: counts[term] for term in self.terms if term in counts}
        padded = f" {text} "
        return {term: count for term, sought in self.terms.items() if (count := padded.count(sought))}

    def _count_grams(self, text: str, lang: str) -> dict[str, int]:
        """The pieces as a document has them; they are made of its words, and so need not travel."""
        counts: dict[str, int] = {}
        for gram in self.grams:
            if gram in text:
                words = re.findall(rf"[^ ]*{re.escape(gram)}[^ ]*", text)
                counts[gram] = sum(gram_terms([word], lang).count(gram) for word in words)
        return {gram: count for gram, count in counts.items() if count}
