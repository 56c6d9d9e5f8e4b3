"""Tickets pack: the archive as one file, so that one person imports and everybody searches."""

from pathlib import Path

from kbcli.errors import UsageError
from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base
from kbcli.operations.tickets import open_tickets
from kbcli.support.tickets.pack import write_pack
from kbcli.support.tickets.place import refuse_in_git


class PackedTickets(NamedTuple):
    """The file that was written, its size in bytes, and how many tickets are in it."""

    path: str
    size: int
    tickets: int


def pack_tickets(kb: Base, file: str) -> PackedTickets:
    """Write the archive, redacted as it is, with its erasures, into a new file that `kb tickets import` takes.

    Raises UsageError for what names no file; RefusedError where the file exists, or lies where git would take it along; KbError where there is no archive.
    """
    path = Path(file)
    if not path.name or path.is_dir():
        raise UsageError(f"“{file}” names no file", "Name a new one: kb tickets pack ~/tickets.kbpack")
    refuse_in_git(path.parent, path.name)
    with open_tickets(kb) as archive, kb.show_progress("packing") as progress:
        count = write_pack(archive, path, progress or (lambda *_: None))
    return PackedTickets(str(path), path.stat().st_size, count)
