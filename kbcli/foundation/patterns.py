"""Regular expressions that are compiled when they are first used, and ranges of signs.

Python compiles in Python: those of one check, of which it needs a third, would take as long as reading a hundred cards.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache

from kbcli.foundation.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    compile_late = re.compile
else:

    class compile_late:  # noqa: N801  to its users it is `re.compile`
        """A pattern with all that one of `re.compile` has."""

        def __init__(self, source: str, flags: int = 0) -> None:
            self._source = source, flags

        def __getattr__(self, name: str) -> Any:
            found = getattr(re.compile(*self._source), name)
            setattr(self, name, found)
            return found


def read_ranges(signs: str) -> Iterator[range]:
    """The code points of signs that are listed one by one or as `a-z`."""
    for first, last in re.findall("(?s)(.)(?:-(.))?", signs):
        yield range(ord(first), ord(last or first) + 1)


@cache
def list_bounds(signs: str) -> list[int]:
    """Where ranges of signs that do not overlap begin and where they have ended, in turn."""
    return sorted(bound for found in read_ranges(signs) for bound in (found.start, found.stop))


def is_among(sign: str, signs: str) -> bool:
    """Whether a sign is one of those that are listed: a set of many in a pattern takes long to compile."""
    return bisect_right(list_bounds(signs), ord(sign)) % 2 == 1
