"""Things by what they have in common, and so many at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def group_pairs(pairs: Iterable[tuple[Key, Value]]) -> dict[Key, list[Value]]:
    """The values of each key, both in the order in which they come."""
    groups: dict[Key, list[Value]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def chunk_items(items: Iterable[Value], size: int) -> Iterator[list[Value]]:
    """The items in their order, so many at a time; the last may be fewer."""
    waiting = iter(items)
    while chunk := list(islice(waiting, size)):
        yield chunk
