"""Tickets import: take the tickets of an export into the archive, redacted."""

from collections.abc import Sequence
from pathlib import Path

from kbcli.config import load_user_settings
from kbcli.errors import UsageError
from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base
from kbcli.operations.tickets import Retention, begin_tickets, find_tickets
from kbcli.support.tickets.export import Options, read_export
from kbcli.support.tickets.importing import (
    Imported,
    Intake,
    expire_tickets,
    import_pack,
    import_tickets,
    update_index,
)
from kbcli.support.tickets.index import load_tantivy
from kbcli.support.tickets.pack import is_pack, open_pack
from kbcli.support.tickets.recording import Recorder

NOTHING = Imported({}, {})


class ImportedTickets(NamedTuple):
    """What became of the exports, how many tickets have outlived their time now, and what is held after it.

    `is_rebuilt` says whether the index was made anew, `folder` where the archive is.
    """

    imported: Imported
    expired: int
    is_rebuilt: bool
    held: int
    folder: str
    retention: Retention


def import_export(
    kb: Base,
    paths: Sequence[str] = (),
    *,
    own: Sequence[str] = (),
    column: Sequence[str] = (),
    zone: str = "UTC",
    date_style: str = "iso",
) -> ImportedTickets:
    """Take in the exports in some files and folders, which belong together; without any only bring the archive in order.

    `own` are addresses, domains, logins and IDs of colleagues, beside those of the user's settings; `column` says which
    column of a table holds what (`question=Body`), `zone` and `date_style` how its dates are read. What outlived its
    time is erased. Raises UsageError, RefusedError for a file that is no export, KbError.
    """
    load_tantivy()
    retention = find_tickets(kb).retention
    mine = frozenset(name.strip().casefold() for name in (*own, *load_user_settings().tickets_own))
    options = Options(mine, _read_columns(column), zone, date_style)
    with begin_tickets(kb, make=bool(paths)) as recorder:
        imported = NOTHING
        if paths:
            imported = _import(kb, recorder, paths, options, retention)
            recorder.note_day(kb.today)
        expired, is_rebuilt = 0, False
        if not imported.is_interrupted:
            if retention.first_day is not None:
                expired = expire_tickets(recorder, retention.first_day)
            is_rebuilt = refresh_index(kb, recorder)
        held = recorder.count_tickets()
        return ImportedTickets(imported, expired, is_rebuilt, held, str(recorder.folder), retention)


def _import(
    kb: Base, recorder: Recorder, paths: Sequence[str], options: Options, retention: Retention
) -> Imported:
    intake = Intake(kb.config.lang, retention.first_day)
    packs = [path for path in map(Path, paths) if is_pack(path)]
    if packs and len(paths) > 1:
        raise UsageError("a pack is imported alone", "Name one pack, or the files of one export.")
    if packs:
        return import_pack(recorder, open_pack(packs[0]), intake)
    with kb.show_progress("importing") as progress:
        read = read_export([Path(path) for path in paths], options, progress or (lambda *_: None))
        return import_tickets(recorder, read, intake)


def refresh_index(kb: Base, recorder: Recorder) -> bool:
    """Bring the index in step with the archive; whether it was made anew."""
    with kb.show_progress("indexing") as progress:
        return update_index(recorder, progress or (lambda *_: None))


def _read_columns(given: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    for field, sign, header in pairs:
        if not (field and sign and header):
            raise UsageError(f"--column {field}{sign}{header} names no column", "Write it as question=Body.")
    return {field.strip(): header.strip() for field, _, header in pairs}
