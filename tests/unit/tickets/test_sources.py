"""Exports of help desks other than Zendesk, a test for each."""

import gzip
import json
from contextlib import suppress
from datetime import date
from typing import Any

import pytest

from kbcli.errors import RefusedError, UsageError
from kbcli.support.tickets.export import Options
from kbcli.support.tickets.reading.values import format_moment, read_moment
from kbcli.support.tickets.sources.table import propose_columns
from kbcli.support.tickets.ticket import BrokenRecord, Company, LeftOut, Message, Ticket


def outline(ticket: Ticket) -> list[str]:
    """Its messages as `customer: text`, notes in brackets."""
    return [f"{m.by}: {m.text}" if m.is_public else f"[{m.by}: {m.text}]" for m in ticket.messages]


def test_freshdesk(read: Any) -> None:
    """Numbers and words of statuses, notes, automatic answers, campaigns and spam are told apart; companies are read."""
    base = {
        "id": 18, "subject": "Payment", "description": "<div>It <b>failed</b>.</div>", "status": 4, "source": 1,
        "requester_id": 5, "responder_id": 9, "requester": {"name": "Ida Berg", "email": "Ida@firm.example"},
        "created_at": "2026-03-04T09:00:00Z", "updated_at": "2026-03-04T12:00:00Z", "company_id": 77,
    }  # fmt: skip
    answers = [
        {"user_id": 9, "incoming": False, "private": False, "body": "We got it.", "auto_response": True},
        {"user_id": 9, "incoming": False, "private": True, "body": "rich customer"},
        {"user_id": 9, "incoming": False, "private": False, "body_text": "Try again."},
        {"user_id": 5, "incoming": True, "private": False, "body": "Works!"},
    ]
    company = {
        "id": 77,
        "name": "Firm",
        "domains": [],
        "account_tier": "Premium",
        "renewal_date": "2026-12-31T00:00:00Z",
    }
    table = 'Ticket ID,Subject,Status,Created time,Last update time,Email,Tags\n20,Refund,Pending,04/03/2026 23:30,,a@b.example,"billing, card"\n21,Bad\n'
    options = Options(zone="America/New_York", date_style="us")
    found = read(options, a=[{**base, "conversations": answers}, {**base, "id": 19, "source": 10, "spam": True}], b=[company], c=table)  # fmt: skip
    ticket, spam, firm, row, broken = found
    assert outline(ticket) == [
        "customer: It failed.",
        "[us: rich customer]",
        "us: Try again.",
        "customer: Works!",
    ]
    assert (ticket.status, ticket.company, ticket.addresses) == ("closed", "77", ("ida@firm.example",))
    assert (spam.is_gone, spam.is_outbound, spam.has_conversation) == (True, True, False)
    assert firm == Company("freshdesk", "77", "Firm", "Premium", date(2026, 12, 31))
    assert (row.status, row.tags, row.has_texts, row.opened) == (
        "pending",
        ("billing", "card"),
        False,
        date(2026, 4, 4),
    )
    assert (broken.line, broken.why) == (3, "the row has 2 fields, the header 7")


def test_intercom(read: Any) -> None:
    """The source is the first message; bots, events and what was redacted are none; a campaign is no case load."""
    parts = [
        {"part_type": "comment", "body": "<p>Soon.</p>", "author": {"type": "bot"}},
        {"part_type": "note", "body": "<p>urgent</p>", "author": {"type": "admin", "id": 4}},
        {"part_type": "close", "body": None, "author": {"type": "admin", "id": 4}},
        {"part_type": "comment", "body": "x", "author": {"type": "user"}, "redacted": True},
        {
            "part_type": "comment",
            "body": "<p>Use<br>retries.</p>",
            "author": {"type": "admin", "id": 4, "name": "Tom"},
        },
    ]
    first = {
        "delivered_as": "customer_initiated",
        "subject": "",
        "body": "<p>webhook twice</p>",
        "author": {"type": "lead", "id": "5"},
    }
    base = {"type": "conversation", "id": "1", "created_at": 1772618400, "updated_at": 1772618500, "source": first, "state": "snoozed",
            "contacts": {"contacts": [{"id": "5"}]}, "statistics": {"count_reopens": 1}}  # fmt: skip
    whole = {**base, "conversation_parts": {"conversation_parts": parts}}
    campaign = {**base, "id": "2", "source": {**first, "delivered_as": "automated"}}
    contact = {
        "type": "contact",
        "id": "5",
        "role": "user",
        "external_id": None,
        "workspace_id": "w",
        "name": "Ida",
        "email": "ida@firm.example",
    }
    ticket, sent = read(
        a={"type": "conversation.list", "conversations": [whole, campaign]},
        b={"type": "list", "data": [contact]},
    )
    assert outline(ticket) == ["customer: webhook twice", "[us: urgent]", "us: Use\nretries."]
    assert (ticket.subject, ticket.status, ticket.reopens, ticket.addresses) == ("webhook twice", "pending", 1, ("ida@firm.example",))  # fmt: skip
    assert (sent.is_outbound, sent.has_conversation) == (True, False)


def test_helpscout_and_freescout(read: Any) -> None:
    """Threads are in order of time, drafts and events left out; the kind of the customer's field tells the two apart."""
    threads = [
        {"type": "lineitem", "createdAt": "2026-03-04T12:00:00Z"},
        {"type": "message", "state": "published", "body": "<p>Menu.</p>", "createdBy": {"id": 9, "type": "user"}, "createdAt": "2026-03-04T11:00:00Z"},
        {"type": "message", "state": "draft", "body": "unsent", "createdAt": "2026-03-04T11:30:00Z"},
        {"type": "note", "state": "published", "body": "hm", "createdBy": {"id": 9, "type": "user"}, "createdAt": "2026-03-04T10:00:00Z"},
        {"type": "customer", "state": "published", "body": "How?<br>", "createdBy": {"id": 5, "type": "customer"}, "createdAt": "2026-03-04T09:00:00Z"},
    ]  # fmt: skip
    base = {"number": 17, "mailboxId": 1, "folderId": 2, "subject": "Export", "status": "active", "createdAt": "2026-03-04T09:00:00Z",
            "tags": [{"tag": "export"}], "_embedded": {"threads": threads}}  # fmt: skip
    customer = {"id": 5, "first": "Ida", "last": "Berg", "email": "ida@firm.example"}
    help_scout, free_scout = read(
        a={"_embedded": {"conversations": [{**base, "primaryCustomer": customer}]}},
        b=json.dumps({**base, "status": "spam", "customer": customer}),
    )
    assert outline(help_scout) == ["customer: How?", "[us: hm]", "us: Menu."]
    assert (help_scout.name, help_scout.status, help_scout.tags) == ("helpscout:17", "open", ("export",))
    assert "Ida Berg" in help_scout.names
    assert (free_scout.name, free_scout.is_gone) == ("freescout:17", True)


MBOX = """From 1@xxx Tue Mar 03 09:00:00 +0000 2026
X-GM-THRID: 77
X-Gmail-Labels: =?UTF-8?Q?Support=2CErledigt_=C3=A4?=
Message-ID: <a@firm.example>
Date: Tue, 3 Mar 2026 10:00:00 +0100
From: Ida Berg <ida@firm.example>
To: support@acme.example
Subject: =?UTF-8?B?UmVjaG51bmcgZmVobHQ=?=
Content-Type: text/plain; charset=utf-8

Die Rechnung fehlt.

>From the start.

From 2@xxx Tue Mar 03 10:00:00 +0000 2026
X-GM-THRID: 77
Message-ID: <b@acme.example>
Date: no date
Received: by mx; Tue, 3 Mar 2026 11:00:00 +0100
From: Support <support@acme.example>
To: ida@firm.example
Subject: Re: Rechnung fehlt

Anbei.

Am 03.03.2026 um 10:00 schrieb Ida Berg <ida@firm.example>:
> Die Rechnung fehlt.

From 3@xxx Tue Mar 03 10:05:00 +0000 2026
X-GM-THRID: 77
Message-ID: <c@firm.example>
Auto-Submitted: auto-replied
From: ida@firm.example
Subject: Abwesend

Bin weg.

From 4@xxx Tue Mar 03 10:06:00 +0000 2026
Message-ID: <d@news.example>
List-Unsubscribe: <mailto:x@news.example>
From: news@news.example
Subject: Buy

Buy.
"""


def test_mailboxes(read: Any) -> None:
    """Mails of all files are joined to threads, whichever is read first, without what is automatic, listed or quoted."""
    answer = "From: support@acme.example\nTo: bob@b.example\nMessage-ID: <y@acme.example>\nIn-Reply-To: <x@b.example>\nDate: Wed, 4 Mar 2026 09:00:00 +0000\nSubject: Re: Hi\n\nYes.\n"
    question = "From: bob@b.example\nTo: support@acme.example\nMessage-ID: <x@b.example>\nDate: Wed, 4 Mar 2026 08:00:00 +0000\nSubject: Hi\nContent-Type: text/html\n\n<p>Does it?</p>\n"
    found = read(Options(frozenset(("acme.example",))), a=answer, b=question, c=MBOX)
    assert [item.why for item in found if isinstance(item, LeftOut)] == ["an automatic mail", "a newsletter or a mailing list"]  # fmt: skip
    joined, gmail = [item for item in found if isinstance(item, Ticket)]
    assert outline(joined) == ["customer: Does it?", "us: Yes."]
    assert (joined.subject, joined.status, joined.customer) == ("Hi", "closed", "bob@b.example")
    assert outline(gmail) == ["customer: Die Rechnung fehlt.\n\nFrom the start.", "us: Anbei."]
    assert (gmail.ref, gmail.subject, gmail.tags) == ("77", "Rechnung fehlt", ("Support", "Erledigt ä"))
    assert gmail.updated == "2026-03-03T10:00:00Z"
    with pytest.raises(UsageError, match="ours") as refused:
        read(a=question)
    assert "support@acme.example" in refused.value.hint


def test_tables(read: Any) -> None:
    """A table is read by the columns that the user names, which are proposed; rows may be tickets or messages."""
    text = "Ticket;Opened;Subject;Question;Answer;Seconds to reply\n7;2026-03-04;Limit;We get “429”;Slow down;55\n8;04/03/2026;;x;y;1\n"
    with pytest.raises(RefusedError, match="a is a table") as refused:
        read(a=text)
    assert "--column 'question=Question' --column 'answer=Answer'" in refused.value.hint
    columns = {"ref": "Ticket", "opened": "Opened", "question": "Question", "answer": "Answer"}
    ticket, broken = read(Options(columns=columns), a=text.encode("cp1252"))
    assert outline(ticket) == ["customer: We get “429”", "us: Slow down"]
    assert (ticket.name, ticket.opened) == ("table:7", date(2026, 3, 4))
    assert isinstance(broken, BrokenRecord)
    assert (broken.line, "date-style" in broken.why) == (3, True)
    rows = "id,who,said,when\n1,agent,Hi,2026-03-04 10:00\n2,customer,Other,2026-03-04\n1,customer,Help,2026-03-04 09:00\n"
    messages = read(Options(columns={"ref": "id", "by": "who", "text": "said", "at": "when"}), a=rows)
    assert [outline(one) for one in messages] == [["customer: Help", "us: Hi"], ["customer: Other"]]
    (late,) = read(
        Options(columns={"ref": "id", "text": "said", "at": "when"}), a="id,said,when\n1,Hi,02/03/2026\n"
    )
    assert (late.line, "is no date" in late.why) == (1, True)
    (counts,) = read(Options(columns={"ref": "id", "replies": "said"}), a="id,said\n1,2\n")
    assert (counts.has_texts, counts.replies) == (False, 2)


def test_github(read: Any) -> None:
    """Both shapes of issues are read; members answer, pull requests, bots and hidden comments are left out."""
    comments = [
        {"author": {"login": "dev"}, "authorAssociation": "MEMBER", "body": "Fixed."},
        {"author": {"login": "ci", "is_bot": True}, "authorAssociation": "NONE", "body": "built"},
        {"author": {"login": "eve"}, "authorAssociation": "NONE", "body": "spam", "isMinimized": True},
    ]
    listed = {"number": 12, "title": "Crash", "body": "It does", "state": "CLOSED", "author": {"login": "ann"}, "labels": [{"name": "bug"}],
              "createdAt": "2026-03-04T09:00:00Z", "updatedAt": "2026-03-05T09:00:00Z", "url": "https://github.com/acme/app/issues/12", "comments": comments}  # fmt: skip
    rest = {"number": 13, "title": "Slow", "body": "Very", "state": "open", "user": {"login": "bob"}, "labels": [], "comments": 1, "author_association": "NONE",
            "created_at": "2026-03-04T09:00:00Z", "updated_at": "2026-03-05T09:00:00Z", "html_url": "https://github.com/acme/app/issues/13"}  # fmt: skip
    comment = {
        "issue_url": "https://api.github.com/repos/acme/app/issues/13",
        "user": {"login": "dev"},
        "author_association": "OWNER",
        "body": "Try 2.0",
    }
    one, two, pull = read(a=[listed], b=[rest, {**rest, "pull_request": {}}], c=[comment])
    assert (one.name, one.status, outline(one)) == (
        "github:acme/app#12",
        "closed",
        ["customer: It does", "us: Fixed."],
    )
    assert (two.name, two.status, outline(two)) == (
        "github:acme/app#13",
        "open",
        ["customer: Very", "us: Try 2.0"],
    )
    assert pull == LeftOut("a pull request")


def test_gitlab(read: Any) -> None:
    """Notes come with the issue or beside it; events are none, internal ones not public, the Service Desk's bot is the customer."""
    issue = {"iid": 3, "project_id": 9, "title": "Crash", "description": "It does", "state": "opened", "labels": ["bug"], "author": {"username": "support-bot"},
             "service_desk_reply_to": "ida@firm.example", "references": {"full": "acme/app#3"}, "created_at": "2026-03-04T09:00:00Z"}  # fmt: skip
    notes = [
        {"noteable_iid": 3, "project_id": 9, "body": "closed", "author": {"username": "dev"}, "system": True, "created_at": "2026-03-04T12:00:00Z"},
        {"noteable_iid": 3, "project_id": 9, "body": "Use 2.0", "author": {"username": "dev"}, "system": False, "created_at": "2026-03-04T11:00:00Z"},
        {"noteable_iid": 3, "project_id": 9, "body": "hm", "author": {"username": "dev"}, "system": False, "internal": True, "created_at": "2026-03-04T10:00:00Z"},
    ]  # fmt: skip
    (ticket,) = read(a=[issue], b=notes)
    assert (ticket.name, ticket.addresses) == ("gitlab:acme/app#3", ("ida@firm.example",))
    assert outline(ticket) == ["customer: It does", "[us: hm]", "us: Use 2.0"]


def test_zammad(read: Any) -> None:
    """Tickets and articles are read together or apart; a merged ticket is gone, states are words or numbers."""
    articles = [
        {"ticket_id": 5, "sender": "Customer", "internal": False, "content_type": "text/html", "body": "<div>Offline.</div>", "from": "Ida <ida@firm.example>"},
        {"ticket_id": 5, "sender": "System", "internal": False, "content_type": "text/plain", "body": "received"},
        {"ticket_id": 5, "sender": "Agent", "internal": False, "content_type": "text/plain", "body": "Restart <it>."},
    ]  # fmt: skip
    ticket = {
        "id": 5,
        "number": "10005",
        "title": "Printer",
        "group_id": 1,
        "state_id": 7,
        "customer_id": 9,
        "article_count": 3,
        "created_at": "2026-03-04T09:00:00.000Z",
    }
    apart = read(a=[ticket], b=articles)
    together = read(a={"ticket": {**ticket, "state": "merged"}, "articles": articles})
    assert outline(apart[0]) == outline(together[0]) == ["customer: Offline.", "us: Restart <it>."]
    assert (apart[0].status, apart[0].addresses) == ("pending", ("ida@firm.example",))
    assert (apart[0].is_gone, together[0].is_gone) == (False, True)


def test_discourse(read: Any) -> None:
    """Staff and the accepted answer's author are ours; system posts are none, private messages no tickets."""
    posts = [
        {"post_number": 1, "username": "ann", "cooked": "<p>How?</p>"},
        {"post_number": 2, "username": "bob", "cooked": "<p>Me too</p>"},
        {"post_number": 3, "username": "cat", "cooked": '<aside class="quote"><p>How?</p></aside><p>So.</p>', "accepted_answer": True},
        {"post_number": 4, "username": "system", "cooked": "closed", "post_type": 3},
        {"post_number": 5, "username": "mod", "cooked": "Fine", "staff": True},
    ]  # fmt: skip
    topic = {
        "id": 42,
        "title": "Export",
        "created_at": "2026-03-04T09:00:00Z",
        "tags": ["export"],
        "post_stream": {"posts": posts, "stream": [1, 2, 3, 4, 5, 6]},
    }
    ticket, private = read(a=json.dumps(topic), b=json.dumps({**topic, "archetype": "private_message"}))
    assert outline(ticket) == ["customer: How?", "customer: Me too", "us: So.", "us: Fine"]
    assert (ticket.solution, ticket.status, ticket.has_conversation) == (2, "closed", False)
    assert private == LeftOut("a private message")


def test_kitsune(read: Any) -> None:
    """Both layouts of questions are read, with their answers' newest state, the solution and the articles read before."""
    new = (
        "id,created,updated,locale,product,title,is_solved,solution,is_spam,answers,topic,tags,creator,content,involved,metadata\n"
        '7,2026-03-04 09:00:00 +0000,2026-03-05 09:00:00 +0000,de,thunderbird,Kein Ton,true,72,false,71;72;,sound,audio;mac;,ann,<p>Stumm</p>,ann;bob;,"kb_visits_prior:[""/de/kb/ton""];"\n'
    )
    old = "id,created,updated,title,content,tags,product,topic,locale,answers,creator\n8,2026-03-04 09:00:00 +0000,2026-03-05 09:00:00 +0000,Lost,<p>All</p>,,thunderbird,mail,en-US,81;,eve\n"
    answers = (
        "id,question_id,created,updated,content,creator,is_spam\n"
        '72,7,2026-03-04 11:00:00 +0000,2026-03-04 12:00:00 +0000,"<em><p>ann <a href=""#answer-71"" rel=""nofollow"">schrieb</a></p></em> <blockquote>Auch</blockquote><p>Nun besser</p>",bob,false\n'
        "71,7,2026-03-04 10:00:00 +0000,2026-03-04 10:00:00 +0000,<p>Auch</p>,ann,false\n"
        "72,7,2026-03-04 11:00:00 +0000,2026-03-04 11:00:00 +0000,<p>Besser</p>,bob,false\n"
        "73,7,2026-03-04 13:00:00 +0000,2026-03-04 13:00:00 +0000,<p>Buy</p>,spam,true\n"
    )
    solved, lost = read(a=answers, b=new, c=old)
    assert outline(solved) == ["customer: Stumm", "customer: Auch", "us: Nun besser"]
    assert (solved.solution, solved.status, solved.lang, solved.tags) == (2, "closed", "de", ("audio", "mac"))
    assert solved.articles == ("https://support.mozilla.org/de/kb/ton",)
    assert (outline(lost), lost.status, lost.has_conversation) == (["customer: All"], "open", False)
    with pytest.raises(RefusedError, match="only Kitsune answers"):
        read(a=answers)


def test_texts_of_html_are_plain(read: Any) -> None:
    """Markup, scripts and signs that turn the direction are gone, lines, lists and addresses of links stay."""
    html = "<style>p{}</style><p>Do<ul><li>this<li>that</ul><pre>a\n  b</pre><a href='https://x.example/kb/1'>here</a><script>alert(1)</script>&lt;b&gt;\u202e&amp;\x07"
    topic = {
        "id": 1,
        "title": "t",
        "created_at": "2026-03-04",
        "post_stream": {"posts": [{"post_number": 1, "username": "a", "cooked": html}]},
    }
    (ticket,) = read(a=json.dumps(topic))
    assert ticket.messages == (
        Message("customer", "Do\n\n- this\n- that\n\na\n  b\nhere (https://x.example/kb/1)<b>&", author="a"),
    )
    assert ticket.articles == ("https://x.example/kb/1",)


def test_a_flipped_byte_in_what_is_packed_is_told(read: Any) -> None:
    """Whichever byte of a packed export is not what it was, the export is refused or its records are told broken."""
    packed = gzip.compress(json.dumps([{"number": n, "title": f"t{n}"} for n in range(50)]).encode())
    for place in range(10, len(packed), 7):
        harmed = bytearray(packed)
        harmed[place] ^= 0xFF
        with suppress(RefusedError):
            read(a=bytes(harmed))


@pytest.mark.parametrize(
    ("written", "style", "moment"),
    [
        ("03.11.2025 14:05", "iso", "2025-11-03T14:05:00Z"),
        ("Nov 3, 2025, 2:05 PM", "iso", "2025-11-03T14:05:00Z"),
        ("3 November 2025", "iso", "2025-11-03T00:00:00Z"),
        ("Mon, 03 Nov 2025 14:05:00 +0100", "iso", "2025-11-03T13:05:00Z"),
        ("03/Nov/25 12:10 AM", "iso", "2025-11-03T00:10:00Z"),
        ("11/3/2025, 2:05 PM", "us", "2025-11-03T14:05:00Z"),
        ("45964.5", "iso", "2025-11-03T12:00:00Z"),
        ("11/3/2025", "iso", ""),
        ("31.02.2025", "iso", ""),
        ("3 Smarch 2025", "iso", ""),
        ("12", "iso", ""),
    ],
)
def test_moments_as_people_and_spreadsheets_write_them(written: str, style: str, moment: str) -> None:
    """Days with dots, names of months, halves of a day and a spreadsheet's numbers are read; what could be two days is not."""
    assert format_moment(read_moment(written, style=style)) == moment


def test_a_table_as_spreadsheets_leave_it(read: Any) -> None:
    """`sep=`, columns without a name at the end, `="00123"` and rows with too many separators are read, and columns known by what is in their names."""
    table = 'sep=;\r\nCaseNumber;Ticket subject;Description;Created At (UTC);Status;;\r\n="00123";Login;"Not\r\nin; help";03.11.2025;offen;;\r\n'
    columns = propose_columns(["CaseNumber", "Ticket subject", "Description", "Created At (UTC)", "Status"])
    (ticket,) = read(Options(columns=columns), a=table)
    assert (ticket.ref, ticket.subject, ticket.opened, ticket.status) == (
        "00123",
        "Login",
        date(2025, 11, 3),
        "open",
    )
    assert propose_columns(["Issue Type", "Issue key", "Issue id"])["ref"] == "Issue key"
