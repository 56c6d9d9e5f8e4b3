"""Promises of `kb tickets`, and of the tickets in `kb search`."""

import base64
import gzip
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import date
from pathlib import Path

import pytest
from datedgit import make_repository, run_git
from ticketexport import make_ticket, write_export

from kbcli.foundation.text.pipeline import analyse_text
from kbcli.support.tickets.archive import COLUMNS
from kbcli.support.tickets.index import TicketIndex

Run = Callable[..., object]
LIMIT = make_ticket(
    35436, "Webhooks answer 429 since this morning", "The limit is per key; wait for Retry-After."
)


def read_json(text: str) -> dict:
    """The data of an envelope."""
    return json.loads(text)["data"]


@pytest.fixture
def archive(isolated_environment: Path) -> Path:
    """The folder of all archives."""
    return isolated_environment / ".data" / "kb" / "archives"


def test_an_export_is_taken_in_once(tmp_path: Path, kb_root: Path, run_kb: Run, archive: Path) -> None:
    """Tickets are added, then known; the newest state wins whatever the order; a broken record is named, the rest goes on."""
    export = write_export(
        tmp_path / "e.ndjson", LIMIT, "{broken", make_ticket(2, "Export as PDF?", "Settings, Export.")
    )
    first = run_kb("tickets", "import", str(export), cwd=kb_root)
    assert (first.code, dict(line.split("\t") for line in first.out.splitlines())["added"]) == (0, "2")
    assert f"{export}:2: " in first.err.replace("\n", " ")
    assert archive.stat().st_mode & 0o777 == 0o700
    newer = write_export(
        tmp_path / "n.ndjson", {**LIMIT, "status": "open", "updated_at": "2026-03-07T00:00:00Z"}
    )
    for path, counts in ((newer, {"changed": 1}), (export, {"unchanged": 2, "broken": 1})):
        said = read_json(run_kb("tickets", "import", str(path), "--format", "json", cwd=kb_root).out)
        assert (said["counts"], said["held"]) == (counts, 2)
    shown = read_json(run_kb("tickets", "show", "35436", "--format", "json", cwd=kb_root).out)
    assert (shown["ticket"]["status"], shown["ticket"]["answer"]) == (
        "open",
        LIMIT["comments"][1]["plain_body"],
    )
    deleted = write_export(
        tmp_path / "d.ndjson", {**LIMIT, "status": "deleted", "updated_at": "2026-03-08T00:00:00Z"}
    )
    said = read_json(run_kb("tickets", "import", str(deleted), "--format", "json", cwd=kb_root).out)
    assert (said["held"], said["index_rebuilt"]) == (1, True)
    assert run_kb("tickets", "import", str(export), cwd=kb_root).code == 0
    assert run_kb("tickets", "show", "35436", cwd=kb_root).code == 3


def test_a_search_shows_earlier_tickets_below_the_cards(tmp_path: Path, kb_root: Path, run_kb: Run) -> None:
    """Cards come first, then tickets with question, answer, day and the card they were linked to; a pipe has cards alone."""
    found = ("search", "429", "--format", "json")
    assert read_json(run_kb(*found, cwd=kb_root).out)["tickets"] == []
    export = write_export(tmp_path / "e.ndjson", LIMIT, make_ticket(3, "429 \x1b[31m all day"))
    run_kb("tickets", "import", str(export), cwd=kb_root)
    run_kb("link", "zendesk:35436", "quotas", cwd=kb_root)
    (hit,) = read_json(run_kb(*found, cwd=kb_root).out)["tickets"]
    assert (hit["ticket"]["name"], hit["cards"]) == ("zendesk:35436", ["api/quotas"])
    table = run_kb("search", "webhooks 429", "--format", "table", cwd=kb_root).out
    assert table.index("earlier tickets") > table.index("api/too-many-requests")
    assert "2026-03-04 · closed · api → api/quotas" in table
    assert "zendesk" not in run_kb("search", "429", cwd=kb_root).out
    for narrowed in (("--no-tickets",), ("--since", "2026-04-01"), ("--state", "verified"), ("--lang", "de")):
        assert read_json(run_kb(*found, *narrowed, cwd=kb_root).out)["tickets"] == []
    alone = run_kb("search", "429", "--tickets", "--tag", "API", "--format", "table", cwd=kb_root)
    assert "zendesk:3\n" in alone.out
    assert "\x1b" not in alone.out
    assert run_kb("search", "tag:other", "429", "--tickets", cwd=kb_root).code == 1


def test_an_answer_tells_as_much_as_a_question(tmp_path: Path, kb_root: Path, run_kb: Run) -> None:
    """Who asks with the words of our answer finds it as well as who asks with those of the customer."""
    asked = make_ticket(1, "zebra crossing", "mint sauce", subject="x")
    answered = make_ticket(2, "mint sauce", "zebra crossing", subject="x")
    others = [make_ticket(n, "olive harvest", "slow boat", subject="x") for n in range(3, 9)]
    export = write_export(tmp_path / "e.ndjson", asked, answered, *others)
    run_kb("tickets", "import", str(export), cwd=kb_root)
    found = run_kb("tickets", "search", "zebra crossing", "--format", "json", cwd=kb_root)
    scores = {hit["ticket"]["name"]: hit["score"] for hit in read_json(found.out)["tickets"]}
    assert scores["zendesk:2"] > 0.8 * scores["zendesk:1"]


def test_more_are_looked_at_where_the_first_have_one_answer(
    tmp_path: Path, kb_root: Path, run_kb: Run
) -> None:
    """Of many tickets that got one text the best is shown, and beside it those that got another, however far behind."""
    same = [make_ticket(n, "zebra zebra crossing crossing", "Use it.") for n in range(1, 20)]
    others = [
        make_ticket(n, f"A zebra, part {n} of much else, on a crossing.", f"{n}.") for n in range(100, 104)
    ]
    export = write_export(tmp_path / "e.ndjson", *same, *others)
    run_kb("tickets", "import", str(export), cwd=kb_root)
    found = run_kb("tickets", "search", "zebra crossing", "--format", "json", cwd=kb_root)
    names = [hit["ticket"]["name"] for hit in read_json(found.out)["tickets"]]
    assert set(names[1:]) == {f"zendesk:{n}" for n in range(100, 104)}


def test_what_is_too_old_goes(tmp_path: Path, kb_root: Path, run_kb: Run, archive: Path) -> None:
    """Of a ticket that outlives `keep` only counts are left; its words are in no file, and it does not come back."""
    export = write_export(tmp_path / "e.ndjson", make_ticket(1, "Quizzaciously slow", "Wait."))
    assert run_kb("tickets", "import", str(export), cwd=kb_root).code == 0
    (kb_root / "kb.toml").write_text('[tickets]\nkeep = "6m"\n')
    late = run_kb("tickets", "import", cwd=kb_root, today=date(2026, 9, 5))
    assert "outlived\t1" in late.out
    assert not [path for path in archive.rglob("*") if path.is_file() and b"uizzaci" in path.read_bytes()]
    again = run_kb("tickets", "import", str(export), cwd=kb_root, today=date(2026, 9, 5))
    assert "expired\t1" in again.out
    status = read_json(run_kb("tickets", "status", "--format", "json", cwd=kb_root).out)
    assert (status["tickets"], status["erased"], status["retention"]["keep"]) == (0, 1, "6m")


def test_no_archive_begins_where_git_would_take_it(
    tmp_path: Path, kb_root: Path, run_kb: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder inside a git work tree is refused unless git ignores it, and nothing is written."""
    export = write_export(tmp_path / "e.ndjson", LIMIT)
    monkeypatch.setenv("KB_TICKETS", str(kb_root / "tickets"))
    refused = run_kb("tickets", "import", str(export), cwd=kb_root)
    assert (refused.code, (kb_root / "tickets").exists()) == (3, False)
    assert "git work tree" in refused.err
    (kb_root / ".gitignore").write_text("archive.sqlite*\n")
    assert run_kb("tickets", "import", str(export), cwd=kb_root).code == 3
    (kb_root / ".gitignore").write_text("tickets/\n")
    assert run_kb("tickets", "import", str(export), cwd=kb_root).code == 0
    (kb_root / "tickets" / "archive.sqlite").rename(kb_root / "moved")
    (kb_root / "tickets" / "archive.sqlite").symlink_to(kb_root / "moved")
    linked = run_kb("tickets", "import", str(export), cwd=kb_root)
    assert (linked.code, "symbolic link" in linked.err) == (3, True)


@pytest.mark.parametrize("kind", ["record", "index"])
def test_damage_is_told_and_the_index_mended(
    kind: str, tmp_path: Path, kb_root: Path, run_kb: Run, archive: Path
) -> None:
    """A flipped bit is told by `kb tickets status`; `kb search` still finds cards, and an import makes the index anew."""
    run_kb("tickets", "import", str(write_export(tmp_path / "e.ndjson", LIMIT)), cwd=kb_root)
    (path,) = archive.rglob("archive.sqlite" if kind == "record" else "*.idx")
    data = bytearray(path.read_bytes())
    data[data.index(b"Webhooks") if kind == "record" else len(data) // 3] ^= 1
    path.write_bytes(data)
    assert read_json(run_kb("tickets", "status", "--format", "json", cwd=kb_root).out)["damaged"]
    assert "\nproblem\tthe " in run_kb("tickets", "status", "--format", "plain", cwd=kb_root).out
    assert run_kb("search", "429", cwd=kb_root).code == 0
    mended = (
        read_json(run_kb("tickets", "import", "--format", "json", cwd=kb_root).out)
        if kind == "index"
        else None
    )
    assert mended is None or mended["index_rebuilt"]


def grep_files(folder: Path, *words: bytes) -> list[str]:
    """The files below a folder that hold one of the words, whatever its case, texts of the record unpacked too."""
    found = []
    for path in sorted(folder.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        if path.name == "archive.sqlite":
            data += b"".join(unpack_all(data))
        if any(word in data.lower() for word in words):
            found.append(path.name)
    return found


def unpack_all(data: bytes) -> Iterator[bytes]:
    """Whatever zlib can still unpack of some bytes, beginning anywhere."""
    for place in re.finditer(rb"\x78[\x01\x9c\xda]", data):
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(data[place.start() :])


def count_in_index(folder: Path, word: str) -> int:
    """How often the dictionary of an index has a word, which no bytes of its files show; deleted tickets count."""
    (term,) = analyse_text(word, "en")
    with closing(TicketIndex(next(folder.rglob("index-*")))) as index:
        return index.document_frequency("body", term) + index.document_frequency("answer", term)


VICTIM = make_ticket(
    7,
    "My flumadiddle broke, says Ada",
    "Turn the flumadiddle round.",
    requester_id=666,
    subject="Flumadiddle",
)


def test_forgetting_a_customer_leaves_no_byte(
    tmp_path: Path, kb_root: Path, run_kb: Run, isolated_environment: Path
) -> None:
    """What they said, and the number, is in no file afterwards; the counts stay, and no import brings it back."""
    via = {"channel": "web", "source": {"rel": "follow_up", "from": {"ticket_id": 7}}}
    follow_up = make_ticket(9, "Again", "The same.", via=via)
    export = write_export(tmp_path / "e.ndjson", LIMIT, VICTIM, follow_up)
    run_kb("tickets", "import", str(export), cwd=kb_root)
    run_kb("link", "zendesk:7", "quotas", cwd=kb_root)
    run_kb("search", "flumadiddle", cwd=kb_root)
    words = (b"lumadiddl", b"zendesk:7\x00", b'"zendesk:7"', b'"follows":"7"')
    assert "archive.sqlite" in grep_files(isolated_environment / ".data", words[-1])
    assert set(grep_files(isolated_environment, *words)) >= {"archive.sqlite"}
    assert run_kb("tickets", "forget", "--customer", "666", cwd=kb_root).code == 2
    assert count_in_index(isolated_environment / ".data", "flumadiddle") > 0
    done = run_kb("tickets", "forget", "--customer", "666", "--yes", cwd=kb_root)
    assert count_in_index(isolated_environment / ".data", "flumadiddle") == 0
    assert (done.code, done.out) == (0, "tickets\t1\ncompanies\t0\nlines\t1\n")
    assert "git's history" in done.err
    assert grep_files(isolated_environment / ".data", *words) == grep_files(kb_root / "support", *words) == []
    late = {**VICTIM, "id": 8, "created_at": "2026-12-04T09:12:55Z", "updated_at": "2026-12-05T09:12:55Z"}
    write_export(
        export,
        LIMIT,
        VICTIM,
        {**late, "subject": "New", "comments": [], "description": "A new question", "via": via},
        {**follow_up, "status": "open", "updated_at": "2026-12-05T09:12:55Z"},
    )
    again = read_json(run_kb("tickets", "import", str(export), "--format", "json", cwd=kb_root).out)
    assert again["counts"] == {"unchanged": 1, "erased": 1, "added": 1, "changed": 1}
    assert grep_files(isolated_environment / ".data", *words) == []
    status = read_json(run_kb("tickets", "status", "--format", "json", cwd=kb_root).out)
    assert (status["tickets"], status["erased"], status["damaged"]) == (3, 1, None)


def test_tickets_without_a_day_expire_by_that_of_their_import(
    tmp_path: Path, kb_root: Path, run_kb: Run
) -> None:
    """Each is kept as long as others from the import that wrote it, is then overdue, erased, and left out later."""
    export = tmp_path / "e.csv"
    rows = ["ref,question,answer", "1,How do I export?,In the settings.", "2,What is 429?,Too many requests."]
    columns = [f"--column={name}={name}" for name in rows[0].split(",")]

    def take_in(day: date, count: int) -> dict:
        export.write_text("\n".join(rows[: count + 1]) + "\n")
        asked = ("tickets", "import", str(export), *columns, "--format", "json")
        return read_json(run_kb(*asked, cwd=kb_root, today=day).out)

    days = (date(2026, 1, 10), date(2026, 6, 10), date(2028, 1, 10))
    assert [take_in(day, min(count, 2))["held"] for count, day in enumerate(days, 1)] == [1, 2, 2]
    late = date(2028, 1, 11)
    status = read_json(run_kb("tickets", "status", "--format", "json", cwd=kb_root, today=late).out)
    assert (status["overdue"], take_in(late, 2)["outlived"]) == (1, 1)
    again = take_in(late, 2)
    assert (again["counts"], again["held"]) == ({"unchanged": 1, "erased": 1}, 1)


def test_who_wrote_in_the_ticket_of_another_is_found(tmp_path: Path, kb_root: Path, run_kb: Run) -> None:
    """By address or key a customer finds what they wrote where somebody else asked; others' own tickets are not theirs."""
    users = [
        {"id": n, "role": "end-user", "email": f"{n}@example.com", "time_zone": "x", "name": f"Person {n}"}
        for n in (501, 502)
    ]
    shared = make_ticket(1, "First words", requester_id=501, collaborator_ids=[502])
    shared["comments"].append({"author_id": 502, "plain_body": "I am in copy"})
    alone = make_ticket(2, "Another matter", requester_id=501)
    export = write_export(tmp_path / "e.ndjson", shared, alone, make_ticket(3, "Mine", requester_id=502))
    run_kb("tickets", "import", str(export), str(write_export(tmp_path / "u", *users)), cwd=kb_root)
    issue = {"number": 12, "title": "Export fails", "body": "x", "state": "OPEN", "labels": [], "author": {"login": "one"},
        "url": "https://github.com/example/repo/issues/12", "createdAt": "2026-11-04T09:00:00Z",
        "comments": [{"author": {"login": "two"}, "authorAssociation": "NONE", "body": "me too"}]}  # fmt: skip
    (tmp_path / "gh.json").write_text(json.dumps([issue]))
    run_kb("tickets", "import", str(tmp_path / "gh.json"), cwd=kb_root)

    def ask(customer: str) -> list[str]:
        asked = run_kb("tickets", "export", "--customer", customer, "--format", "json", cwd=kb_root)
        return sorted(ticket["name"].partition(":")[2] for ticket in read_json(asked.out)["tickets"])

    assert (ask("502@example.com"), ask("zendesk:502")) == (["1", "3"], ["1", "3"])
    assert (ask("501"), len(ask("two"))) == (["1", "2"], 1)
    run_kb("tickets", "forget", "--customer", "502@example.com", "--yes", cwd=kb_root)
    assert (ask("502"), ask("501")) == ([], ["2"])


def test_forgetting_reaches_what_was_there_before_an_update(
    tmp_path: Path, kb_root: Path, run_kb: Run, isolated_environment: Path
) -> None:
    """What a customer wrote into a ticket and the help desk has taken out since is in no file once they are forgotten."""
    other = {"author_id": 666, "plain_body": "my flumadiddle too", "public": True}
    ticket = make_ticket(1, "A plain question", "An answer.", collaborator_ids=[666])
    before = {**ticket, "comments": [*ticket["comments"], other]}
    export = write_export(tmp_path / "a", before, make_ticket(2, "A plain matter"))
    run_kb("tickets", "import", str(export), cwd=kb_root)
    newer = {**ticket, "collaborator_ids": [], "updated_at": "2026-03-07T00:00:00Z"}
    run_kb("tickets", "import", str(write_export(tmp_path / "b", newer)), cwd=kb_root)
    assert count_in_index(isolated_environment / ".data", "flumadiddle") == 1
    done = run_kb("tickets", "forget", "--customer", "666", "--yes", cwd=kb_root)
    assert done.out.startswith("tickets\t0\n")
    assert grep_files(isolated_environment / ".data", b"lumadiddl") == []
    assert count_in_index(isolated_environment / ".data", "flumadiddle") == 0
    assert run_kb("tickets", "search", "plain question", cwd=kb_root).code == 0


QUESTIONS = (
    "id,created,updated,title,content,tags,product,topic,locale,answers,creator\n"
    "5,2026-03-04 01:00:00 +0000,2026-03-05 01:00:00 +0000,Slow,<p>It is slow</p>,,app,,en,6;7;,asker\n"
)
ANSWERS = (
    "id,question_id,created,updated,content,creator,is_spam,num_helpful,num_unhelpful\n"
    "6,5,2026-03-04 02:00:00 +0000,2026-03-04 02:00:00 +0000,<p>my flumadiddle</p>,helper,false,0,0\n"
    "7,5,2026-03-04 03:00:00 +0000,2026-03-04 03:00:00 +0000,<p>Restart it.</p>,ours,false,0,0\n"
)
GITLAB = {
    "iid": 3, "project_id": 1, "title": "Slow", "description": "It is slow", "state": "closed",
    "author": {"username": "asker"}, "created_at": "2026-03-04T01:00:00Z", "updated_at": "2026-03-05T01:00:00Z",
    "notes": [
        {"body": "my flumadiddle", "author": {"username": "helper"}, "created_at": "2026-03-04T02:00:00Z"},
        {"body": "Restart it.", "author": {"username": "ours"}, "created_at": "2026-03-04T03:00:00Z"},
    ],
}  # fmt: skip
DISCOURSE = {
    "id": 9, "title": "Slow", "created_at": "2026-03-04T01:00:00Z",
    "post_stream": {"posts": [
        {"username": "asker", "cooked": "It is slow", "post_number": 1},
        {"username": "helper", "cooked": "my flumadiddle", "post_number": 2, "accepted_answer": True},
        {"username": "ours", "cooked": "Restart it.", "post_number": 3, "staff": True},
    ]},
}  # fmt: skip


@pytest.mark.parametrize("source", ["kitsune", "gitlab", "discourse", "zendesk"])
def test_who_is_only_taken_for_one_of_ours_can_be_forgotten(
    source: str, tmp_path: Path, kb_root: Path, run_kb: Run, isolated_environment: Path
) -> None:
    """Where an export says of no writer that they are ours, each may be a customer; who is ours by name is found by no erasure."""
    folder = tmp_path / "export"
    folder.mkdir()
    if source == "kitsune":
        for name, text in (("questions.csv", QUESTIONS), ("answers.csv", ANSWERS)):
            (folder / name).write_text(text)
    elif source == "zendesk":
        ticket = make_ticket(5, "It is slow", requester_id="asker", assignee_id="ours")
        wrote = (("helper", "my flumadiddle"), ("ours", "Restart it."))
        ticket["comments"] += [{"author_id": who, "plain_body": what, "public": True} for who, what in wrote]
        write_export(folder / "e.ndjson", ticket)
    else:
        (folder / "e.json").write_text(json.dumps([GITLAB if source == "gitlab" else DISCOURSE]))
    assert run_kb("tickets", "import", str(folder), "--own", "ours", cwd=kb_root).code == 0
    for name, count in (("ours", 0), ("helper", 1)):
        done = run_kb("tickets", "forget", "--customer", name, "--yes", cwd=kb_root)
        assert done.out.startswith(f"tickets\t{count}\n"), done.err
    assert grep_files(isolated_environment / ".data", b"lumadiddl") == []


def test_what_is_forgotten_stays_out_whatever_its_day(tmp_path: Path, kb_root: Path, run_kb: Run) -> None:
    """A ticket opened after today does not come back; what only its customer's tickets had as product is blank, what many have stays."""
    many = [make_ticket(n, "Question", requester_id=n, updated_at="2026-03-04") for n in range(20, 26)]
    days = {"created_at": "2027-01-30T01:00:00Z", "updated_at": "2027-01-30T01:00:00Z"}
    late = [make_ticket(n, "Secret", requester_id=666) | days for n in range(7)]
    export = write_export(tmp_path / "e.ndjson", *many, *late)
    run_kb("tickets", "import", str(export), cwd=kb_root)
    run_kb("tickets", "forget", "--customer", "666", "--yes", cwd=kb_root)
    said = read_json(run_kb("tickets", "import", str(export), "--format", "json", cwd=kb_root).out)
    assert said["counts"] == {"unchanged": 6, "erased": 7}


def test_a_pack_gives_the_archive_to_a_colleague(
    tmp_path: Path, kb_root: Path, run_kb: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who imports a pack finds what is in it; the next one brings what is new and holds the erasures here too."""
    export = write_export(tmp_path / "e.ndjson", LIMIT, VICTIM)
    run_kb("tickets", "import", str(export), cwd=kb_root)
    assert run_kb("tickets", "pack", "pack", cwd=kb_root).code == 3
    assert run_kb("tickets", "pack", str(tmp_path / "1.kbpack"), cwd=kb_root).code == 0
    run_kb("tickets", "forget", "--ticket", "7", "--yes", cwd=kb_root)
    run_kb("tickets", "import", str(write_export(export, make_ticket(9, "Another"))), cwd=kb_root)
    assert run_kb("tickets", "pack", str(tmp_path / "2.kbpack"), cwd=kb_root).code == 0
    monkeypatch.setenv("KB_TICKETS", str(tmp_path / "colleague"))
    first = read_json(
        run_kb("tickets", "import", str(tmp_path / "1.kbpack"), "--format", "json", cwd=kb_root).out
    )
    assert (first["counts"], first["held"]) == ({"added": 2}, 2)
    assert run_kb("tickets", "search", "flumadiddle", cwd=kb_root).code == 0
    second = read_json(
        run_kb("tickets", "import", str(tmp_path / "2.kbpack"), "--format", "json", cwd=kb_root).out
    )
    assert (second["counts"], second["held"], second["index_rebuilt"]) == (
        {"unchanged": 1, "added": 1},
        2,
        True,
    )
    assert grep_files(tmp_path / "colleague", b"lumadiddl") == []
    torn = tmp_path / "torn.kbpack"
    torn.write_bytes((tmp_path / "2.kbpack").read_bytes()[:-40])
    refused = run_kb("tickets", "import", str(torn), cwd=kb_root)
    assert (refused.code, "damaged" in refused.err) == (3, True)
    lines = gzip.decompress((tmp_path / "2.kbpack").read_bytes()).splitlines()
    bomb = json.loads(lines[-1])
    bomb["ticket"][-1] = base64.b64encode(zlib.compress(bytes(60_000_000))).decode()
    torn.write_bytes(gzip.compress(b"\n".join([*lines[:2], json.dumps(bomb).encode()])))
    assert "damaged" in run_kb("tickets", "import", str(torn), cwd=kb_root).err
    asked = read_json(run_kb("tickets", "export", "--customer", "501", "--format", "json", cwd=kb_root).out)
    assert [ticket["name"] for ticket in asked["tickets"]] == ["zendesk:35436", "zendesk:9"]


HOSTILE = {
    "number": {"replies": 10**30},
    "nothing": {"status": None},
    "surrogate": {"subject": "\ud800"},
    "name": {"name": "noname"},
    "day": {"opened": "20261104"},
    "people": {"people": "eA=="},
    "article": {"articles": [1, 2]},
    "solution": {"solution": -5},
    "by": {"messages": [[["us"], "hello", True]]},
}


@pytest.mark.parametrize("kind", [*HOSTILE, "key", "erasure"])
def test_a_hostile_pack_is_refused_whole(kind: str, tmp_path: Path, kb_root: Path, run_kb: Run) -> None:
    """Of a pack with one value that no archive writes nothing is taken in, not even what stands before it."""
    path = tmp_path / "p"
    run_kb("tickets", "import", str(write_export(tmp_path / "e", LIMIT, make_ticket(2, "B"))), cwd=kb_root)
    assert run_kb("tickets", "pack", str(path), cwd=kb_root).code == 0
    header, erasures, *rest = map(json.loads, gzip.decompress(path.read_bytes()).splitlines())
    values = rest[-1]["ticket"]
    for name, value in HOSTILE.get(kind, {}).items():
        if name in COLUMNS:
            values[COLUMNS.index(name)] = value
        else:
            told = json.loads(zlib.decompress(base64.b64decode(values[-1]))) | {name: value}
            values[-1] = base64.b64encode(zlib.compress(json.dumps(told).encode())).decode()
    header["key"] = "" if kind == "key" else header["key"]
    erasures["erasures"] |= {"": "9999-12-31"} if kind == "erasure" else {}
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, (header, erasures, *rest))).encode()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KB_TICKETS", str(tmp_path / "colleague"))
        refused = run_kb("tickets", "import", str(path), cwd=kb_root)
        status = read_json(run_kb("tickets", "status", "--format", "json", cwd=kb_root).out)
    assert (refused.code, "damaged" in refused.err, status["tickets"]) == (3, True, 0)
    assert [run_kb("tickets", "pack", name, cwd=kb_root).code for name in ("", ".")] == [2, 2]


@pytest.mark.parametrize(
    "harm", ["delete from meta where name = 'key'", "update meta set value = 'abc' where name = 'index'"]
)
def test_an_archive_that_says_nothing_right_of_itself_is_damaged(
    harm: str, tmp_path: Path, kb_root: Path, run_kb: Run, archive: Path
) -> None:
    """Every command on tickets says so with the remedy; `kb search` still finds cards, and says what it left out."""
    run_kb("tickets", "import", str(write_export(tmp_path / "e.ndjson", LIMIT)), cwd=kb_root)
    (path,) = archive.rglob("archive.sqlite")
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute(harm)
    for command in ("status", "import", "search 429", "forget --ticket 1 --yes"):
        told = run_kb("tickets", *command.split(), cwd=kb_root)
        assert (told.code, "damaged" in told.err, "Move the folder away" in told.err) == (3, True, True)
    found = run_kb("search", "429", "--format", "json", cwd=kb_root)
    assert (found.code, "damaged" in found.err) == (0, True)


def test_an_answer_begins_a_card(tmp_path: Path, kb_root: Path, run_kb: Run) -> None:
    """A card from a ticket has its subject as title and our answer as text; a ticket without an answer makes none."""
    export = write_export(tmp_path / "e.ndjson", LIMIT, make_ticket(2, "Anybody there?"))
    run_kb("tickets", "import", str(export), cwd=kb_root)
    made = run_kb("new", "--ticket", "35436", "--no-edit", "--folder", "api", cwd=kb_root)
    assert (made.code, "kb link zendesk:35436" in made.err) == (0, True)
    text = (kb_root / made.out.split("\t")[1].strip()).read_text()
    assert "title: Webhooks answer 429" in text
    assert LIMIT["comments"][1]["plain_body"] in text
    assert run_kb("new", "--ticket", "2", cwd=kb_root).code == 3


def test_a_folder_that_may_only_be_read_is_searched(
    tmp_path: Path, kb_root: Path, run_kb: Run, isolated_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may only read the folder that their settings name finds what is in it, and leaves nothing there."""
    shared, settings = tmp_path / "shared", isolated_environment / ".config" / "kb" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'[tickets.archives]\n"{kb_root}" = "{shared}"\n')
    run_kb("tickets", "import", str(write_export(tmp_path / "e.ndjson", LIMIT)), cwd=kb_root)
    for path in shared.rglob(".tantivy*"):
        path.unlink()
    before = sorted(shared.rglob("*"))
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and access(path, mode))
    assert run_kb("tickets", "search", "429", cwd=kb_root).out.startswith("zendesk:35436\t")
    assert str(settings) in run_kb("tickets", "status", cwd=kb_root).out
    assert sorted(shared.rglob("*")) == before
    links = tmp_path / "links"
    links.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(links))
    next(shared.glob("index-*/meta.json")).write_text("{")
    assert run_kb("tickets", "search", "429", cwd=kb_root).code == 3
    assert list(links.iterdir()) == []


@pytest.mark.parametrize(("mode", "index", "file"), [(0o700, 0o700, 0o600), (0o755, 0o755, 0o644)])
def test_files_are_as_readable_as_their_folder(
    mode: int,
    index: int,
    file: int,
    tmp_path: Path,
    kb_root: Path,
    run_kb: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who may read the folder of an archive may read every file that a search needs, and nobody else may."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(mode)
    monkeypatch.setenv("KB_TICKETS", str(shared))
    run_kb("tickets", "import", str(write_export(tmp_path / "e.ndjson", LIMIT)), cwd=kb_root)
    modes = {path.is_dir(): set() for path in shared.rglob("*")}
    for path in shared.rglob("*"):
        modes[path.is_dir()].add(path.stat().st_mode & 0o777)
    assert modes == {True: {index}, False: {file}}


def test_files_are_of_the_group_of_their_folder(
    tmp_path: Path, kb_root: Path, run_kb: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that was given to a group of colleagues is searched by them: its files are not of their maker's own group."""
    others = {*os.getgroups(), *((4242,) if os.geteuid() == 0 else ())} - {os.getegid()}
    if not others:
        pytest.skip("this user is in one group alone")
    shared = tmp_path / "shared"
    shared.mkdir()
    os.chown(shared, -1, max(others))
    shared.chmod(0o750)
    monkeypatch.setenv("KB_TICKETS", str(shared))
    run_kb("tickets", "import", str(write_export(tmp_path / "e.ndjson", LIMIT)), cwd=kb_root)
    held = {(path.stat().st_gid, path.stat().st_mode & 0o777) for path in shared.rglob("*")}
    assert held == {(max(others), 0o750), (max(others), 0o640)}


@pytest.mark.parametrize("named", ["content", "."])
def test_settings_name_the_archive_for_all_work_trees(
    named: str, tmp_path: Path, run_kb: Run, isolated_environment: Path
) -> None:
    """Whoever names the folder of the cards, or their repository, means the one archive of all its work trees."""
    repository, moment = tmp_path / "repository", "2026-11-21T12:00:00+0000"
    make_repository(repository)
    (repository / "content").mkdir()
    (repository / "content" / "kb.toml").write_text("")
    run_git(repository, "add", "-A", moment=moment)
    run_git(repository, "commit", "-qm", "x", moment=moment)
    run_git(repository, "worktree", "add", "-q", str(tmp_path / "tree"), moment=moment)
    settings = isolated_environment / ".config" / "kb" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'[tickets.archives]\n"{repository / named}" = "{tmp_path / "shared"}"\n')
    for folder in (repository, tmp_path / "tree"):
        assert str(tmp_path / "shared") in run_kb("tickets", "status", cwd=folder / "content").err


def test_an_archive_that_cannot_be_read_says_why(
    tmp_path: Path, kb_root: Path, run_kb: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is named and missing, is not for you, or was left half-written is told with the remedy, also by `kb search`."""
    shared = tmp_path / "shared"
    monkeypatch.setenv("KB_TICKETS", str(shared))

    def ask() -> list[str]:
        return [run_kb(*words, cwd=kb_root).err for words in (("tickets", "status"), ("search", "429"))]

    assert all("there is no ticket archive" in said and "pack of a colleague" in said for said in ask())
    run_kb("tickets", "import", str(write_export(tmp_path / "e.ndjson", LIMIT)), cwd=kb_root)
    access = os.access
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: mode != os.R_OK and access(path, mode))
        assert all("you may not read" in said and "chmod 750" in said for said in ask())
    stop = "import os, sqlite3, sys; base = sqlite3.connect(sys.argv[1], isolation_level=None);"
    stop += "base.execute('pragma cache_size=1'); base.execute('begin immediate');"
    stop += "base.execute(\"insert into meta values('x', zeroblob(2000000))\"); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", stop, str(shared / "archive.sqlite")], check=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: mode != os.W_OK and access(path, mode))
        assert all("stopped half-way" in said and "kb tickets import" in said for said in ask())
    assert run_kb("tickets", "search", "429", cwd=kb_root).code == 0
