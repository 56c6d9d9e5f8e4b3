"""Characters that show nothing and do something, as ranges for a class of a regular expression."""

import re

CONTROLS = "\x00-\x08\x0e-\x1f\x7f-\x9f"
"""C0 but white space, DEL, C1: they can move a cursor."""
TURNS = "\u202a-\u202e\u2066-\u2069"
"""Bidirectional overrides and isolates: they reorder a line."""
HALVES = "\ud800-\udfff"
"""Lone surrogates: no text in UTF-8 has one."""


def has_hidden(text: str) -> bool:
    """Whether some of a text would hide or reorder words in a file, in git's log or on a forge, or cannot be written; a break between lines is none."""
    return re.search(f"[{CONTROLS}{TURNS}{HALVES}]", text) is not None
