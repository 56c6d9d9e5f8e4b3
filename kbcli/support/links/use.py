"""How often and how lately cards are linked to tickets, and what a search makes of it."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from kbcli.foundation.disk.files import CacheFile, Stamp, find_cache_folder, name_place, prepare_cache_folder
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.support.links import list_files

if TYPE_CHECKING:
    from kbcli.support.links.lines import LinkLine

HALF_LIFE = 90
"""Days after which a link counts half."""

MOST = 0.01
"""What use adds to the score of a card at most: it settles near ties, as doubts do (`ordering.DOUBT_FACTOR`)."""

HALF = 5.0
"""Links of today that add half of that."""

_CACHE = "use"
_USES = ("used", "fixed")
_LEAST = 0.5
_MOST_KEPT = 2000
_MOST_BYTES = 1_000_000


def rank_use(root: Path, boundary: Path, today: date) -> Mapping[str, float]:
    """What the scores of cards are multiplied by for their use, by ID: 1 + MOST × u / (u + HALF).

    u are the tickets that a card was linked to, each half as much after HALF_LIFE days. It is worked out once a
    day and once for each state of the files.
    """
    files = list_files(root, boundary)
    if not files:
        return {}
    known, factors = json.loads(_open_cache(root).read() or b"[null, {}]")
    if known != _make_key(files, today):
        from kbcli.support.links.lines import read_lines

        return keep_use(root, files, read_lines(root, boundary)[0], today)
    return dict(factors)


def keep_use(
    root: Path, files: Mapping[str, Stamp], lines: "Iterable[LinkLine]", today: date
) -> Mapping[str, float]:
    """Work out what `rank_use` says from the lines of these files, so that the next search need not read them."""
    factors = weigh_use(measure_use(lines, today))
    # Lines are added, and git replaces whole files: another state of one has another size or inode.
    cache = [_make_key(files, today), factors]
    if prepare_cache_folder(find_cache_folder(_CACHE)):
        _open_cache(root).write(json.dumps(cache, separators=(",", ":")).encode("ascii"))
    return factors


def _open_cache(root: Path) -> CacheFile:
    return CacheFile(find_cache_folder(_CACHE), f"{name_place(root)}.json", _MOST_BYTES)


def _make_key(files: Mapping[str, Stamp], today: date) -> list[object]:
    return [str(today), [[path, *stamp] for path, stamp in files.items()]]


def weigh_use(used: Mapping[str, float]) -> dict[str, float]:
    """The factors of the cards that are used most."""
    most = sorted(used, key=lambda card: (-used[card], card))[:_MOST_KEPT]
    return {
        card: round(1 + MOST * used[card] / (used[card] + HALF), 6) for card in most if used[card] >= _LEAST
    }


def list_tickets(lines: "Iterable[LinkLine]", since: date) -> dict[str, set[str]]:
    """The tickets that each card answered since a day, by the ID that the lines have."""
    found: dict[str, set[str]] = {}
    for line in lines:
        if line.on >= since and is_use(line):
            found.setdefault(line.card, set()).add(line.ticket)
    return found


def is_use(line: "LinkLine") -> bool:
    """Whether a line says that a ticket was answered from a card."""
    return bool(line.card) and line.outcome in _USES


def measure_use(lines: "Iterable[LinkLine]", today: date) -> dict[str, float]:
    """By card the tickets it answered, an old one counting less; a ticket counts by its last link, one of tomorrow as today's."""
    last: dict[tuple[str, str], int] = {}
    for line in lines:
        if is_use(line):
            age = max(0, (today - line.on).days)
            last[line.card, line.ticket] = min(age, last.get((line.card, line.ticket), age))
    used: dict[str, float] = {}
    for (card, _), age in last.items():
        used[card] = used.get(card, 0.0) + 0.5 ** (age / HALF_LIFE)
    return used
