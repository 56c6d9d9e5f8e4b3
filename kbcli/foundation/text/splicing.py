"""Other words in some places of a text."""

from collections.abc import Iterable


def replace_spans(text: str, changes: Iterable[tuple[int, int, str]]) -> str:
    """The text with other words from place to place, each as start, stop and what is to stand there, in order."""
    parts: list[str] = []
    position = 0
    for start, stop, new in changes:
        parts += (text[position:start], new)
        position = stop
    return "".join((*parts, text[position:]))
