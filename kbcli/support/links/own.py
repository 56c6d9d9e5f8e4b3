"""The lines that were written in this clone: files are named at random, and a clone remembers the names of its own."""

import re
from pathlib import Path

from kbcli.foundation.disk.files import find_cache_folder, name_place, read_cache_file
from kbcli.foundation.disk.paths import resolve_inside
from kbcli.support.links.lines import FOLDER, LinkLine, read_lines

_ID = re.compile(r'"id": ?"([0-9a-f]+)"')


def list_own_files(root: Path) -> list[str]:
    """The paths below `root` of the files that this clone wrote, on whatever branch, oldest first."""
    names = _list_own_names(root)
    found = (root / FOLDER).glob("*/*.jsonl") if names else ()
    return sorted(path.relative_to(root).as_posix() for path in found if path.stem in names)


def list_own_lines(root: Path, boundary: Path) -> list[LinkLine]:
    """Of all lines that hold those that this clone wrote, on whatever branch, oldest first."""
    ids: set[str] = set()
    for path in list_own_files(root):
        text = resolve_inside(root / path, boundary).read_text(encoding="utf-8", errors="replace")
        ids.update(_ID.findall(text))
    return [line for line in read_lines(root, boundary)[0] if line.id in ids] if ids else []


def _list_own_names(root: Path) -> frozenset[str]:
    folder = find_cache_folder("links")
    found = (read_cache_file(path, 100) for path in folder.glob(f"{name_place(root)}-*"))
    return frozenset((data or b"").decode("ascii", "replace") for data in found) - {""}
