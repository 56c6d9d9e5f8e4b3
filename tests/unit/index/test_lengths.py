"""Length codes: Whoosh's own, exact when short."""

from whoosh.util.numeric import byte_to_length, length_to_byte

from kbcli.knowledge.index.schema import LENGTHS, encode_length


def test_codes_are_those_of_whoosh() -> None:
    """Every length has the code that Whoosh gives it, and every code Whoosh's length."""
    lengths = [*range(3_000), *range(3_000, 120_000, 17), 106_373, 106_374, 10**9]
    assert [encode_length(length) for length in lengths] == [length_to_byte(length) for length in lengths]
    assert list(LENGTHS) == [byte_to_length(code) for code in range(256)]


def test_short_lengths_are_exact_and_none_is_zero() -> None:
    """Up to ten terms the code is the length, and a length has code 0 only when it is 0."""
    assert [encode_length(length) for length in range(11)] == list(range(11))
    assert LENGTHS[encode_length(0)] == 0
