"""What kb can do with earlier tickets; each knows the archive by `open_tickets`, and who may write to it by `begin_tickets`."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date

from kbcli.config import Config, UserSettings, load_user_settings
from kbcli.errors import KbError
from kbcli.foundation.calendar import add_interval, parse_interval
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.operations.base import Base
from kbcli.support.tickets.archive import FILE, Archive, open_archive
from kbcli.support.tickets.place import Place, find_place

if TYPE_CHECKING:
    from typing import TypeVar

    from kbcli.knowledge.index.port import EngineUse
    from kbcli.support.tickets.port import TicketStore
    from kbcli.support.tickets.recording import Recorder

    T = TypeVar("T")

KEEP = "24m"
IN_PART = "a part of the archive did not answer"
_NONE_THERE = "it has no tickets yet (kb tickets push)"


class Retention(NamedTuple):
    """How long what was said is kept (`24m`, `never` to end it), who says so, and the first day that is kept."""

    keep: str
    origin: str
    first_day: date | None


class TicketsPlace(NamedTuple):
    """Where the archive of a base is, and how long it keeps what was said."""

    place: Place
    retention: Retention


def find_tickets(kb: Base, config: Config | None = None) -> TicketsPlace:
    """Where the archive of the base is, by the user's settings, and its retention, by them or kb.toml. Raises ConfigError.

    A `config` was read before.
    """
    config = config or kb.config
    settings = load_user_settings()
    for warning in settings.warnings:
        kb.say(warning)
    return TicketsPlace(find_place(config, settings), _find_retention(kb.today, config, settings))


def _find_retention(today: date, config: Config, settings: UserSettings) -> Retention:
    said = [
        (settings.tickets_keep, str(settings.path)),
        (config.tickets_keep, "kb.toml"),
        (KEEP, "default"),
    ]
    keep, origin = next((text, origin) for text, origin in said if text)
    interval = parse_interval(keep)
    if interval.is_never:
        return Retention(keep, origin, None)
    first = add_interval(today, interval._replace(amount=-interval.amount))
    # Before the first year of the calendar there is no day: then nothing is too old.
    return Retention(keep, origin, first if first < today else None)


class NoTicketsError(KbError):
    """There is no archive here, where nobody said that there is one, and no engine that holds tickets."""


def ask_tickets(
    kb: Base, config: Config, question: "Callable[[TicketStore], T]"
) -> "tuple[T, EngineUse | None]":
    """The answer of wherever tickets are searched: the engine's, where one is set and holds some, else of the archive here.

    Says where that is not what is set. Raises KbError where there is none to be asked.
    """
    place = find_tickets(kb, config).place
    answers, use = _ask_engine(config, question, has_archive=os.path.exists(place.folder / FILE))
    if answers:
        if use is not None and use.reason:
            kb.say(f"{use.reason}: there may be more")
        return answers[0], use
    archive = open_archive(place.folder)
    if archive is None:
        if use is not None and use.reason != _NONE_THERE:
            raise KbError(
                f"the engine is not used: {use.reason}; and there is no ticket archive on this machine",
                "Try again later (kb doctor, kb manual engine).",
            )
        raise name_missing(place)
    if use is not None and use.reason != _NONE_THERE:
        kb.say(f"the engine is not used: {use.reason}; the archive on this machine answers")
    from kbcli.support.tickets.local import LocalTickets

    with LocalTickets(archive, kb.say) as store:
        return question(store), use


def _ask_engine(
    config: Config, question: "Callable[[TicketStore], T]", *, has_archive: bool
) -> "tuple[list[T], EngineUse | None]":
    """The answer of the engine's tickets; without one, why there is none, or None where no engine is set."""
    name = config.engine_index
    if not name:
        return [], None
    from kbcli.foundation.opensearch.access import EngineError
    from kbcli.knowledge.index.opensearch.opening import find_engine, limit_engine
    from kbcli.knowledge.index.port import EngineUse
    from kbcli.support.tickets.engine.store import open_engine_tickets

    engine = find_engine()
    if engine is None:
        return [], None
    try:
        with limit_engine(engine):
            store = open_engine_tickets(engine, name)
            if store is None:
                return [], EngineUse("local", _NONE_THERE)
            answer = question(store)
    except EngineError as error:
        return [], EngineUse("local", error.reason)
    if store.is_whole:
        return [answer], EngineUse("engine")
    return ([], EngineUse("local", IN_PART)) if has_archive else ([answer], EngineUse("engine", IN_PART))


def refuse_part(store: "TicketStore") -> None:
    """Raise KbError where nothing was found, and not all was looked at."""
    if not store.is_whole:
        raise KbError(f"{IN_PART}, and the rest has nothing of the kind", "Try again later (kb doctor).")


def open_tickets(kb: Base) -> Archive:
    """The archive, for reading; close it. Raises KbError where there is none, or it cannot be read."""
    return _open_at(find_tickets(kb).place)


def _open_at(place: Place) -> Archive:
    archive = open_archive(place.folder)
    if archive is None:
        raise name_missing(place)
    return archive


@contextmanager
def begin_tickets(kb: Base, *, make: bool = False) -> "Iterator[Recorder]":
    """The archive, for the one who writes to it, begun where there is none if it is to be made. Raises KbError."""
    place = find_tickets(kb).place
    if not make:
        _open_at(place).close()
    from kbcli.support.tickets.recording import begin_recording

    with begin_recording(place.folder) as recorder:
        yield recorder


def name_missing(place: Place) -> KbError:
    """What is said where there is no archive, with the folder if somebody named one."""
    where = f" in {place.folder}, which {place.origin} names" if place.origin else ""
    kind = KbError if place.origin else NoTicketsError
    return kind(
        f"there is no ticket archive{where}",
        "Begin one: kb tickets import EXPORT, or the pack of a colleague who has one.",
    )


def find_linked_cards(kb: Base, config: Config, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The cards that were linked to tickets, by the tickets' names: `zendesk:35436`, or linked by the number alone."""
    if not os.path.isdir(config.root / "support" / "links"):
        return {}
    from kbcli.support.links.lines import read_lines

    called = _name_in_lines(kb, config, names)
    found: dict[str, dict[str, None]] = {}
    for line in read_lines(config.root, config.boundary)[0]:
        if line.card and line.ticket in called:
            found.setdefault(called[line.ticket], {})[line.card] = None
    return {name: tuple(cards) for name, cards in found.items()}


def _name_in_lines(kb: Base, config: Config, names: Sequence[str]) -> dict[str, str]:
    """Names of tickets, by what lines of links may call them."""
    written = {form: name for name in names for form in (name.partition(":")[2], name)}
    if config.refs == "plain":
        return written
    from kbcli.operations.link import name_ticket

    keyed: dict[str, str] = {}
    for form, name in written.items():
        # Where the key is not known here, none is found.
        with suppress(KbError):
            keyed[name_ticket(kb, form)] = name
    return keyed
