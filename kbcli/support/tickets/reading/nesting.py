"""JSON that is nested as no help desk writes it: cut at a depth, since reading it takes the square of its depth."""

import re
from typing import BinaryIO

DEEPEST = 100
"""How many lists and objects may be in one another."""

LONGEST_TEXT = 64_000_000
"""Bytes of one text: longer ones are of no help desk, and what reads them starts anew with each piece."""

_REST = rb'[^"\\]*+(?:\\.[^"\\]*+)*+("|\\?\Z)'
_TOKEN = re.compile(rb'"' + _REST + rb"|[\[{]|[\]}]", re.DOTALL)
_REST_OF_STRING = re.compile(_REST, re.DOTALL)


class ShallowJson:
    """A stream of JSON in which each list or object that is nested deeper than `DEEPEST` is null; all else is as it was.

    Raises ValueError for a text longer than LONGEST_TEXT.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._depth = 0
        # How a string that began before goes on: None outside of one, 1 where its next byte is escaped.
        self._string: int | None = None
        self._length = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes, b"" only at the end of the stream."""
        while data := self._stream.read(size):
            if kept := self._cut(data):
                return kept
        return b""

    def _cut(self, data: bytes) -> bytes:
        kept: list[bytes] = []
        # Where what is kept goes on; None while too deep.
        begin = None if self._depth > DEEPEST else 0
        at = 0
        if self._string is not None:
            rest = _REST_OF_STRING.match(data, self._string)
            at = rest.end() if rest else len(data)
            self._length += at
            if self._length > LONGEST_TEXT:
                raise ValueError("a text is longer than 64 MB")
            self._note_string(rest)
        for match in _TOKEN.finditer(data, at):
            sign = data[match.start()]
            if sign in b"[{":
                self._depth += 1
                if self._depth == DEEPEST + 1:
                    kept += (data[begin : match.start()], b"null")
                    begin = None
            elif sign in b"]}":
                self._depth -= 1
                begin = match.end() if self._depth == DEEPEST and begin is None else begin
            else:
                self._note_string(match)
        if begin is not None:
            kept.append(data[begin:] if begin else data)
        return b"".join(kept)

    def _note_string(self, match: re.Match[bytes] | None) -> None:
        """Remember whether a string ends where the match does."""
        end = match[1] if match else b""
        self._string = None if end == b'"' else len(end)
        self._length *= self._string is not None
