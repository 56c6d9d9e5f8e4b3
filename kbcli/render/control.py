"""Machine formats carry no control characters: what a card puts into one cannot break or fake it."""

import re

# All that XML 1.0 forbids (https://www.w3.org/TR/xml/#charsets), C1 controls, lone surrogates, and
# the marks that reorder or hide text.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff"
    "\ud800-\udfff\ufffe\uffff\U000e0000-\U000e007f]"
)


def drop_controls(text: str) -> str:
    """The text without control characters; tabs and newlines stay."""
    return text if text.isascii() and text.isprintable() else _FORBIDDEN.sub("", text)


def strip_controls(text: str) -> str:
    """One line without control characters: white space collapsed, the rest taken out."""
    return drop_controls(" ".join(text.split()))
