"""What kb can do with earlier tickets; each knows the archive by `open_tickets`, and who may write to it by `begin_tickets`."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date

from kbcli.config import UserSettings, load_user_settings
from kbcli.errors import KbError
from kbcli.foundation.calendar import add_interval, parse_interval
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.operations.base import Base
from kbcli.support.tickets.archive import Archive, open_archive
from kbcli.support.tickets.place import Place, find_place

if TYPE_CHECKING:
    from kbcli.support.tickets.recording import Recorder

KEEP = "24m"


class Retention(NamedTuple):
    """How long what was said is kept (`24m`, `never` to end it), who says so, and the first day that is kept."""

    keep: str
    origin: str
    first_day: date | None


class TicketsPlace(NamedTuple):
    """Where the archive of a base is, and how long it keeps what was said."""

    place: Place
    retention: Retention


def find_tickets(kb: Base) -> TicketsPlace:
    """Where the archive of the base is, by the user's settings, and its retention, by them or kb.toml. Raises ConfigError."""
    settings = load_user_settings()
    for warning in settings.warnings:
        kb.say(warning)
    return TicketsPlace(find_place(kb.config, settings), _find_retention(kb, settings))


def _find_retention(kb: Base, settings: UserSettings) -> Retention:
    said = [
        (settings.tickets_keep, str(settings.path)),
        (kb.config.tickets_keep, "kb.toml"),
        (KEEP, "default"),
    ]
    keep, origin = next((text, origin) for text, origin in said if text)
    interval = parse_interval(keep)
    if interval.is_never:
        return Retention(keep, origin, None)
    first = add_interval(kb.today, interval._replace(amount=-interval.amount))
    # Before the first year of the calendar there is no day: then nothing is too old.
    return Retention(keep, origin, first if first < kb.today else None)


def open_tickets(kb: Base) -> Archive:
    """The archive, for reading; close it. Raises KbError where there is none, or it cannot be read."""
    place = find_tickets(kb).place
    archive = open_archive(place.folder)
    if archive is None:
        raise name_missing(place)
    return archive


@contextmanager
def begin_tickets(kb: Base, *, make: bool = False) -> "Iterator[Recorder]":
    """The archive, for the one who writes to it, begun where there is none if it is to be made. Raises KbError."""
    place = find_tickets(kb).place
    if not make and open_archive(place.folder) is None:
        raise name_missing(place)
    from kbcli.support.tickets.recording import begin_recording

    with begin_recording(place.folder) as recorder:
        yield recorder


def name_missing(place: Place) -> KbError:
    """What is said where there is no archive, with the folder if somebody named one."""
    where = f" in {place.folder}, which {place.origin} names" if place.origin else ""
    return KbError(
        f"there is no ticket archive{where}",
        "Begin one: kb tickets import EXPORT, or the pack of a colleague who has one.",
    )


def find_linked_cards(kb: Base, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The cards that were linked to tickets, by the tickets' names: `zendesk:35436`, or linked by the number alone."""
    config = kb.config
    if not os.path.isdir(config.root / "support" / "links"):
        return {}
    from kbcli.support.links.lines import read_lines

    called = _name_in_lines(kb, names)
    found: dict[str, dict[str, None]] = {}
    for line in read_lines(config.root, config.boundary)[0]:
        if line.card and line.ticket in called:
            found.setdefault(called[line.ticket], {})[line.card] = None
    return {name: tuple(cards) for name, cards in found.items()}


def _name_in_lines(kb: Base, names: Sequence[str]) -> dict[str, str]:
    """Names of tickets, by what lines of links may call them."""
    written = {form: name for name in names for form in (name.partition(":")[2], name)}
    if kb.config.refs == "plain":
        return written
    from kbcli.operations.link import name_ticket

    keyed: dict[str, str] = {}
    for form, name in written.items():
        # Where the key is not known here, none is found.
        with suppress(KbError):
            keyed[name_ticket(kb, form)] = name
    return keyed
