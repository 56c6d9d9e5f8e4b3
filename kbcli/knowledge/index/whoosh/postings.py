"""Posting lists as bytes that Whoosh unpickles and that kb reads without unpickling.

Whoosh's W3 format keeps each block of postings as a pickled tuple (document numbers as
differences, weights, values). A pickle is a small program, so kb never runs one: it writes
pickles of one fixed shape, in which every number has the same width, and reads the numbers
where they must stand. Numbers below 256 are a pickled `bytes`, larger ones a pickled tuple
of two-byte or four-byte integers; Whoosh takes either for a sequence of numbers.
"""

from collections.abc import Sequence
from itertools import accumulate
from operator import sub
from struct import Struct

from kbcli.errors import KbError
from kbcli.foundation.disk.files import pack_array, unpack_array

MAGIC = b"W3Bl"
INLINE_LIMIT = 4

_START = b"\x80\x03"
_END = b"\x87."
_SHORT_BYTES, _LONG_BYTES, _MARK = ord("C"), ord("B"), ord("(")
_OPCODES = {2: ord("M"), 4: ord("J")}
_TYPES = {2: "H", 4: "i"}
_WIDTHS = {ord("M"): 2, ord("J"): 4}
_LENGTH = Struct("<I")
_BLOCK_LENGTH = Struct("!i")
# Number of postings, last document, largest weight, compression, shortest and longest field: six BININTs.
_INFO = Struct("<3s Bi Bi Bi Bi Bi Bi 2s")
_BODY_START = len(MAGIC) + _BLOCK_LENGTH.size + _INFO.size
_SMALL_TAILS: dict[tuple[int, ...], bytes] = {}


class DamagedIndexError(KbError):
    """What was read from the index is not what was written there; it must be built again."""


def encode_numbers(numbers: Sequence[int]) -> bytes:
    """Pickle opcodes for a sequence of numbers from 0 to 2**31 - 1; it must not be empty."""
    count, largest = len(numbers), max(numbers)
    if largest < 256:
        start = bytes((_SHORT_BYTES, count)) if count < 256 else bytes((_LONG_BYTES,)) + _LENGTH.pack(count)
        return start + bytes(numbers)
    width = 2 if largest < 65_536 else 4
    raw = pack_array(_TYPES[width], numbers, "little")
    spread = bytearray((_OPCODES[width],)) * (count * (width + 1))
    for place in range(width):
        spread[place + 1 :: width + 1] = raw[place::width]
    return b"(" + spread + b"t"


def decode_numbers(data: bytes, start: int, count: int) -> tuple[Sequence[int], int]:
    """The `count` numbers that `encode_numbers` put at `start`, and where they end.

    Raises DamagedIndexError when something else stands there.
    """
    kind = data[start]
    if kind in (_SHORT_BYTES, _LONG_BYTES):
        head = 2 if kind == _SHORT_BYTES else 5
        stated = data[start + 1] if head == 2 else _LENGTH.unpack_from(data, start + 1)[0]
        end = start + head + count
        if stated != count or end > len(data):
            raise DamagedIndexError("a posting list of the index is damaged")
        return data[start + head : end], end
    width = _WIDTHS.get(data[start + 1], 0)
    end = start + 1 + count * (width + 1)
    if kind != _MARK or not width or data[end : end + 1] != b"t":
        raise DamagedIndexError("a posting list of the index is damaged")
    raw = bytearray(count * width)
    for place in range(width):
        raw[place::width] = data[start + 2 + place : end : width + 1]
    return unpack_array(_TYPES[width], raw), end + 1


def encode_block(numbers: Sequence[int], weights: Sequence[int], shortest: int, longest: int) -> bytes:
    """A whole posting list as one W3 block, for the postings file.

    `shortest` and `longest` are the length codes that Whoosh keeps for its block quality.
    """
    gaps = [numbers[0], *map(sub, numbers[1:], numbers)]
    body = _START + encode_numbers(gaps) + encode_numbers(weights) + _encode_values(weights) + _END
    integer = _OPCODES[4]
    info = _INFO.pack(
        b"\x80\x03(", integer, len(numbers), integer, numbers[-1], integer, max(weights), integer, 0,
        integer, shortest, integer, longest, b"t.",
    )  # fmt: skip
    # A negative length tells Whoosh that this is the last block of the list.
    return MAGIC + _BLOCK_LENGTH.pack(-(len(info) + len(body))) + info + body


def decode_block(data: bytes, count: int) -> tuple[Sequence[int], Sequence[int]]:
    """Document numbers and weights of a block. Raises DamagedIndexError."""
    if data[:4] != MAGIC:
        raise DamagedIndexError("a posting list of the index is damaged")
    gaps, weights = decode_inline(data, _BODY_START, count)
    return list(accumulate(gaps)), weights


def encode_inline(numbers: Sequence[int], weights: tuple[int, ...]) -> bytes:
    """A posting list of up to INLINE_LIMIT documents, kept beside its term."""
    tail = _SMALL_TAILS.get(weights)
    if tail is None:
        values = b"".join(b"C\x04" + weight.to_bytes(4, "big") for weight in weights)
        tail = encode_numbers(weights) + b"(" + values + b"t" + _END
        if max(weights) < 256:
            _SMALL_TAILS[weights] = tail
    return encode_start(numbers) + tail


def encode_start(numbers: Sequence[int]) -> bytes:
    """The part of an inline posting list that holds the documents' numbers."""
    if len(numbers) == 1 and 255 < numbers[0] < 65_536:
        return b"\x80\x03(M" + numbers[0].to_bytes(2, "little") + b"t"
    return _START + encode_numbers(numbers)


def decode_inline(data: bytes, start: int, count: int) -> tuple[Sequence[int], Sequence[int]]:
    """Document numbers and weights that `encode_inline` put at `start`. Raises DamagedIndexError."""
    try:
        if data[start : start + 2] != _START:
            raise DamagedIndexError("a posting list of the index is damaged")
        numbers, end = decode_numbers(data, start + 2, count)
        weights, _ = decode_numbers(data, end, count)
    except (IndexError, ValueError) as error:
        raise DamagedIndexError("a posting list of the index is damaged") from error
    return numbers, weights


def _encode_values(weights: Sequence[int]) -> bytes:
    """What Whoosh's Frequency format keeps of each posting: the frequency in four bytes."""
    raw = pack_array("I", weights, "big")
    return bytes((_LONG_BYTES,)) + _LENGTH.pack(len(raw)) + raw
