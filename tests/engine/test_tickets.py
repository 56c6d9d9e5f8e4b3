"""Tickets on a real engine: the same answers as from an archive, pushed by whoever has one, and erased to the last byte."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from kbcli.errors import KbError
from kbcli.foundation.opensearch import failures
from kbcli.foundation.opensearch.access import EngineError, read_access
from kbcli.foundation.opensearch.client import Engine
from kbcli.knowledge.index.opensearch import opening
from kbcli.support.tickets.engine import pushing
from kbcli.support.tickets.recording import begin_recording, make_record
from kbcli.support.tickets.redaction import RULES_VERSION
from kbcli.support.tickets.ticket import CLOSED, CUSTOMER, US, Message, Ticket
from tests.engine.cluster import Cluster
from tests.engine.liar import SHAPES, WIRE, lie
from tests.engine.proxy import User, guard
from tests.ticketexport import make_ticket, write_export

Run = Callable[..., Any]
SLACK = 6.0
"""Seconds that a loaded machine may take beside those that are promised."""

TICKETS = [
    make_ticket(
        1, "We get 429 since this morning, and the export stops.", "The limit is per key; see Retry-After."
    ),
    make_ticket(
        2,
        "The invoice lacks our VAT number.",
        "Add it in the billing settings.",
        tags=["billing"],
        requester_id=502,
    ),
    make_ticket(3, "Wie kündige ich den Vertrag?", "In den Einstellungen unter Vertrag.", requester_id=503),
    make_ticket(
        4, "E4711 at each login", "", tags=["Login"], requester_id=504, created_at="2026-09-01T00:00:00Z"
    ),
    make_ticket(
        5,
        "The export stops with E4711.",
        "Ask for smaller parts.",
        requester_id=505,
        via={"source": {"rel": "follow_up", "from": {"ticket_id": 2}}},
    ),
    *(
        make_ticket(
            100 + n, f"The export is slow, part {n} of it.", f"Wait {n} minutes.", requester_id=600 + n
        )
        for n in range(30)
    ),
]
QUESTIONS = (
    ("429", "limit"),
    ("export", "stops"),
    ("E4711",),
    ("E4711", "--tag", "login"),
    ("E4711", "--answered"),
    ("E4711", "--since", "2026-08-01"),
    ("Vertrag", "kündigen"),
    ("Vertrag", "--lang", "de"),
    ("billing", "settings"),
    ('"smaller parts"',),
    ("nothing", "zxqv"),
)


@pytest.fixture
def base(kb_root: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A knowledge base whose engine is the cluster."""
    with (kb_root / "kb.toml").open("a") as settings:
        settings.write('\n[engine]\nindex = "kb-test"\n')
    monkeypatch.setenv("KB_ENGINE_URLS", " ".join(cluster.urls))
    return kb_root


@pytest.fixture
def ask(base: Path, run_kb: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs kb in that base with an archive called by its name."""

    def run(archive: str, *line: str) -> Any:
        monkeypatch.setenv("KB_TICKETS", str(base.parent / archive))
        return run_kb(*line, cwd=base)

    return run


def fill(ask: Run, archive: str, tmp_path: Path, *records: object) -> None:
    """Import an export into an archive."""
    done = ask(archive, "tickets", "import", str(write_export(tmp_path / f"{archive}.ndjson", *records)))
    assert done.code == 0, done.err


def push(ask: Run, archive: str, *options: str) -> dict[str, Any]:
    """Push an archive; what was done."""
    done = ask(archive, "tickets", "push", *options, "--format", "json")
    assert done.code == 0, done.err
    return dict(json.loads(done.out)["data"])


def search(ask: Run, archive: str, *line: str) -> dict[str, Any]:
    """The data of a search for tickets."""
    return dict(json.loads(ask(archive, "tickets", "search", *line, "--format", "json").out)["data"])


def list_names(data: dict[str, Any]) -> list[str]:
    """The tickets that were found."""
    return [hit["ticket"]["name"] for hit in data["tickets"]]


def test_the_engine_answers_as_the_archive_does(
    ask: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has no archive finds the same tickets, each as it is told from the archive, under the same conditions."""
    fill(ask, "one", tmp_path, *TICKETS)
    assert push(ask, "one")["written"] == len(TICKETS)
    shown = []
    for archive, urls in (("one", ""), ("none", os.environ["KB_ENGINE_URLS"])):
        monkeypatch.setenv("KB_ENGINE_URLS", urls)
        answers = [search(ask, archive, *line, "-n", "40") for line in QUESTIONS]
        told = [{hit["ticket"]["name"]: hit["ticket"] for hit in answer["tickets"]} for answer in answers]
        first = [list_names(answer)[:1] for answer in answers]
        one = json.loads(ask(archive, "tickets", "show", "5", "--format", "json").out)["data"]["ticket"]
        beside = ask(archive, "search", "429", "limit", "--format", "json")
        shown.append((told, first, one, json.loads(beside.out)["data"]["tickets"][0]["ticket"]))
        assert all(
            answer.get("engine") == ({"used": "engine", "reason": None} if urls else None)
            for answer in answers
        )
    assert shown[0] == shown[1]
    assert sum(map(bool, shown[1][0])) == len(QUESTIONS) - 1
    assert shown[1][2]["follows"] == "2"


def test_a_push_writes_what_is_new(ask: Run, tmp_path: Path) -> None:
    """A second push writes nothing; then what came and what changed is written, and what is gone upstream deleted."""
    fill(ask, "one", tmp_path, *TICKETS)
    assert push(ask, "one")["written"] == len(TICKETS)
    assert push(ask, "one") | {"name": ""} == {
        "name": "", "tickets": len(TICKETS), "written": 0, "deleted": 0, "full": False, "unclean": None, "interrupted": False,
    }  # fmt: skip
    changed = make_ticket(2, "The invoice lacks it all.", "Sent anew.", updated_at="2026-05-01T00:00:00Z")
    gone = {**make_ticket(3, "", updated_at="2026-05-01T00:00:00Z"), "status": "deleted"}
    fill(ask, "one", tmp_path, changed, gone, make_ticket(6, "A quixotic question", "No."))
    done = push(ask, "one")
    assert (done["tickets"], done["written"], done["deleted"]) == (len(TICKETS), 2, 1)
    assert list_names(search(ask, "none", "quixotic")) == ["zendesk:6"]
    assert list_names(search(ask, "none", "invoice")) == ["zendesk:2"]
    assert not list_names(search(ask, "none", "Vertrag"))


def test_what_is_too_old_is_deleted(ask: Run, base: Path, tmp_path: Path) -> None:
    """Tickets that outlived their time go from the engine with the next push, whoever pushed them."""
    fill(ask, "one", tmp_path, *TICKETS)
    push(ask, "one")
    (base / "kb.toml").write_text((base / "kb.toml").read_text() + '\n[tickets]\nkeep = "3m"\n')
    done = push(ask, "one")
    assert (done["tickets"], done["deleted"], done["unclean"]) == (1, len(TICKETS) - 1, None)
    assert list_names(search(ask, "none", "E4711")) == ["zendesk:4"]


def test_all_is_made_anew_beside_what_answers(ask: Run, cluster: Cluster, tmp_path: Path) -> None:
    """A push into more parts answers from these, leaves no other index, and is one that other archives know nothing of."""
    fill(ask, "one", tmp_path, *TICKETS)
    push(ask, "one")
    done = push(ask, "one", "--shards", "3")
    assert (done["full"], done["written"]) == (True, len(TICKETS))
    assert list_names(search(ask, "none", "429")) == ["zendesk:1"]
    names = {index["index"]: index["pri"] for index in cluster.ask("GET", "/_cat/indices?format=json").body}
    assert {name: parts for name, parts in names.items() if "tickets" in name} == {"kb-test-tickets-2": "3"}
    assert push(ask, "one")["written"] == 0


def test_two_archives_push_to_one_name(ask: Run, base: Path, tmp_path: Path) -> None:
    """A colleague's archive, begun from a pack, adds what it has more and takes back nothing newer; another one's is refused."""
    fill(ask, "one", tmp_path, *TICKETS[:2])
    ask("one", "tickets", "pack", str(tmp_path / "a.kbpack"))
    ask("two", "tickets", "import", str(tmp_path / "a.kbpack"))
    fill(
        ask, "one", tmp_path, make_ticket(2, "A quixotic invoice", "New.", updated_at="2026-05-01T00:00:00Z")
    )
    push(ask, "one")
    fill(ask, "two", tmp_path, TICKETS[3])
    done = push(ask, "two")
    assert (done["written"], done["tickets"]) == (1, 3)
    assert list_names(search(ask, "none", "quixotic")) == ["zendesk:2"]
    fill(ask, "other", tmp_path, TICKETS[4])
    refused = ask("other", "tickets", "push")
    assert refused.code != 0
    assert "of another archive" in refused.err


def test_a_push_that_was_stopped_goes_on(ask: Run, base: Path, cluster: Cluster, tmp_path: Path) -> None:
    """Of a push that is killed the next one writes the rest only, nobody waits for the dead one's turn, and all is one segment in the end."""
    many = [make_ticket(n, f"Question {n} about quotas and limits.", f"Answer {n}.") for n in range(6000)]
    fill(ask, "one", tmp_path, *many)
    archive = base.parent / "one" / "archive.sqlite"
    line = ("tickets", "push")
    env = {**os.environ, "KB_TICKETS": str(archive.parent)}
    process = subprocess.Popen([sys.executable, "-m", "kbcli", *line], cwd=base, env=env)
    until = time.monotonic() + 60
    while not read_marks(archive) and time.monotonic() < until:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert 0 < max(row for row, *_ in read_marks(archive).values()) < 6000
    cluster.ask("POST", "/kb-test-tickets-1/_flush?force=true")
    done = push(ask, "one")
    assert 0 < done["written"] < 6000
    assert done["tickets"] == 6000
    segments = cluster.ask("GET", "/_cat/segments/kb-test-tickets-1?format=json").body
    assert [found["docs.count"] for found in segments if found["prirep"] == "p"] == ["6000"]


def test_a_node_dies_during_a_push(
    ask: Run, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The elected node dies while tickets are pushed: that ends in a sentence, those who search see none, and the next push has all."""
    fill(ask, "one", tmp_path, *TICKETS)
    for name, value in (("_BATCH", 5), ("_CHUNK", 5), ("_PATIENCE_SECONDS", 1.0), ("_CALL_SECONDS", 3.0)):
        monkeypatch.setattr(pushing, name, value)
    before, batches = pushing.Push._put, count()

    def kill_in_the_middle(self: Any, index: str, batch: Any) -> int:
        if next(batches) == 3:
            cluster.kill(cluster.elected())
        return before(self, index, batch)

    monkeypatch.setattr(pushing.Push, "_put", kill_in_the_middle)
    done = ask("one", "tickets", "push", "--shards", "2")
    assert (done.code, "push again" in done.err.lower()) == (3, True)
    assert (nothing := ask("none", "tickets", "search", "export")).code == 3, nothing
    cluster.heal()
    monkeypatch.setattr(pushing, "_CALL_SECONDS", 60.0)
    done = push(ask, "one")
    assert (done["tickets"], done["unclean"]) == (len(TICKETS), None)
    assert 0 < done["written"] < len(TICKETS)
    assert list_names(search(ask, "none", "invoice")) == ["zendesk:2"]


def test_an_index_of_which_a_part_is_lost_is_made_anew(
    ask: Run, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a push left half made has no copies: where a part of it is gone, the next push begins again."""
    fill(ask, "one", tmp_path, *TICKETS)
    with monkeypatch.context() as patch:
        patch.setattr(pushing.Push, "_finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        ask("one", "tickets", "push")
    monkeypatch.setattr(pushing, "_WAIT_SECONDS", 0.5)
    cluster.ask("POST", "/kb-test-tickets-1/_close")
    cluster.ask("DELETE", "/kb-test-tickets-1")
    done = push(ask, "one")
    assert (done["written"], done["tickets"]) == (len(TICKETS), len(TICKETS))


@pytest.mark.one_version
def test_whatever_a_server_says_of_a_push_it_ends(
    ask: Run, base: Path, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each lie of a bulk ends in one sentence or in the truth; pushed to the engine itself, every ticket is there."""
    fill(ask, "one", tmp_path, *TICKETS)
    for name, value in (("_PATIENCE_SECONDS", 0.0), ("_CALL_SECONDS", 1.0)):
        monkeypatch.setattr(pushing, name, value)
    folder = base.parent / "one"
    # Those of the wire are tried on the same client by the cards.
    for place, name in enumerate(SHAPES):
        with begin_recording(folder) as recorder, lie(name, target=cluster.urls[0], only="_bulk") as liar:
            said = (Message(CUSTOMER, f"Zebra {place} of {name}"), Message(US, f"Stripes {place}"))
            ticket = Ticket("zendesk", f"9{place}", "Zebra", date(2026, 3, 1), "2026-03-01", CLOSED, said)
            with recorder.transaction():
                recorder.put(make_record(recorder.key, ticket, RULES_VERSION, "en", ()))
            try:
                with pushing.Push(recorder, Engine(read_access([liar.url])), "kb-test") as turn:
                    turn.push(pushing.Options(), lambda *_: None)
            except (EngineError, KbError) as error:
                assert "\n" not in str(error)  # noqa: PT017  either is right
    monkeypatch.setattr(pushing, "_CALL_SECONDS", 60.0)
    assert push(ask, "one")["tickets"] == len(TICKETS) + len(SHAPES)


@pytest.mark.one_version
@pytest.mark.parametrize(("only", "lies"), [("_search", SHAPES), ("_mtermvectors", SHAPES), ("", WIRE)])
def test_whatever_a_server_says_of_a_search_it_ends(
    only: str,
    lies: Iterable[str],
    ask: Run,
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each lie is seen through, and the archive here answers, or shows no ticket that is not in it; in the time that was promised."""
    fill(ask, "one", tmp_path, *TICKETS)
    push(ask, "one")
    monkeypatch.setattr(failures, "FAILURE_SECONDS", 0.0)
    used = {}
    for name in lies:
        with lie(name, target=cluster.urls[0], only=only) as liar:
            monkeypatch.setenv("KB_ENGINE_URLS", liar.url)
            began = time.monotonic()
            found = search(ask, "one", "429", "limit")
            assert time.monotonic() - began < opening.ANSWER_SECONDS + SLACK, name
            assert set(list_names(found)) <= {"zendesk:1"}, name
            used[name] = found["engine"]["used"]
            assert used[name] == "engine" or list_names(found) == ["zendesk:1"], name
    assert used.get("silent", "local") == "local"


def test_tickets_go_over_tls_to_whom_the_authority_vouches_for(
    ask: Run, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through a door with a certificate the pusher pushes, the reader searches and may not push, and a stranger gets nothing."""
    fill(ask, "one", tmp_path, *TICKETS)
    users = {"pusher": User("write", writes=True), "reader": User("read", indexes="kb-*", monitors=False)}
    with guard(cluster.urls[0], users) as door:
        monkeypatch.setenv("KB_ENGINE_URLS", f"https://localhost:{door.server_port}")
        monkeypatch.setenv("KB_ENGINE_USER", "pusher")
        monkeypatch.setenv("KB_ENGINE_PASSWORD", "write")
        assert "certificate" in ask("one", "tickets", "push").err
        assert door.passed == []
        monkeypatch.setenv("KB_ENGINE_CA", door.ca)
        assert push(ask, "one")["tickets"] == len(TICKETS)
        monkeypatch.setenv("KB_ENGINE_USER", "reader")
        monkeypatch.setenv("KB_ENGINE_PASSWORD", "read")
        monkeypatch.setattr(failures, "FAILURE_SECONDS", 0.0)
        found = ask("none", "tickets", "search", "invoice")
        assert "zendesk:2" in found.out, (found.err, door.passed)
        assert "refuses the user" in ask("one", "tickets", "push").err
        monkeypatch.setenv("KB_ENGINE_PASSWORD", "wrong")
        assert "refuses the user" in ask("none", "tickets", "search", "invoice").err


def test_doctor_tells_how_the_tickets_there_are(ask: Run, cluster: Cluster, tmp_path: Path) -> None:
    """That none are there, how many are, and whether all can be reached."""

    def tell() -> list[tuple[str, bool]]:
        facts = json.loads(ask("one", "doctor", "--format", "json").out)["data"]["facts"]
        return [(fact["value"], bool(fact["remedy"])) for fact in facts if fact["name"] == "tickets"]

    fill(ask, "one", tmp_path, *TICKETS)
    assert tell() == [("none there", False)]
    push(ask, "one")
    assert tell() == [(f"whole: {len(TICKETS)} tickets", False)]
    cluster.ask("POST", "/kb-test-tickets-1/_close")
    assert tell()[0][1]


def read_marks(archive: Path) -> dict[str, list[int]]:
    """How far each index has an archive."""
    import sqlite3

    with sqlite3.connect(archive) as base:
        found = base.execute("select value from meta where name = 'pushed'").fetchone()
    return dict(json.loads(found[0])) if found else {}


def find_words(cluster: Cluster, word: str) -> list[str]:
    """The files of the nodes that hold a word, their logs and all."""
    found = []
    for node in cluster.nodes:
        for top, _, names in os.walk(cluster.data(node)):
            for name in names:
                path = Path(top, name)
                try:
                    data = path.read_bytes()
                except FileNotFoundError:
                    continue
                if word.encode() in data:
                    found.append(f"{node}: {path.name}")
    return found


def test_forgetting_leaves_no_byte_on_any_node(
    ask: Run, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a customer said, also in a former state of a ticket, is in no file of either node; others' tickets stay."""
    # So that words can be found in files at all: what is packed cannot be searched.
    monkeypatch.setattr("kbcli.support.tickets.engine.documents.CODEC", "default")
    said = [
        make_ticket(7, "My quixotic flumadiddle is broken.", "Oil the flumadiddle.", requester_id=777),
        make_ticket(8, "Again the flumadiddle!", "", requester_id=777),
    ]
    fill(ask, "one", tmp_path, *TICKETS, *said)
    push(ask, "one")
    # The second node has its copy a moment after the first.
    cluster.wait_green()
    fill(
        ask,
        "one",
        tmp_path,
        make_ticket(7, "It works.", "Well.", requester_id=777, updated_at="2026-05-01T00:00:00Z"),
    )
    push(ask, "one")
    until = time.monotonic() + 20
    while {place[0] for place in find_words(cluster, "flumadiddl")} != {"0", "1"}:
        assert time.monotonic() < until, "the word is not readable in the files of both nodes"
        time.sleep(0.2)
    done = ask("one", "tickets", "forget", "--customer", "777", "--yes", "--format", "json")
    told = json.loads(done.out)["data"]
    assert (told["engine"], told["unreached"]) == (2, None)
    assert "snapshots of the engine" in ask("one", "tickets", "forget", "--ticket", "9", "--yes").err
    until = time.monotonic() + 10
    while find_words(cluster, "flumadiddl") and time.monotonic() < until:
        time.sleep(0.2)
    assert not find_words(cluster, "flumadiddl")
    assert not list_names(search(ask, "none", "flumadiddle"))
    assert list_names(search(ask, "none", "429")) == ["zendesk:1"]
    assert find_words(cluster, "zendesk:1")


def test_nothing_forgotten_comes_back(ask: Run, tmp_path: Path, base: Path) -> None:
    """The older archive of a colleague brings nothing back, and loses itself what others erased."""
    fill(ask, "one", tmp_path, *TICKETS)
    ask("one", "tickets", "pack", str(tmp_path / "a.kbpack"))
    ask("two", "tickets", "import", str(tmp_path / "a.kbpack"))
    push(ask, "one")
    assert ask("one", "tickets", "forget", "--ticket", "2", "--yes").code == 0
    for options in ((), ("--full",)):
        assert push(ask, "two", *options)["tickets"] == len(TICKETS) - 1
        assert not list_names(search(ask, "none", "invoice"))
    assert "has no ticket" in ask("two", "tickets", "show", "2").err
    assert (
        json.loads(ask("none", "tickets", "show", "5", "--format", "json").out)["data"]["ticket"]["follows"]
        is None
    )


def test_an_engine_that_is_away_is_erased_later(
    ask: Run, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the engine does not answer, or a node with a copy is away, that is said, and the next push erases."""
    fill(ask, "one", tmp_path, *TICKETS)
    push(ask, "one")
    urls = os.environ["KB_ENGINE_URLS"]
    monkeypatch.setenv("KB_ENGINE_URLS", "http://127.0.0.1:9")
    done = ask("one", "tickets", "forget", "--ticket", "1", "--yes")
    assert done.code == 0
    assert "not yet erased on the engine: nothing answers" in done.err
    monkeypatch.setenv("KB_ENGINE_URLS", urls)
    assert list_names(search(ask, "none", "429")) == ["zendesk:1"]
    victim = 1 - cluster.elected()
    cluster.kill(victim)
    cluster.wait_green()
    done = push(ask, "one")
    assert done["deleted"] == 1
    assert "away" in done["unclean"]
    assert not list_names(search(ask, "none", "429"))
    cluster.restart(victim)
    assert push(ask, "one")["unclean"] is None


def test_a_part_is_said_to_be_one(
    ask: Run, base: Path, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a shard is gone for good, whoever has no archive sees the rest of the tickets and is told, who has one gets all from it, and cards come from the files; nobody hears that nothing is there."""
    fill(ask, "one", tmp_path, *TICKETS)
    push(ask, "one", "--shards", "2")
    assert ask("one", "index", "push").code == 0
    monkeypatch.setattr(opening, "ANSWER_SECONDS", 20.0)
    cards, used = list_cards(ask)
    assert (bool(cards), used) == (True, "engine")
    cluster.ask(
        "PUT",
        "/kb-test-tickets-*,kb-test-cards-*/_settings",
        {"index": {"auto_expand_replicas": "false", "number_of_replicas": 0}},
    )
    cluster.wait_green()
    holder = cluster.ask("GET", "/_cat/shards/kb-test-cards-1?format=json").body[0]["node"]
    victim = int(holder.removeprefix("node-"))
    cluster.kill(victim)
    path, until, left = "/kb-test-tickets-*/_search", time.monotonic() + 60, 1 - victim
    while (
        not cluster.ask("POST", path, {"size": 0}, node=left).body["_shards"]["failed"]
        and time.monotonic() < until
    ):
        time.sleep(0.1)
    monkeypatch.setattr(failures, "FAILURE_SECONDS", 0.0)
    monkeypatch.setenv("KB_ENGINE_URLS", cluster.urls[left])
    part = ask("none", "tickets", "search", "export", "slow", "-n", "40", "--format", "json")
    data = json.loads(part.out)["data"]
    assert 0 < len(data["tickets"]) < 32
    assert data["engine"] == {"used": "engine", "reason": "a part of the archive did not answer"}
    assert "a part of the archive did not answer" in part.err
    nothing = ask("none", "tickets", "search", "zxqv")
    assert (nothing.code, nothing.out) == (3, "")
    assert "a part of the archive did not answer" in nothing.err
    whole = search(ask, "one", "export", "slow", "-n", "40")
    assert len(whole["tickets"]) == 32
    assert whole["engine"] == {"used": "local", "reason": "a part of the archive did not answer"}
    assert list_cards(ask) == (cards, "local")


def list_cards(ask: Run) -> tuple[list[str], str]:
    """The cards that a search finds, and which index it asked."""
    data = json.loads(ask("one", "search", "429", "--format", "json").out)["data"]
    return [hit["card"]["path"] for hit in data["hits"]], data["engine"]["used"]


def test_who_waits_for_an_engine_waits_shortly(
    ask: Run, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While no node answers, the archive here does, or a sentence says why there is none, within two seconds."""
    fill(ask, "one", tmp_path, *TICKETS)
    push(ask, "one")
    for node in cluster.nodes:
        cluster.pause(node)
    for archive in ("one", "none"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / f"cache-{archive}"))
        began = time.monotonic()
        done = ask(archive, "tickets", "search", "429", "--format", "json")
        assert time.monotonic() - began < 3
        assert "the engine is not used: it did not answer in time" in done.err
    assert done.code == 3
    for node in cluster.nodes:
        cluster.resume(node)
