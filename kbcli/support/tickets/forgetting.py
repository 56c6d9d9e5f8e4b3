"""Erasing customers and tickets: what was said goes from the record for good, the counts stay, and nothing comes back."""

from collections.abc import Mapping, Sequence
from datetime import date

from kbcli.foundation.typed import NamedTuple
from kbcli.support.tickets.archive import Archive
from kbcli.support.tickets.index import name_index, remove_index
from kbcli.support.tickets.recording import Recorder, hash_key, split_keys, split_people


class Erasable(NamedTuple):
    """What an erasure is about: rows of tickets, their names, and all keys that are to be kept out from now on."""

    rows: tuple[int, ...]
    names: tuple[str, ...]
    keys: tuple[bytes, ...]


def find_erasable(
    archive: Archive, customers: Sequence[str], tickets: Sequence[str], sources: Sequence[str]
) -> Erasable:
    """The tickets of these customers (addresses, or the help desk's IDs, bare or as `zendesk:501`) and of these names.

    An address finds the ID beside it and the other way round, and so all tickets that either asked or wrote in.
    """
    people = {key for customer in customers for key in _make_person_keys(archive.key, customer, sources)}
    found: dict[int, str] = {}
    grows = bool(people)
    while grows:
        known = len(people)
        for row, name, blob in archive.ask("select row, name, people from ticket where people != x''"):
            for held in split_people(blob):
                if held & people:
                    found[row] = name
                    people |= held
        grows = len(people) > known
    found |= {ticket.row: name for name, ticket in archive.find_tickets(tickets).items()}
    names = tuple(dict.fromkeys((*found.values(), *tickets)))
    return Erasable(
        tuple(found), names, (*people, *(hash_key(archive.key, "ticket", name) for name in names))
    )


def _make_person_keys(key: bytes, customer: str, sources: Sequence[str]) -> list[bytes]:
    name = customer.strip()
    names = [name] if "@" in name or ":" in name else [name, *(f"{source}:{name}" for source in sources)]
    return [hash_key(key, "person", one) for one in names]


def erase(recorder: Recorder, erasable: Erasable, day: date) -> None:
    """Erase from the record, and take the index away whole, as tantivy would keep the words: it is to be made anew.

    What is erased stays out up to `day`, or up to the last day that one of its tickets was opened: clocks differ.
    """
    tickets = recorder.read_rows(erasable.rows).values()
    day = max(day, *(ticket.opened for ticket in tickets if ticket.opened), date.min)
    with recorder.transaction():
        recorder.erase(erasable.rows)
        recorder.keep_out(erasable.keys, day)
        recorder.forget_names(erasable.names)
    if recorder.meta.get("is_stale"):
        remove_index(name_index(recorder.folder, int(recorder.meta["index"])))


def apply_erasures(recorder: Recorder, erasures: Mapping[bytes, str]) -> None:
    """Hold erasures that were made elsewhere, by key and day, here too; those that are known are passed over."""
    known = recorder.list_erasures()
    new = {key: day for key, day in erasures.items() if known.get(key, "") < day}
    if not new:
        return
    found = {
        row: name
        for row, name, opened, blob in recorder.ask(
            "select row, name, opened, people from ticket where name is not null"
        )
        for key in (*split_keys(blob), hash_key(recorder.key, "ticket", name))
        if (opened or "") <= new.get(key, "")
    }
    for key, day in new.items():
        erase(recorder, Erasable((), (), (key,)), date.fromisoformat(day))
    if found:
        erase(recorder, Erasable(tuple(found), tuple(found.values()), ()), date.min)
