"""What the shell offers on Tab: card IDs, tags, owners. Silent when there is no knowledge base."""

import re
from collections.abc import Callable, Iterable, Sequence

from kbcli.errors import KbError
from kbcli.operations.base import Base

_LIMIT = 200
Complete = Callable[[str], list[str]]


def complete_choices(choices: Sequence[str]) -> Complete:
    """A completer for one of a few words."""
    return lambda incomplete: [choice for choice in choices if choice.startswith(incomplete)]


def complete_field(name: str) -> Complete:
    """A completer for `cards` (IDs), `pages` of the manual, or the values that a field has in the cards."""

    def complete(incomplete: str) -> list[str]:
        from kbcli.operations.offer import list_ids, list_pages, list_values

        try:
            if name == "cards":
                return _choose_plain(_put_starts_first(list_ids(Base()), incomplete.casefold()))
            words = list_pages() if name == "pages" else list_values(Base(), name)
        except (KbError, OSError):
            return []
        return _choose_plain(word for word in words if word.startswith(incomplete))

    return complete


def _put_starts_first(words: Sequence[str], typed: str) -> list[str]:
    """The words that begin with what was typed, then those that contain it."""
    starting = [word for word in words if word.casefold().startswith(typed)]
    return starting + [word for word in words if typed in word.casefold() and word not in starting]


def _choose_plain(words: Iterable[str]) -> list[str]:
    """Words that mean nothing to a shell: bash puts them on the command line as they are, and a clone may be hostile."""
    return [word for word in words if re.fullmatch(r"[\w@%+=:,./][\w@%+=:,./-]*", word)][:_LIMIT]
