"""Segments on disk say the same as the index in memory, however they came about."""

import random
from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest
from memoryindex import MemoryIndex

from kbcli.knowledge.index.documents import IndexDocument
from kbcli.knowledge.index.whoosh.committing import open_data
from kbcli.knowledge.index.whoosh.disk import DiskReader
from kbcli.knowledge.index.whoosh.segment_reader import SegmentReader
from kbcli.knowledge.index.whoosh.segment_writer import SegmentBuilder

Describe = Callable[[DiskReader], dict[str, object]]
Make = Callable[..., list[IndexDocument]]
SEEDS = (0, *(pytest.param(seed, marks=pytest.mark.stress) for seed in range(1, 8)))


def build(documents: Iterable[IndexDocument]) -> SegmentReader:
    """A segment of these documents, each with a digest made from its path."""
    builder = SegmentBuilder()
    for document in documents:
        builder.add(document, document.record.path.encode().ljust(16)[-16:])
    return open_data(builder.finish())


@pytest.mark.parametrize("seed", SEEDS)
def test_one_segment_equals_memory(seed: int, make_documents: Make, describe: Describe) -> None:
    """Every term, posting, weight, length, average and record is the one the memory index has."""
    documents = make_documents(200, seed)
    assert describe(DiskReader([build(documents)])) == describe(MemoryIndex(documents))


@pytest.mark.parametrize("seed", SEEDS)
def test_several_segments_with_deletions_equal_memory(
    seed: int, make_documents: Make, describe: Describe
) -> None:
    """Deleted documents leave no trace in postings, frequencies, averages or terms."""
    chance = random.Random(seed)
    documents = make_documents(300, seed)
    cuts = [0, *sorted(chance.sample(range(1, 300), 4)), 300]
    deleted = set(chance.sample(range(300), chance.choice((30, 1, 200))))
    segments = []
    for start, end in pairwise(cuts):
        segments.append(
            build(documents[start:end]).without(number - start for number in deleted if start <= number < end)
        )
    kept = [document for number, document in enumerate(documents) if number not in deleted]
    assert describe(DiskReader(segments)) == describe(MemoryIndex(kept))


@pytest.mark.parametrize("seed", SEEDS)
def test_absorbing_segments_equals_building_them_together(
    seed: int, make_documents: Make, describe: Describe
) -> None:
    """Merging loses nothing and brings nothing deleted back."""
    documents = make_documents(200, seed)
    first, second = build(documents[:90]).without(range(0, 90, 3)), build(documents[90:150])
    builder = SegmentBuilder()
    for document in documents[150:]:
        builder.add(document, bytes(16))
    builder.absorb(first)
    builder.absorb(second)
    kept = [document for number, document in enumerate(documents) if number >= 90 or number % 3]
    assert describe(DiskReader([open_data(builder.finish())])) == describe(MemoryIndex(kept))


def test_absorbed_documents_keep_their_digests(make_documents: Make) -> None:
    """The digest of a file goes with its document, or unchanged files would be read again."""
    documents = make_documents(9)
    builder = SegmentBuilder()
    builder.absorb(build(documents).without([2, 5]))
    reader = DiskReader([open_data(builder.finish())])
    for document in documents:
        number = reader.number_of(document.record.path)
        expected = (
            None
            if document in (documents[2], documents[5])
            else document.record.path.encode().ljust(16)[-16:]
        )
        assert (None if number is None else reader.digest(number)) == expected


def test_prefix_iteration_equals_memory(make_documents: Make) -> None:
    """Terms by prefix come in order and complete, over several segments too."""
    documents = make_documents(120)
    disk, memory = DiskReader([build(documents[:50]), build(documents[50:])]), MemoryIndex(documents)
    for prefix in ("", "w", "word1", "word299", "日", "zzz", "a" * 499, "x"):
        assert list(disk.terms("body", prefix)) == list(memory.terms("body", prefix)), prefix


def test_unknown_fields_and_terms_are_empty(make_documents: Make) -> None:
    """Asking for what is not there is no error."""
    reader = DiskReader([build(make_documents(3))])
    assert reader.postings("nothing", "word1") == ((), ())
    assert reader.postings("body", "nowhere") == ((), ())
    assert reader.document_frequency("nothing", "word1") == 0
    assert list(reader.terms("nothing")) == []
    assert bytes(reader.lengths("nothing")) == bytes(3)
    assert reader.number_of("nowhere.md") is None


def test_no_segments_is_an_empty_index() -> None:
    """An empty knowledge base can be searched."""
    reader = DiskReader([])
    assert (reader.doc_count, reader.postings("body", "x"), list(reader.terms("body"))) == (0, ((), ()), [])
    assert (reader.average_length("body"), bytes(reader.lengths("body"))) == (1.0, b"")


def test_large_numbers_need_no_unpickling(make_documents: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading never unpickles, whatever the size of document numbers and weights."""
    import pickle

    def refuse(*_: object, **__: object) -> object:
        raise AssertionError("something was unpickled")

    base = make_documents(1)[0]
    documents = [
        base._replace(terms={"body": ["rare"] if number % 7_000 == 0 else []}) for number in range(70_001)
    ]
    segment = build(documents)
    for name in ("loads", "load", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    assert list(segment.find_postings("body", "rare")[0]) == list(range(0, 70_001, 7_000))
