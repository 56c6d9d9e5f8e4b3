"""Setting fields of a card by editing its bytes: what was not asked for stays as it is, byte for byte."""

from collections.abc import Mapping
from datetime import date

FieldValue = str | date | list[str] | dict[str, str]


def set_fields(data: bytes, changes: Mapping[str, FieldValue | None]) -> bytes:
    """The file with these front matter fields set; None deletes one. Names are those in the file.

    Raises RefusedError, with the reason and the line, when it cannot be done without touching anything else.
    """
    raise NotImplementedError
