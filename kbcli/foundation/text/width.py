"""How many columns of a terminal text takes."""

from functools import lru_cache
from unicodedata import category, combining, east_asian_width


@lru_cache(maxsize=8192)
def sign_width(sign: str) -> int:
    """Columns of one character: 2 for wide and fullwidth ones (UAX #11), 0 for marks and format signs."""
    if combining(sign) or category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(sign) in ("W", "F") else 1


def text_width(text: str) -> int:
    """Columns of a text on one line."""
    return len(text) if text.isascii() else sum(map(sign_width, text))
