"""Chinese in its two scripts: 截圖 and 截图 are one word, whichever a card is written in.

`traditional.txt` has the characters of Big5 that GB 2312 writes otherwise, and in its second line how (after
OpenCC's table).
"""

import os
from collections.abc import Iterator
from functools import cache
from itertools import product

_MOST = 4
"""So many traditional spellings of a pair are tried: 发 stands for two characters, few pairs for more than four."""


@cache
def _read_tables() -> tuple[str, str]:
    with open(os.path.join(os.path.dirname(__file__), "traditional.txt"), encoding="utf-8") as stream:
        traditional, simplified = stream.read().split()
    return traditional, simplified


def simplify(text: str) -> str:
    """A text in simplified characters."""
    traditional, simplified = _read_tables()
    places = map(traditional.find, text)
    return "".join(sign if place < 0 else simplified[place] for sign, place in zip(text, places, strict=True))


def respell(text: str) -> list[str]:
    """The other spellings of a few characters: simplified, or the traditional ones that may be meant; [] mostly."""
    plain = simplify(text)
    if plain != text:
        return [plain]
    choices = product(*([sign, *_list_traditional(sign)] for sign in text))
    return [spelling for spelling in map("".join, choices) if spelling != text][:_MOST]


def _list_traditional(sign: str) -> Iterator[str]:
    """The traditional characters that one may be written for."""
    traditional, simplified = _read_tables()
    place = simplified.find(sign)
    while place >= 0:
        yield traditional[place]
        place = simplified.find(sign, place + 1)
