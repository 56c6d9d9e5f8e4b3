"""Chinese in its two scripts: 截圖 and 截图 are one word, whichever a card is written in.

`traditional.txt` has the characters of Big5 that GB 2312 writes otherwise, and in its second line how (after
OpenCC's table).
"""

import os
from functools import cache
from itertools import product

_MOST = 4
"""So many traditional spellings of a pair are tried: 发 stands for two characters, few pairs for more than four."""


@cache
def _read_tables() -> tuple[dict[int, int], dict[str, list[str]]]:
    with open(os.path.join(os.path.dirname(__file__), "traditional.txt"), encoding="utf-8") as stream:
        traditional, simplified = stream.read().split()
    others: dict[str, list[str]] = {}
    for written, plain in zip(traditional, simplified, strict=True):
        others.setdefault(plain, [plain]).append(written)
    return str.maketrans(traditional, simplified), others


def simplify(text: str) -> str:
    """A text in simplified characters."""
    return text.translate(_read_tables()[0])


def respell(text: str) -> list[str]:
    """The other spellings of a few characters: simplified, or the traditional ones that may be meant; [] mostly."""
    plain = simplify(text)
    if plain != text:
        return [plain]
    _, others = _read_tables()
    choices = product(*(others.get(sign, [sign]) for sign in text))
    return [spelling for spelling in map("".join, choices) if spelling != text][:_MOST]
