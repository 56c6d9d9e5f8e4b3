"""What the web answered not long ago, kept in the user's cache folder as JSON."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from kbcli.foundation.disk.cachefiles import (
    find_cache_folder,
    prepare_cache_folder,
    read_cache_file,
    write_cache_file,
)
from kbcli.foundation.weblinks.outcomes import BROKEN, FINE, MOVED, Outcome

FILE_NAME = "links.json"
# A broken link is asked for again soon, since someone is mending it; what could not be told, at once.
LIFETIMES: Mapping[str, float] = {FINE: 86_400.0, MOVED: 86_400.0, BROKEN: 900.0}
MAX_ENTRIES = 50_000
MAX_BYTES = 64 * 1024 * 1024

_VERSION = 1
_CLOCK_SLACK = 60.0
_LOCK_WAIT = 5.0


def find_link_folder() -> Path:
    """The folder of the link cache, which need not exist."""
    return find_cache_folder("web")


class LinkCache:
    """Outcomes by address, each until its time is up. A cache that is damaged or not ours is empty.

    The file lies in a folder that only the user may enter, since addresses can hold secrets.
    """

    def __init__(self, folder: Path, now: float) -> None:
        self._path = folder / FILE_NAME
        self._now = now
        self._new: dict[str, Outcome] = {}
        self._usable = prepare_cache_folder(folder)
        self._known = self._read() if self._usable else {}

    def find(self, url: str) -> Outcome | None:
        """What is known of an address, or None."""
        entry = self._known.get(url)
        return entry[0] if entry is not None else None

    def note(self, url: str, outcome: Outcome) -> None:
        """Remember an outcome, if it is of a kind to be remembered."""
        if outcome.kind in LIFETIMES:
            self._new[url] = outcome

    def save(self) -> None:
        """Write what is new, beside what another kb has written meanwhile. Never fails: it is only a cache."""
        if not (self._usable and self._new):
            return
        from filelock import FileLock, Timeout

        lock = FileLock(f"{self._path}.lock", timeout=_LOCK_WAIT, mode=0o600)
        with contextlib.suppress(OSError, Timeout), lock:
            entries = self._read()
            entries.update({url: (outcome, self._now) for url, outcome in self._new.items()})
            newest = sorted(entries.items(), key=lambda item: -item[1][1])[:MAX_ENTRIES]
            rows = {url: [*outcome[:4], round(moment)] for url, (outcome, moment) in sorted(newest)}
            write_cache_file(self._path, json.dumps({"version": _VERSION, "links": rows}).encode())

    def _read(self) -> dict[str, tuple[Outcome, float]]:
        """The entries on disk whose time is not up."""
        try:
            data = json.loads(read_cache_file(self._path, MAX_BYTES) or b"")
        except (ValueError, RecursionError):
            return {}
        if (
            not isinstance(data, dict)
            or data.get("version") != _VERSION
            or not isinstance(data.get("links"), dict)
        ):
            return {}
        found = {}
        for url, row in data["links"].items():
            if (entry := _read_row(row)) and self._is_fresh(*entry):
                found[url] = entry
        return found

    def _is_fresh(self, outcome: Outcome, moment: float) -> bool:
        return -_CLOCK_SLACK <= self._now - moment < LIFETIMES.get(outcome.kind, 0.0)


def _read_row(row: object) -> tuple[Outcome, float] | None:
    match row:
        case [str(kind), str(message), str(url), int(status), int() | float() as moment]:
            return Outcome(kind, message, url, status), moment
    return None
