"""A text as a set of shingles, and that set as a MinHash: how alike two texts are, whatever the script.

A shingle is two neighbouring tokens as one number. A token is a word; where a script puts no
spaces between words (and in Hangul, whose endings vary) it is each run of a few characters, so
that a shingle covers about as much meaning everywhere. Case, punctuation and layout do not count.
Of texts with one word in ten changed, pairs of words told more from the rest than threes did.

A shingle's number is its CRC-32: the same in every run, unlike `hash`.
"""

import re
from array import array
from collections.abc import Iterable
from itertools import pairwise
from zlib import crc32

from kbcli.foundation.text.languages import normalize
from kbcli.foundation.typed import compile_late

BINS = 128
_BIN_SHIFT = 32 - BINS.bit_length() + 1

_WORD = compile_late(r"[^\W_]+")
_ASCII_WORD = compile_late(rb"[a-z0-9]+")
# Combining marks, and every script from Hebrew on: there a letter is not all that a word is made of.
# Compiled when a text needs it, as it takes a twentieth of a check.
_BEYOND_LETTERS = "[\u0300-\u036f\u0483-\u0489\u0590-\u1dff\u20d0-\u20ff\u2d80-\U0010ffff]"
_RUN = (
    r"(?P<short>[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\u3005-\u3007\u30fc\p{Hangul}]+)"
    r"|(?P<long>[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]+)"
    r"|[\p{L}\p{M}\p{N}--[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Hangul}"
    r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]]+"
)
# With two tokens a shingle: three characters of Han, Kana or Hangul; five of Thai and its kin.
_SHORT_GRAM, _LONG_GRAM = 2, 4


def split_tokens(text: str) -> list[str]:
    """The tokens of a text in order: casefolded words, or overlapping runs of characters."""
    if text.isascii():
        return _WORD.findall(text.lower())
    text = normalize("NFKC", normalize("NFKC", text).casefold())
    if re.search(_BEYOND_LETTERS, text) is None:
        return _WORD.findall(text)
    return _split_by_script(text)


def _split_by_script(text: str) -> list[str]:
    import regex

    tokens: list[str] = []
    for match in regex.finditer(_RUN, text, regex.V1):
        run, kind = match[0], match.lastgroup
        if kind is None:
            tokens.append(run)
            continue
        size = _SHORT_GRAM if kind == "short" else _LONG_GRAM
        tokens += [run[at : at + size] for at in range(max(1, len(run) - size + 1))]
    return tokens


def make_shingles(text: str) -> frozenset[int]:
    """The shingles of a text as 32-bit numbers; one for a text of a single token, none for an empty one."""
    tokens = (
        _ASCII_WORD.findall(text.lower().encode())
        if text.isascii()
        else [token.encode() for token in split_tokens(text)]
    )
    if len(tokens) < 2:
        return frozenset(map(crc32, tokens))
    return frozenset(map(crc32, map(b" ".join, pairwise(tokens))))


def make_signature(shingles: Iterable[int]) -> "array[int]":
    """The one-permutation MinHash of shingles: the least number in each of BINS bins, by the top bits.

    At most BINS numbers, fewer for a short text, none for an empty bin. The share of bins in which
    two signatures agree estimates the Jaccard similarity (Li, Owen and Zhang, One Permutation
    Hashing, 2012).
    """
    return array("I", {number >> _BIN_SHIFT: number for number in sorted(shingles, reverse=True)}.values())
