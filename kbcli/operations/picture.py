"""A picture that a card shows: read from inside the knowledge base, for a page."""

from pathlib import Path
from typing import BinaryIO

from kbcli.errors import KbError
from kbcli.foundation.disk.paths import is_inside
from kbcli.operations.base import Base

MAX_BYTES = 10_000_000


def read_picture(kb: Base, path: str) -> bytes:
    """The bytes of a file of the knowledge base, by its path there. Raises as `open_picture`."""
    with open_picture(kb, path) as stream:
        return stream.read()


def open_picture(kb: Base, path: str) -> BinaryIO:
    """A file of the knowledge base to be read, by its path there. Raises KbError for what is none, or too large."""
    config = kb.config
    found = config.locate(path)
    if not is_inside(found, config.root):
        raise KbError("there is no such picture")
    # A link may lead to what is no picture, a card or kb.toml, or into .git.
    real = found.relative_to(config.root)
    is_hidden = any(part.startswith(".") for part in (*path.split("/"), *real.parts))
    is_named_so = real.suffix.casefold() == Path(path).suffix.casefold()
    if is_hidden or not is_named_so or not found.is_file() or found.stat().st_size > MAX_BYTES:
        raise KbError("there is no such picture")
    return found.open("rb")
