"""Which card answered which ticket, and what was asked and not found."""

import os
from pathlib import Path

from kbcli.foundation.disk.files import Stamp, make_stamp
from kbcli.foundation.disk.paths import is_inside

FOLDER = "support/links"
_MOST_BYTES = 50_000_000


def list_files(root: Path, boundary: Path) -> dict[str, Stamp]:
    """The files of lines that a knowledge base has, with their stamps, by path below `root`, sorted: the identity of its links.

    Links, what lies outside of the repository and what is too large to be lines are none of them.
    """
    found: dict[str, Stamp] = {}
    folder = os.path.join(root, FOLDER)
    try:
        if not is_inside(folder, boundary):
            return {}
        for month in _list_entries(folder):
            for entry in _list_entries(month.path) if month.is_dir(follow_symlinks=False) else ():
                if entry.name.endswith(".jsonl") and entry.is_file(follow_symlinks=False):
                    stamp = make_stamp(entry.stat(follow_symlinks=False))
                    if stamp.size <= _MOST_BYTES:
                        found[f"{FOLDER}/{month.name}/{entry.name}"] = stamp
    except OSError:
        return {}
    return found


def _list_entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)
