"""What a terminal showed last: the hits, so that `kb show 1` opens the first, and the card, so that `kb link T` means it.

IDs and the query are kept, no text of cards.
"""

import json
import os
import time
from contextlib import suppress
from pathlib import Path

from kbcli.errors import CardNotFoundError, UsageError
from kbcli.foundation.disk.files import find_cache_folder, prepare_cache_folder, read_cache_file
from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base
from kbcli.operations.offer import find_path

_MOST_BYTES = 1_000_000
_DAYS_KEPT = 7
_SECONDS_MEANT = 8 * 3600
"""How long the last card is the one that is meant: a turn's work, not yesterday's."""


class LastHits(NamedTuple):
    """What was asked last, of which knowledge base, and the IDs of what was shown, in its order."""

    query: str
    root: str
    ids: tuple[str, ...]


def keep_hits(terminal: str, query: str, root: Path, ids: list[str]) -> None:
    """Remember the hits that a terminal shows; where that cannot be, numbers mean nothing later."""
    _keep(_find_file(terminal), {"query": query[:200], "root": os.fspath(root), "ids": ids})


def recall_hits(terminal: str) -> LastHits | None:
    """What `keep_hits` kept for a terminal, or None."""
    try:
        kept = json.loads(read_cache_file(_find_file(terminal), _MOST_BYTES) or b"")
        return LastHits(str(kept["query"]), str(kept["root"]), tuple(map(str, kept["ids"])))
    except (ValueError, TypeError, KeyError):
        return None


def keep_card(terminal: str, root: Path, ident: str) -> None:
    """Remember the card that was shown or replied with last in a terminal ("": none, nothing is kept)."""
    if terminal:
        _keep(_find_file(f"{terminal}-card"), {"root": os.fspath(root), "id": ident})


def recall_card(terminal: str, root: Path) -> str:
    """The ID that `keep_card` kept for a terminal lately, of this knowledge base. Raises UsageError where there is none."""
    path = _find_file(f"{terminal}-card")
    with suppress(ValueError, TypeError, KeyError, OSError):
        kept = json.loads(read_cache_file(path, _MOST_BYTES) or b"")
        if kept["root"] == os.fspath(root) and time.time() - path.lstat().st_mtime < _SECONDS_MEANT:
            return str(kept["id"])
    hint = 'Name one, or say what was asked: --none "export as PDF". After kb show or kb reply in this terminal, it is that card.'
    raise UsageError("which card answered it?", hint)


def _keep(path: Path, data: dict[str, object]) -> None:
    if not prepare_cache_folder(path.parent):
        return
    with suppress(OSError):
        for old in path.parent.iterdir():
            if time.time() - old.lstat().st_mtime > _DAYS_KEPT * 86400:
                old.unlink()
        path.unlink(missing_ok=True)
        with open(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as stream:
            stream.write(json.dumps(data))


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
