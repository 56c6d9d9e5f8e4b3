"""A picture that a card shows: read from inside the knowledge base, for a page."""

from kbcli.errors import KbError
from kbcli.foundation.disk.paths import is_inside
from kbcli.operations.base import Base

MAX_BYTES = 10_000_000


def read_picture(kb: Base, path: str) -> bytes:
    """The bytes of a file of the knowledge base, by its path there. Raises KbError for what is none, or too large."""
    config = kb.config
    found = config.locate(path)
    parts = path.split("/")
    is_plain = is_inside(found, config.root) and not any(part.startswith(".") for part in parts)
    if not is_plain or not found.is_file() or found.stat().st_size > MAX_BYTES:
        raise KbError("there is no such picture")
    return found.read_bytes()
