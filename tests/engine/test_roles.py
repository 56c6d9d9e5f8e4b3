"""The roles of the manual: what a security plugin would have to allow is what servers say that they did for kb."""

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from kbcli.knowledge.index.opensearch import generation, opening
from kbcli.support.tickets.engine import pushing
from tests.engine.cluster import Cluster
from tests.engine.proxy import User, guard
from tests.engine.test_tickets import TICKETS, ask, base, fill, list_cards, push as push_tickets

__all__ = ["ask", "base"]

Run = Callable[..., Any]
MANUAL = Path(__file__).parents[2] / "content" / "manual" / "engine.md"
NAME = "kb-handbook"
# What OpenSearch's security plugin counts among the rights on the cluster, whatever index is named.
OF_CLUSTER = re.compile(
    r"cluster:.*|indices:(admin/(index_)?template/.*|data/(read/(scroll.*|mget|msearch|mtv)|write/(bulk|reindex)))"
)
ACTION = re.compile(r"\[transport\] \[((?:cluster|indices):[^\s\[\]]*(?:\[\w\])*)\]")


def read_roles(name: str) -> Any:
    """The roles that the manual gives, for a base that is called so on the engine."""
    text = re.search(r"```yaml\n(.*?)```", MANUAL.read_text(), re.DOTALL)
    assert text is not None
    return yaml.safe_load(text[1].replace(NAME, name))


def list_refused(role: Any, actions: set[str]) -> set[str]:
    """The actions that a role does not allow on its indexes."""
    of_indexes = [one for part in role["index_permissions"] for one in part["allowed_actions"]]
    return {
        action
        for action in actions
        if not any(
            fnmatchcase(action, pattern)
            for pattern in (role["cluster_permissions"] if OF_CLUSTER.fullmatch(action) else of_indexes)
        )
    }


def list_patterns(role: Any) -> list[str]:
    """The indexes of a role."""
    return [one for part in role["index_permissions"] for one in part["index_patterns"]]


@pytest.fixture
def watch(cluster: Cluster) -> Iterator[Callable[[], set[str]]]:
    """What the nodes did since it was asked last, by their own names of it."""
    level = {"transient": {"logger.org.opensearch.tasks": "TRACE", "logger.org.elasticsearch.tasks": "TRACE"}}
    cluster.ask("PUT", "/_cluster/settings", level)
    read: dict[int, int] = {}

    def look() -> set[str]:
        found: set[str] = set()
        for node in cluster.nodes:
            text = (cluster.folder / f"node-{node}.log").read_text(errors="replace")
            found |= set(ACTION.findall(text, read.get(node, 0)))
            read[node] = len(text)
        # What nodes do by themselves.
        return {action for action in found if not action.startswith("indices:admin/seq_no/")}

    look()
    yield look
    cluster.ask("PUT", "/_cluster/settings", {"transient": dict.fromkeys(level["transient"])})


def test_the_manual_s_roles_are_enough(
    ask: Run,
    base: Path,
    cluster: Cluster,
    watch: Callable[[], set[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever pushes, erases, and rebuilds needs no more than the one role gives, whoever searches no more than the other, which cannot write."""
    monkeypatch.setattr(opening, "ANSWER_SECONDS", 60.0)
    monkeypatch.setattr(generation, "READER_SECONDS", 0.0)
    monkeypatch.setattr(pushing, "READER_SECONDS", 0.0)
    roles = read_roles("kb-test")
    fill(ask, "one", tmp_path, *TICKETS)
    for line in ((), ("--full",)):
        assert ask("one", "index", "push", *line).code == 0
        push_tickets(ask, "one", *line)
    assert ask("one", "tickets", "forget", "--ticket", "2", "--yes").code == 0
    pushed = watch()
    assert {"indices:data/write/bulk", "indices:admin/delete"} <= pushed
    assert not list_refused(roles["kb-pusher"], pushed)
    indexes = [row["index"] for row in cluster.ask("GET", "/_cat/indices?format=json").body]
    for role in roles.values():
        assert all(any(fnmatchcase(index, one) for one in list_patterns(role)) for index in indexes)
        # No base reads another whose name only begins like its own.
        assert not any(fnmatchcase("kb-test-internal-cards-1", one) for one in list_patterns(role))
    watch()
    assert list_cards(ask)[1] == "engine"
    for line in (
        ("search", "429", "refund"),
        ("tickets", "search", "export"),
        ("tickets", "show", "5"),
        ("doctor",),
    ):
        assert ask("none", *line).code == 0
    searched = watch()
    assert {"indices:data/read/search", "indices:data/read/mtv"} <= searched
    assert not list_refused(roles["kb-reader"], searched)
    assert list_refused(roles["kb-reader"], pushed)


def test_a_public_reader_sees_nothing_internal(
    ask: Run, base: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two bases on one cluster, each pushed under a name of its own, the reader of one gets its cards and is refused those of the other."""
    monkeypatch.setattr(opening, "ANSWER_SECONDS", 60.0)
    settings = (base / "kb.toml").read_text()
    patterns = ",".join(list_patterns(read_roles("kb-test")["kb-reader"]))
    users = {"pusher": User("write", writes=True), "public": User("read", indexes=patterns, monitors=False)}
    with guard(cluster.urls[0], users) as door:
        monkeypatch.setenv("KB_ENGINE_URLS", f"https://localhost:{door.server_port}")
        monkeypatch.setenv("KB_ENGINE_CA", door.ca)
        used = []
        for name in ("kb-test", "kb-test-internal"):
            (base / "kb.toml").write_text(settings.replace("kb-test", name))
            monkeypatch.setenv("KB_ENGINE_USER", "pusher")
            monkeypatch.setenv("KB_ENGINE_PASSWORD", "write")
            assert ask("none", "index", "push").code == 0
            monkeypatch.setenv("KB_ENGINE_USER", "public")
            monkeypatch.setenv("KB_ENGINE_PASSWORD", "read")
            used.append(list_cards(ask)[1])
    assert used == ["engine", "local"]
    assert {path for user, _, path, status in door.passed if user == "public" and status == 403} >= {
        "/kb-test-internal-state/_doc/cards"
    }
