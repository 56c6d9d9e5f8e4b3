"""An engine that fails: nodes that die, and servers that are slow, refuse, or lie. No answer is wrong, and none hangs."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kbcli.errors import KbError
from kbcli.foundation.opensearch import failures
from kbcli.knowledge.index.opensearch import generation, opening
from kbcli.operations import load_operation
from kbcli.operations.base import Base
from kbcli.operations.live import LiveBase
from tests.conftest import TODAY
from tests.engine.cluster import Cluster
from tests.engine.liar import LIES, lie
from tests.engine.proxy import User, guard

QUERIES = ("429", "too many requests", "refund", "quota of the plan", "zzz")
SLACK = 6.0
"""Seconds that a loaded machine may take beside those that are promised."""


@pytest.fixture(autouse=True)
def pushed(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cards are on the engine; after a failure it is asked again at once."""
    monkeypatch.setattr(failures, "FAILURE_SECONDS", 0.0)
    monkeypatch.setattr(generation, "READER_SECONDS", 0.0)
    push(base)


def push(base: Path) -> Any:
    """Push the cards."""
    return load_operation("index push")(Base(base, today=lambda: TODAY))


def search(kb: Base, query: str) -> tuple[list[tuple[str, str]], str]:
    """Path and state of the hits, and which index answered."""
    found = load_operation("search")(kb, query)
    assert found.engine is not None
    return [(hit.record.path, hit.trust.state) for hit in found.result.hits], found.engine.used


def find_truth(base: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple[str, str]]]:
    """What the index of this machine answers."""
    with monkeypatch.context() as patch:
        patch.setenv("KB_ENGINE_URLS", "")
        found = {query: load_operation("search")(Base(base, today=lambda: TODAY), query) for query in QUERIES}
    return {
        query: [(h.record.path, h.trust.state) for h in answer.result.hits] for query, answer in found.items()
    }


@pytest.mark.one_version
@pytest.mark.parametrize("only", ["_search", ""])
def test_whatever_a_server_says_answers_are_right(
    only: str, base: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each lie in a search, or in every answer: the hits are those of the local index, in the time that was promised."""
    truth = find_truth(base, monkeypatch)
    used = {}
    for name in LIES:
        with lie(name, target=cluster.urls[0], only=only) as liar:
            monkeypatch.setenv("KB_ENGINE_URLS", liar.url)
            began = time.monotonic()
            hits, used[name] = search(Base(base, today=lambda: TODAY), QUERIES[1])
            assert time.monotonic() - began < opening.ANSWER_SECONDS + SLACK, name
            assert hits == truth[QUERIES[1]], name
            assert not liar.elsewhere, name
    # Most are seen through; some change nothing that counts.
    assert sum(index == "local" for index in used.values()) > len(LIES) / 2
    assert used["shards-failed"] == used["timed-out"] == used["silent"] == "local"


@pytest.mark.one_version
def test_a_push_to_a_liar_ends_in_a_sentence(
    base: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a server answers to a bulk, the push ends with an error or with what the engine then truly has."""
    monkeypatch.setattr(generation, "_CALL_SECONDS", 1.0)
    for name in LIES:
        (base / f"{name}.md").write_text(f"---\ntitle: {name}\n---\n\nText of {name}.\n")
        with lie(name, target=cluster.urls[0], only="_bulk") as liar:
            monkeypatch.setenv("KB_ENGINE_URLS", liar.url)
            commit_all(base)
            try:
                push(base)
            except KbError as error:
                assert "\n" not in error.message  # noqa: PT017  either is right
    monkeypatch.setenv("KB_ENGINE_URLS", cluster.urls[0])
    monkeypatch.setattr(generation, "_CALL_SECONDS", 60.0)
    monkeypatch.setattr(opening, "ANSWER_SECONDS", 60.0)
    push(base)
    for name in LIES[::7]:
        hits, used = search(Base(base, today=lambda: TODAY), f'"Text of {name}"')
        assert (used, hits[0][0]) == ("engine", f"{name}.md")


def commit_all(base: Path) -> None:
    """Commit the cards."""
    from datedgit import run_git

    run_git(base, "add", "-A", moment="2026-11-21T12:00:00+0000")
    run_git(base, "commit", "-q", "-m", "More", moment="2026-11-21T12:00:00+0000")


def test_nodes_die_during_a_thousand_searches(
    base: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each node is killed once, the elected one too: no answer is wrong or late, and the engine answers again afterwards."""
    truth = find_truth(base, monkeypatch)
    monkeypatch.setattr(failures, "FAILURE_SECONDS", 1.0)
    kb = LiveBase(base, today=lambda: TODAY)
    answers: list[tuple[str, float]] = []
    wrong: list[object] = []
    done = threading.Event()

    def look() -> None:
        place = 0
        while not done.is_set() or len(answers) < 1000:
            place += 1
            query = QUERIES[place % len(QUERIES)]
            began = time.monotonic()
            try:
                hits, used = search(kb, query)
                if hits != truth[query]:
                    wrong.append((query, hits, used))
                answers.append((used, time.monotonic() - began))
            except BaseException as error:  # noqa: BLE001  told below
                wrong.append(error)
                return

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for victim in (1 - cluster.elected(), cluster.elected()):
            time.sleep(1)
            cluster.kill(victim)
            time.sleep(2)
            cluster.restart(victim)
            cluster.wait_green()
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert len(answers) >= 1000
    assert max(seconds for _, seconds in answers) < opening.ANSWER_SECONDS + SLACK
    monkeypatch.setattr(opening, "ANSWER_SECONDS", 60.0)
    time.sleep(1.1)
    assert [search(Base(base, today=lambda: TODAY), query) for query in QUERIES] == [
        (truth[query], "engine") for query in QUERIES
    ]


def test_a_node_dies_during_a_push(base: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The push goes on by the other node or ends in a sentence; pushed again, the engine has every card."""
    for number in range(60):
        (base / f"card-{number}.md").write_text(f"---\ntitle: Zebra {number}\n---\n\nStripes.\n")
    commit_all(base)
    monkeypatch.setattr(generation, "_BATCH", 5)
    monkeypatch.setattr(generation, "_CALL_SECONDS", 5.0)
    before = generation.EngineGeneration._choose_missing
    batches = 0

    def kill_in_the_middle(self: Any, batch: Any) -> Any:
        nonlocal batches
        batches += 1
        if batches == 4:
            cluster.kill(cluster.elected())
        return before(self, batch)

    monkeypatch.setattr(generation.EngineGeneration, "_choose_missing", kill_in_the_middle)
    try:
        push(base)
    except KbError as error:
        assert "\n" not in error.message  # noqa: PT017  either is right
    cluster.heal()
    monkeypatch.setattr(opening, "ANSWER_SECONDS", 60.0)
    monkeypatch.setattr(generation, "_CALL_SECONDS", 60.0)
    push(base)
    found = load_operation("search")(Base(base, today=lambda: TODAY), "zebra")
    assert (found.engine.used, found.result.total) == ("engine", 60)


@pytest.mark.one_version
def test_a_clone_cannot_say_where_kb_asks(
    base: Path, run_kb: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Address, rights and certificates in kb.toml are told to be unknown, and nobody is spoken to."""
    monkeypatch.delenv("KB_ENGINE_URLS")
    with lie("") as liar:
        settings = (base / "kb.toml").read_text()
        lines = f'urls = ["{liar.url}"]\nurl = "{liar.url}"\nca = "x"\nuser = "a"\npassword = "b"\napi_key = "c"\n'
        (base / "kb.toml").write_text(settings + lines)
        for line in (("search", "429"), ("index", "push"), ("doctor",)):
            told = run_kb(*line, cwd=base)
            assert "engine.urls" in told.out + told.err
        assert liar.asked == []


@pytest.mark.one_version
def test_passwords_go_to_whom_the_authority_vouches_for(
    base: Path, cluster: Cluster, run_kb: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS is verified, a reader can search and not push, and nothing is sent where the certificate is another's."""
    monkeypatch.setattr(opening, "ANSWER_SECONDS", 60.0)
    users = {"pusher": User("write", writes=True), "reader": User("read", indexes="test-*", monitors=False)}

    def ask(user: str, password: str) -> dict[str, Any]:
        monkeypatch.setenv("KB_ENGINE_USER", user)
        monkeypatch.setenv("KB_ENGINE_PASSWORD", password)
        data = json.loads(run_kb("search", "429", "--format", "json", cwd=base).out)["data"]
        engine: dict[str, Any] = data["engine"]
        return engine

    with guard(cluster.urls[0], users) as door:
        monkeypatch.setenv("KB_ENGINE_URLS", f"https://localhost:{door.server_port}")
        assert "certificate" in ask("reader", "read")["reason"]
        assert door.passed == []
        monkeypatch.setenv("KB_ENGINE_CA", door.ca)
        assert ask("reader", "read") == {"used": "engine", "reason": None}
        # No tickets are there.
        assert {status for *_, status in door.passed} <= {200, 404}
        assert "refuses the user" in ask("reader", "wrong")["reason"]
        (base / "new.md").write_text("---\ntitle: New\n---\n\nText.\n")
        commit_all(base)
        monkeypatch.setenv("KB_ENGINE_PASSWORD", "read")
        refused = run_kb("index", "push", cwd=base)
        assert (refused.code, "refuses the user" in refused.err) == (3, True)
        assert "read" not in refused.err.replace("reader", "")
        monkeypatch.setenv("KB_ENGINE_USER", "pusher")
        monkeypatch.setenv("KB_ENGINE_PASSWORD", "write")
        assert run_kb("index", "push", cwd=base).code == 0
    for wrong in ({"names": ("elsewhere.example",)}, {"expired": True}):
        with guard(cluster.urls[0], users, **wrong) as door:
            monkeypatch.setenv("KB_ENGINE_URLS", f"https://localhost:{door.server_port}")
            monkeypatch.setenv("KB_ENGINE_CA", door.ca)
            assert "certificate" in ask("pusher", "write")["reason"]
            assert door.passed == []
    monkeypatch.setenv("KB_ENGINE_URLS", "http://search.example.com:9200")
    refused = run_kb("search", "429", cwd=base)
    assert (refused.code, "plain HTTP" in refused.err) == (3, True)


def test_doctor_tells_how_the_engine_is(
    base: Path, cluster: Cluster, run_kb: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole, in part, or not there at all: as it is now, with a remedy."""
    monkeypatch.setattr(opening, "ANSWER_SECONDS", 60.0)

    def ask() -> dict[str, tuple[str, bool]]:
        facts = json.loads(run_kb("doctor", "--format", "json", cwd=base).out)["data"]["facts"]
        return {
            fact["name"]: (fact["value"], bool(fact["remedy"]))
            for fact in facts
            if fact["section"] == "engine"
        }

    found = ask()
    assert found["used"][0].startswith("yes: ")
    assert found["state"] == ("whole: all of its cards can be reached", False)
    with lie("shards-failed", target=cluster.urls[0], only="_count") as liar:
        monkeypatch.setenv("KB_ENGINE_URLS", liar.url)
        assert ask()["state"] == ("partial: not all of its cards can be reached", True)
        liar.lies = "hang-up"
        assert ask()["state"] == ("down: it does not count its cards", True)
    # Of another address, as connections to this one are kept.
    with lie("hang-up", target=cluster.urls[0]) as gone:
        monkeypatch.setenv("KB_ENGINE_URLS", gone.url)
    assert ask()["used"] == ("no: nothing answers at its address", True)
    monkeypatch.setattr(failures, "FAILURE_SECONDS", 30.0)
    monkeypatch.setattr(opening, "ANSWER_SECONDS", 1.0)
    assert ask()["nodes"] == ("1 of 1 did not answer within the last half minute", True)
