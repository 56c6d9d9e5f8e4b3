"""One byte for how long a field is: exact up to 10 terms, about 3 % steps above.

The code is Whoosh's (`whoosh.util.numeric.length_to_byte`), so its readers agree with ours:
code n stands for round((1.033**n - 1) * 27) terms, 255 for 106,374 or more.
"""

from bisect import bisect_left

LENGTHS: tuple[int, ...] = tuple(round((1.033**code - 1) * 27) for code in range(256))
"""The number of terms that each code stands for."""

_ENCODED = tuple(bisect_left(LENGTHS, length) for length in range(LENGTHS[128]))


def encode_length(length: int) -> int:
    """The code, 0 to 255, of a number of terms; 0 only for none. Never raises."""
    if 0 <= length < len(_ENCODED):
        return _ENCODED[length]
    return min(bisect_left(LENGTHS, length), 255)


def decode_length(code: int) -> int:
    """The number of terms that a code, 0 to 255, stands for."""
    return LENGTHS[code]
