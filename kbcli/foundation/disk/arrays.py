"""Numbers as bytes that do not depend on the machine."""

import sys
from array import array
from collections.abc import Iterable


def pack_array(kind: str, numbers: Iterable[int], order: str) -> bytes:
    """Numbers of one kind of `array`, in the byte order `little` or `big`."""
    packed = array(kind, numbers)
    if sys.byteorder != order:
        packed.byteswap()
    return packed.tobytes()


def unpack_array(kind: str, raw: bytes | bytearray) -> "array[int]":
    """The numbers that `pack_array` made little-endian bytes of. Raises ValueError for a part of one."""
    numbers = array(kind)
    numbers.frombytes(raw)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
