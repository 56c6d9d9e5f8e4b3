"""The hits of the last search in this terminal, so that `kb show 1` opens the first: IDs and the query, no text of cards."""

import json
import os
import sys
import time
from pathlib import Path

from kbcli.errors import CardNotFoundError
from kbcli.foundation.disk.files import find_cache_folder, prepare_cache_folder, read_cache_file
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kbcli.doors.cli.session import Session

_MOST_BYTES = 1_000_000
_DAYS_KEPT = 7


class LastHits(NamedTuple):
    """What was asked last, of which knowledge base, and the IDs of what was shown, in its order."""

    query: str
    root: str
    ids: tuple[str, ...]


def keep_hits(query: str, root: Path, ids: list[str]) -> None:
    """Remember the hits that this terminal shows; where that cannot be, numbers mean nothing later."""
    path = _find_file()
    if path is None or not prepare_cache_folder(path.parent):
        return
    text = json.dumps({"query": query[:200], "root": os.fspath(root), "ids": ids})
    try:
        for old in path.parent.iterdir():
            if time.time() - old.lstat().st_mtime > _DAYS_KEPT * 86400:
                old.unlink()
        path.unlink(missing_ok=True)
        with open(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as stream:
            stream.write(text)
    except OSError:
        return


def recall_hits() -> LastHits | None:
    """What `keep_hits` kept for this terminal, or None."""
    path = _find_file()
    data = read_cache_file(path, _MOST_BYTES) if path is not None else None
    try:
        kept = json.loads(data or b"")
        return LastHits(str(kept["query"]), str(kept["root"]), tuple(map(str, kept["ids"])))
    except (ValueError, TypeError, KeyError):
        return None


def name_hit(session: "Session", reference: str) -> str:
    """The ID of the card that a number stands for, by the last search here; anything else as it is.

    A card that is called so comes first. Raises CardNotFoundError for a number that the search does not have.
    """
    if not (reference.isascii() and reference.isdecimal() and (kept := recall_hits())):
        return reference
    from kbcli.operations.offer import find_path

    try:
        find_path(session.base, reference)
    except CardNotFoundError:
        number = int(reference[:9])
    else:
        return reference
    about = f"the last search here, “{kept.query}”,"
    if kept.root != os.fspath(session.base.root):
        raise CardNotFoundError(f"no card is called “{reference}”, and {about} was of {kept.root}")
    if not 1 <= number <= len(kept.ids):
        raise CardNotFoundError(f"no card is called “{reference}”, and {about} shows {len(kept.ids)}")
    session.say(f"{number} of “{kept.query}”: {kept.ids[number - 1]}")
    return kept.ids[number - 1]


def _find_file() -> Path | None:
    """The file of this terminal and session; None where there is no terminal."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        try:
            name = os.ttyname(stream.fileno())
            return find_cache_folder("hits") / f"{name.strip('/').replace('/', '-')}-{os.getsid(0)}.json"
        except (AttributeError, OSError, ValueError):
            continue
    return None
