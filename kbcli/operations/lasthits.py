"""The hits of the last search in a terminal, so that `kb show 1` opens the first: IDs and the query, no text of cards."""

import json
import os
import time
from contextlib import suppress
from pathlib import Path

from kbcli.errors import CardNotFoundError
from kbcli.foundation.disk.files import find_cache_folder, prepare_cache_folder, read_cache_file
from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base
from kbcli.operations.offer import find_path

_MOST_BYTES = 1_000_000
_DAYS_KEPT = 7


class LastHits(NamedTuple):
    """What was asked last, of which knowledge base, and the IDs of what was shown, in its order."""

    query: str
    root: str
    ids: tuple[str, ...]


def keep_hits(terminal: str, query: str, root: Path, ids: list[str]) -> None:
    """Remember the hits that a terminal shows; where that cannot be, numbers mean nothing later."""
    path = _find_file(terminal)
    if not prepare_cache_folder(path.parent):
        return
    text = json.dumps({"query": query[:200], "root": os.fspath(root), "ids": ids})
    with suppress(OSError):
        for old in path.parent.iterdir():
            if time.time() - old.lstat().st_mtime > _DAYS_KEPT * 86400:
                old.unlink()
        path.unlink(missing_ok=True)
        with open(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as stream:
            stream.write(text)


def recall_hits(terminal: str) -> LastHits | None:
    """What `keep_hits` kept for a terminal, or None."""
    data = read_cache_file(_find_file(terminal), _MOST_BYTES)
    try:
        kept = json.loads(data or b"")
        return LastHits(str(kept["query"]), str(kept["root"]), tuple(map(str, kept["ids"])))
    except (ValueError, TypeError, KeyError):
        return None


def name_hit(kb: Base, terminal: str, reference: str) -> str:
    """The ID of the card that a number stands for, by the last search here; anything else as it is.

    A card that is called so comes first. Raises CardNotFoundError for a number that the search does not have.
    """
    if not (reference.isascii() and reference.isdecimal() and (kept := recall_hits(terminal))):
        return reference
    try:
        find_path(kb, reference)
    except CardNotFoundError:
        number = int(reference[:9])
    else:
        return reference
    about = f"the last search here, “{kept.query}”,"
    if kept.root != os.fspath(kb.root):
        raise CardNotFoundError(f"no card is called “{reference}”, and {about} was of {kept.root}")
    if not 1 <= number <= len(kept.ids):
        raise CardNotFoundError(f"no card is called “{reference}”, and {about} shows {len(kept.ids)}")
    kb.say(f"{number} of “{kept.query}”: {kept.ids[number - 1]}")
    return kept.ids[number - 1]


def _find_file(terminal: str) -> Path:
    return find_cache_folder("hits") / f"{terminal}.json"
