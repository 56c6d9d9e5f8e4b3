"""The archive: what is written to it and read back."""

from datetime import date
from pathlib import Path

import pytest

from kbcli.errors import KbError
from kbcli.support.tickets.archive import FILE, Archive, open_archive
from kbcli.support.tickets.forgetting import erase, find_erasable
from kbcli.support.tickets.recording import begin_recording, hash_key, list_people, make_record
from kbcli.support.tickets.ticket import Message, Ticket

ASKED, ANSWERED = (
    Message("customer", "We get 429 since this morning."),
    Message("us", "The limit is per key."),
)


def make_ticket(ref: str = "35436", **changes: object) -> Ticket:
    """The ticket of an export, with what is changed of it."""
    ticket = Ticket(
        "zendesk",
        ref,
        "API answers 429",
        date(2025, 3, 4),
        "2025-03-06T10:00:01Z",
        "closed",
        (ASKED, ANSWERED),
    )
    return ticket._replace(
        **{"customer": "501", "addresses": ("ada@example.com",), "company": "77", "tags": ("api",), **changes}
    )


def write(folder: Path, *tickets: Ticket) -> list[str]:
    """Put tickets into the archive of a folder; what became of each."""
    with begin_recording(folder) as recorder, recorder.transaction():
        return [
            recorder.put(make_record(recorder.key, ticket, "1", "en", list_people(ticket)))
            for ticket in tickets
        ]


def test_a_ticket_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    """Day, status, texts and counts come back, by day, name and row; the same again is no news, another state is a new row."""
    assert open_archive(tmp_path) is None
    ticket = make_ticket()
    assert write(tmp_path, ticket, make_ticket("2", opened=None)) == ["added", "added"]
    assert write(tmp_path, ticket) == ["unchanged"]
    assert write(tmp_path, make_ticket(status="open")) == ["changed"]
    with Archive(tmp_path) as archive:
        (found,) = archive.list_tickets(since=date(2025, 3, 4), until=date(2025, 3, 4))
        assert (found.name, found.opened, found.status, found.tags) == (
            "zendesk:35436",
            date(2025, 3, 4),
            "open",
            ("api",),
        )
        assert (found.question, found.answer, found.row) == (ASKED.text, ANSWERED.text, 3)
        assert archive.read_rows([1, 3]) == archive.read_rows([3]) == {3: found}
        assert [ticket.name for ticket in archive.list_tickets(texts=False)] == ["zendesk:2", "zendesk:35436"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"status": "open"}, None),
        ({"reopens": 1}, False),
        ({"messages": (ASKED, ANSWERED, ASKED)}, False),
        ({"messages": (ASKED, ANSWERED, ANSWERED)}, False),
        ({"messages": (ASKED, ANSWERED, ANSWERED._replace(is_public=False))}, True),
        ({"messages": (), "has_texts": False}, None),
        ({"messages": (), "has_texts": False, "replies": 1, "reopens": 0}, True),
        ({"is_outbound": True}, None),
    ],
)
def test_first_contact_is_one_reply_and_silence(
    tmp_path: Path, changes: dict[str, object], expected: object
) -> None:
    """Closed, one public reply, nothing from the customer after it, not reopened; unknown where the export cannot say."""
    write(tmp_path, make_ticket(**changes))
    with Archive(tmp_path) as archive:
        assert next(archive.list_tickets()).first_contact is expected


def test_companies_are_known_by_the_key_of_their_tickets(tmp_path: Path) -> None:
    """Name, tier and renewal of a ticket's company are found by the key that the ticket has."""
    write(tmp_path, make_ticket())
    with begin_recording(tmp_path) as recorder, recorder.transaction():
        key = hash_key(recorder.key, "company", "zendesk:77")
        recorder.put_company(key, "Example Ltd", "Premium", "2026-12-31")
    with Archive(tmp_path) as archive:
        company = archive.companies()[next(archive.list_tickets()).company]
    assert (company.name, company.tier, company.renewal) == ("Example Ltd", "Premium", date(2026, 12, 31))


def test_what_only_one_customer_has_as_product_is_erased(tmp_path: Path) -> None:
    """Of an erased ticket product and topic stay where five other customers have the same, else they may name somebody."""
    common = [make_ticket(str(n), product="App", topic="Login", customer=str(n)) for n in range(5)]
    own = [make_ticket(str(n), product="Ada's App", topic="Login", addresses=()) for n in range(10, 18)]
    write(tmp_path, *(one._replace(addresses=()) for one in common), *own)
    with begin_recording(tmp_path) as recorder:
        erase(recorder, find_erasable(recorder, ["501"], (), ["zendesk"]), date(2025, 3, 4))
    with Archive(tmp_path) as archive:
        erased = [ticket for ticket in archive.list_tickets() if not ticket.name]
    assert {(ticket.product, ticket.topic) for ticket in erased} == {("", "Login")}
    assert len(erased) == len(own)


def test_a_flipped_bit_is_told(tmp_path: Path) -> None:
    """A ticket of which one bit changed on the disk is not shown: the archive is said to be damaged."""
    write(tmp_path, make_ticket())
    path = tmp_path / FILE
    data = bytearray(path.read_bytes())
    data[data.index(b"API answers")] ^= 1
    path.write_bytes(data)
    with Archive(tmp_path) as archive, pytest.raises(KbError, match="damaged"):
        list(archive.list_tickets())


def test_damage_in_any_table_is_told(tmp_path: Path) -> None:
    """Erasures, companies, what is gone and what the archive says of itself are checked too: nothing is read by, or written beside, what changed."""
    write(tmp_path, make_ticket())
    with begin_recording(tmp_path) as recorder, recorder.transaction():
        key = hash_key(recorder.key, "company", "zendesk:77")
        recorder.put_company(key, "Example Ltd", "Premium", "2026-12-31")
        recorder.keep_out([hash_key(recorder.key, "person", "zendesk:9")], date(2025, 3, 5))
        recorder.drop("zendesk:8", "2025-03-07T10:00:01Z", "")
    path = tmp_path / FILE
    whole = path.read_bytes()
    for value in (
        b"Premium",
        b"2025-03-05",
        b"2025-03-07T10",
        b"format",
        b'gone":',
        b"2025-03-04",
    ):
        path.write_bytes(whole.replace(value, value[:2] + b"x" + value[3:]))
        assert "damaged" in say_damage(tmp_path)
        if value != b"2025-03-04":
            with pytest.raises(KbError, match="damaged"):
                begin_recording(tmp_path).__enter__()
    path.write_bytes(whole)
    assert say_damage(tmp_path) == ""


def say_damage(folder: Path) -> str:
    """What is said of damage to an archive, when it is opened or looked through."""
    try:
        with Archive(folder) as archive:
            archive.find_days()
            return archive.find_damage()
    except KbError as error:
        return error.message
