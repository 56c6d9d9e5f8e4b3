"""Exports of Zendesk."""

import json
from datetime import date
from typing import Any

from kbcli.support.tickets.reading.values import drop_controls, read_count
from kbcli.support.tickets.ticket import BrokenRecord, Company, Message


def make_ticket(ref: int = 7, **changes: Any) -> dict[str, Any]:
    """A ticket of the API."""
    return {
        "id": ref,
        "url": f"https://acme.zendesk.com/api/v2/tickets/{ref}.json",
        "raw_subject": "Import stops",
        "subject": "Import stops",
        "description": "It stops.",
        "status": "solved",
        "requester_id": 1,
        "submitter_id": 1,
        "assignee_id": 9,
        "organization_id": 5,
        "tags": ["import"],
        "created_at": "2026-03-04T23:30:00-02:00",
        "updated_at": "2026-03-06T10:00:01Z",
        **changes,
    }


def make_comment(author: int, body: str, **changes: Any) -> dict[str, Any]:
    """A comment of the API."""
    return {"author_id": author, "body": body, "public": True, **changes}


def test_a_ticket_has_its_conversation_without_machines_and_quotes(read: Any) -> None:
    """Who wrote what is told apart, notes are not public, and what rules wrote or mails quote is left out."""
    comments = [
        make_comment(1, "It stops.\n\nSee https://help.acme.example/hc/articles/12-import."),
        make_comment(-1, "We got your message.", via={"channel": "rule"}),
        make_comment(9, "customer is on plan B", public=False),
        make_comment(9, "Split the file.", attachments=[{"file_name": "how.png"}]),
        make_comment(
            1, "Thanks!\n\nOn Wed, 4 Mar 2026 at 10:01, Support <s@acme.example> wrote:\n> Split the file."
        ),
    ]
    users = [
        {"id": 1, "name": "Ida Berg", "email": "ida@firm.example", "role": "end-user", "time_zone": "UTC"}
    ]
    (ticket,) = read(a=json.dumps(make_ticket(comments=comments)), b={"users": users})
    assert ticket.messages == (
        Message(
            "customer",
            "It stops.\n\nSee https://help.acme.example/hc/articles/12-import.",
            author="1",
            address="ida@firm.example",
        ),
        Message("us", "customer is on plan B", is_public=False, author="9"),
        Message("us", "Split the file.", author="9"),
        Message("customer", "Thanks!", author="1", address="ida@firm.example"),
    )
    assert ticket.opened == date(2026, 3, 5)
    assert (ticket.updated, ticket.status) == ("2026-03-06T10:00:01Z", "closed")
    assert {"Ida Berg", "ida@firm.example"} <= set(ticket.names)
    assert ticket.articles == ("https://help.acme.example/hc/articles/12-import",)
    assert ticket.attachments == ("how.png",)
    assert ticket.url == "https://acme.zendesk.com/agent/tickets/7"


def test_parts_of_the_api_are_joined(read: Any) -> None:
    """Comments and counts of other files complete the tickets, whatever the order of the files; organizations are companies."""
    (company, ticket) = read(
        a={"organizations": [{"id": 5, "name": "Firm", "organization_fields": {"plan": "gold", "renewal_date": "2027-01-31"}}]},
        b={"end_of_stream": True, "tickets": [make_ticket()]},
        c="\n".join(json.dumps({"ticket_id": 7, **make_comment(author, text)}) for author, text in ((1, "It stops."), (9, "Split it."))),
        d=json.dumps({"id": 3, "ticket_id": 7, "replies": 1, "reopens": 0, "reply_time_in_minutes": {"calendar": 3}}),
    )  # fmt: skip
    assert company == Company("zendesk", "5", "Firm", "gold", date(2027, 1, 31))
    assert [message.text for message in ticket.messages] == ["It stops.", "Split it."]
    assert (ticket.replies, ticket.reopens, ticket.company) == (1, 0, "5")
    assert ticket.has_conversation


def test_merged_deleted_and_following_tickets_say_so(read: Any) -> None:
    """A merge names the ticket that lives on, a follow-up the one before, and a placeholder is no subject."""
    merged = make_ticket(
        1,
        tags=["closed_by_merge"],
        comments=[make_comment(9, 'This request was closed and merged into request #8 "Import".')],
    )
    follow = {"channel": "web", "source": {"rel": "follow_up", "from": {"ticket_id": 2}}}
    found = read(a="\n".join(map(json.dumps, (merged, make_ticket(2, status="deleted"), make_ticket(3, via=follow, raw_subject="{{dc.title}}")))))  # fmt: skip
    assert [ticket.merged_into for ticket in found] == ["8", "", ""]
    assert [ticket.is_gone for ticket in found] == [False, True, False]
    assert (found[2].follows, found[2].subject) == ("2", "Import stops")
    assert not found[2].has_conversation


def test_broken_records_are_told_with_their_line(read: Any) -> None:
    """A line that is cut, of another shape, or with impossible values stops nothing."""
    lines = [
        '{"id": 1, "requ',
        json.dumps(make_ticket()),
        "[1]",
        json.dumps({"x": 1}),
        json.dumps(make_ticket(None)),
    ]
    found = read(
        a="\n".join([*lines, json.dumps(make_ticket(8, subject="a\ud800\u202eb", raw_subject=None))])
    )
    assert found[-1].subject == "ab"
    assert [item.line for item in found if isinstance(item, BrokenRecord)] == [1, 3, 4, 5]
    assert [item.ref for item in found if not isinstance(item, BrokenRecord)] == ["7", "8"]


def test_a_count_that_nobody_counted_is_none() -> None:
    """A number that no database holds stops no import."""
    assert [read_count(value) for value in (3, "4", 10**20, "9" * 5000, -1)] == [3, 4, None, None, None]


def test_no_unseen_sign_parts_a_word() -> None:
    """A soft hyphen or a joiner in a name would hide it from redaction; scripts that need joiners keep them."""
    assert drop_controls("Qu\xadasten\u200cberg क्\u200dष") == "Quastenberg क्\u200dष"
