"""Posting lists: written once, read the same by kb and, as a pickle, by Whoosh."""

import pickle
from io import BytesIO

import pytest
from hypothesis import given, strategies as st

from kbcli.knowledge.index.whoosh.postings import (
    DamagedIndexError,
    decode_block,
    decode_inline,
    decode_numbers,
    encode_block,
    encode_inline,
    encode_numbers,
)

numbers = st.lists(
    st.one_of(st.integers(0, 255), st.integers(0, 65_535), st.integers(0, 2**31 - 1)),
    min_size=1,
    max_size=400,
)


@given(numbers)
def test_numbers_round_trip(values: list[int]) -> None:
    """Any numbers come back as they were, and the end that is reported is where they end."""
    encoded = encode_numbers(values)
    found, end = decode_numbers(b"##" + encoded + b"##", 2, len(values))
    assert list(found) == values
    assert end == 2 + len(encoded)


@given(numbers)
def test_numbers_are_a_pickle(values: list[int]) -> None:
    """Whoosh, which unpickles them, gets the same numbers."""
    assert list(pickle.loads(b"\x80\x03" + encode_numbers(values) + b".")) == values


@given(st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=300, unique=True).map(sorted), st.data())
def test_block_round_trips(documents: list[int], data: st.DataObject) -> None:
    """A posting list on disk comes back as it was, and both its pickles are what Whoosh expects."""
    weights = data.draw(st.lists(st.integers(1, 70_000), min_size=len(documents), max_size=len(documents)))
    block = encode_block(documents, weights, 3, 9)
    found, counts = decode_block(block, len(documents))
    assert (list(found), list(counts)) == (documents, weights)
    stream = BytesIO(block[8:])
    assert pickle.load(stream) == (len(documents), documents[-1], max(weights), 0, 3, 9)
    gaps, pickled_weights, values = pickle.load(stream)
    assert (sum(gaps), list(pickled_weights)) == (documents[-1], weights)
    assert [int.from_bytes(values[at : at + 4], "big") for at in range(0, len(values), 4)] == weights


@given(st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=4, unique=True).map(sorted), st.data())
def test_inline_round_trips(documents: list[int], data: st.DataObject) -> None:
    """A short list, kept beside its term, comes back as it was."""
    weights = tuple(
        data.draw(st.lists(st.integers(1, 400), min_size=len(documents), max_size=len(documents)))
    )
    packed = encode_inline(documents, weights)
    found, counts = decode_inline(b"?" + packed, 1, len(documents))
    assert (list(found), tuple(counts)) == (documents, weights)
    ids, pickled_weights, values = pickle.loads(packed)
    assert (list(ids), tuple(pickled_weights), len(values)) == (documents, weights, len(documents))


@given(st.binary(max_size=200), st.integers(1, 60))
def test_other_bytes_are_refused(data: bytes, count: int) -> None:
    """Bytes that are no posting list raise DamagedIndexError, never anything else."""
    for decode in (lambda: decode_block(data, count), lambda: decode_inline(data, 0, count)):
        with pytest.raises(DamagedIndexError):
            decode()
