"""What kb can do with earlier tickets; each knows the archive by `open_tickets`."""

from kbcli.config import load_user_settings
from kbcli.errors import KbError
from kbcli.operations.base import Base
from kbcli.support.tickets.archive import Archive, open_archive
from kbcli.support.tickets.place import Place, find_place


def find_tickets_place(kb: Base) -> Place:
    """Where the archive of the base is, by the user's settings. Raises ConfigError."""
    settings = load_user_settings()
    for warning in settings.warnings:
        kb.say(warning)
    return find_place(kb.config, settings)


def open_tickets(kb: Base) -> Archive:
    """The archive, for reading; close it. Raises KbError where there is none, or it cannot be read."""
    place = find_tickets_place(kb)
    archive = open_archive(place.folder)
    if archive is None:
        where = f" ({place.origin} says {place.folder})" if place.origin else ""
        raise KbError(f"there is no ticket archive yet{where}", "Begin one: kb tickets import EXPORT")
    return archive
