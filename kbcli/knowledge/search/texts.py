"""The texts of cards, read from their files while a search goes on."""

import os
from stat import S_ISREG

from kbcli.config import Config
from kbcli.foundation.disk.containment import find_boundary, is_inside
from kbcli.knowledge.index.record import CardRecord

SNIPPET_REACH = 200_000
"""Bytes of a body that snippets are cut from."""

FULL_REACH = 5_000_000
"""Bytes of a body that phrases are looked for in: all of the largest card there may be."""


class TextReader:
    """Reads bodies, each once. A file that is gone, no file, or outside the repository has none."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._boundary = find_boundary(config.root, config.git_root)
        self._bodies: dict[tuple[str, int], str] = {}

    def read_body(self, record: CardRecord, reach: int = SNIPPET_REACH) -> str:
        """The card's text after the front matter, newlines unified, at most `reach` bytes of it."""
        key = (record.path, reach)
        if key not in self._bodies:
            if len(self._bodies) > 256:
                self._bodies.clear()
            self._bodies[key] = _decode(
                self.read_bytes(record, record.body_offset + reach), record.body_offset
            )
        return self._bodies[key]

    def read_header(self, record: CardRecord) -> str:
        """What stands above the card's text: its front matter, newlines unified."""
        return _decode(self.read_bytes(record, record.body_offset), 0)

    def read_bytes(self, record: CardRecord, length: int) -> bytes:
        """The first bytes of the card's file; none when it may not or cannot be read."""
        full = os.path.join(self._config.root, record.path)
        try:
            if not S_ISREG(os.stat(full).st_mode) or not is_inside(full, self._boundary):
                return b""
            with open(full, "rb", buffering=0) as stream:
                return stream.read(length) or b""
        except (OSError, ValueError):
            return b""


def _decode(data: bytes, offset: int) -> str:
    """The text from a byte on, in the encoding that cards are read in; a sign cut at the end is left out."""
    body = data[offset:]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        order = "utf-16-le" if data.startswith(b"\xff\xfe") else "utf-16-be"
        text = body.decode(order, "ignore")
    else:
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            cut = error.start >= len(body) - 3 and error.reason == "unexpected end of data"
            text = body[: error.start].decode("utf-8") if cut else body.decode("cp1252", "replace")
    text = text.removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
