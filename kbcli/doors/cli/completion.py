"""What the shell offers on Tab: card IDs, tags, owners. Silent when there is no knowledge base."""

import os
import re
from collections.abc import Callable
from pathlib import Path

from kbcli.errors import KbError

_LIMIT = 200


def complete_cards(incomplete: str) -> list[str]:
    """IDs that begin with what was typed, then those that contain it."""
    try:
        from kbcli.config import find_root, load_config
        from kbcli.foundation.git.worktree import find_git_root
        from kbcli.knowledge.cards.walk import card_id, list_card_files

        root = find_root(None, os.environ, Path.cwd())
        config = load_config(root, find_git_root(root))
        ids = [card_id(entry.path, config) for entry in list_card_files(config)]
    except (KbError, OSError):
        return []
    typed = incomplete.casefold()
    starting = [ident for ident in ids if ident.casefold().startswith(typed)]
    inside = [ident for ident in ids if typed in ident.casefold() and ident not in starting]
    return [ident for ident in (*starting, *inside) if _is_plain(ident)][:_LIMIT]


def _is_plain(text: str) -> bool:
    """Whether a text means nothing to a shell: bash puts it on the command line as it is, and a clone may be hostile."""
    return re.fullmatch(r"[\w@%+=:,./][\w@%+=:,./-]*", text) is not None


def complete_values(name: str) -> Callable[[str], list[str]]:
    """A completer for the values that a field (`tags`, `owners`, `type`, `product`, `lang`) has in the cards."""

    def complete(incomplete: str) -> list[str]:
        try:
            from kbcli.config import find_root, load_config
            from kbcli.foundation.git.worktree import find_git_root
            from kbcli.knowledge.cards.library import load_library

            root = find_root(None, os.environ, Path.cwd())
            library = load_library(load_config(root, find_git_root(root)))
        except (KbError, OSError):
            return []
        found: set[str] = set()
        for card in library.cards:
            value = getattr(card, name)
            found.update(value if isinstance(value, tuple) else (value,))
        return sorted(value for value in found if _is_plain(value) and value.startswith(incomplete))[:_LIMIT]

    return complete
