"""Machine formats carry no control characters: what a card puts into one cannot break or fake it."""

import re

# All that XML 1.0 forbids (https://www.w3.org/TR/xml/#charsets), C1 controls, lone surrogates, and
# the marks that reorder text.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def strip_controls(text: str) -> str:
    """One line without control characters: white space collapsed, the rest taken out."""
    text = " ".join(text.split())
    return text if text.isascii() and text.isprintable() else _FORBIDDEN.sub("", text)
