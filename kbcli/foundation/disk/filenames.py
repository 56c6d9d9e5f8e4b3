"""How names are written on disk, where a file system finds them written otherwise too."""

import os
import unicodedata
from pathlib import Path


def find_spelling(root: Path, path: str) -> str | None:
    """The POSIX `path` below `root` as its folders list it; None when nothing is there.

    A file system that ignores case, or how an accent is composed, finds `Refund.md` by `refund.md`
    too. Whether two paths are one file cannot be told by its number: hard links share it, and some
    file systems give each spelling its own. Raises OSError.
    """
    if not os.path.lexists(os.path.join(root, path)):
        return None
    folder, names = os.fspath(root), []
    for name in path.split("/"):
        listed = os.listdir(folder)
        if name not in listed:
            name = next((other for other in listed if _fold(other) == _fold(name)), name)  # noqa: PLW2901
        names.append(name)
        folder = os.path.join(folder, name)
    return "/".join(names)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
