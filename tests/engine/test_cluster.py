"""What tests with a real engine rely on: nodes that can be killed, and what the server then answers."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.engine.cluster import CACHE, Answer, Cluster

ALL = {"query": {"match_all": {}}, "track_total_hits": True}


def fill(cluster: Cluster, *, shards: int, replicas: int, documents: int = 40) -> None:
    """An index `cards`, its documents refreshed and all of its copies in place."""
    settings = {"number_of_shards": shards, "number_of_replicas": replicas}
    assert cluster.ask("PUT", "/cards", {"settings": settings}).status == 200
    lines = [line for n in range(documents) for line in ({"index": {"_id": str(n)}}, {"title": f"card {n}"})]
    answer = cluster.ask("POST", "/cards/_bulk?refresh=true", lines)
    assert not answer.body["errors"]
    cluster.wait_green()


def search(cluster: Cluster, node: int, within: float = 20) -> Answer:
    """The first answer that is no error; the moment after a kill has some."""
    end = time.monotonic() + within
    while (answer := cluster.ask("POST", "/cards/_search", ALL, node=node)).status != 200:
        assert time.monotonic() < end, answer
    return answer


def test_two_nodes_are_green_within_a_minute(cluster: Cluster) -> None:
    """From nothing to a whole cluster of the version asked for, on loopback only, takes less than a minute."""
    assert cluster.took < 60
    health = cluster.ask("GET", "/_cluster/health").body
    assert (health["status"], health["number_of_nodes"]) == ("green", 2)
    for node in cluster.nodes:
        assert cluster.ask("GET", "/", node=node).body["version"]["number"] == cluster.engine.version
    nodes = cluster.ask("GET", "/_nodes/http,transport").body["nodes"].values()
    bound = [
        address for node in nodes for kind in ("http", "transport") for address in node[kind]["bound_address"]
    ]
    assert {address.rpartition(":")[0] for address in bound} == {"127.0.0.1"}


def test_a_replica_survives_any_node(cluster: Cluster) -> None:
    """With a replica every document is still answered after a node is killed, the elected one too."""
    fill(cluster, shards=1, replicas=1)
    for victim in (1 - cluster.elected(), cluster.elected()):
        cluster.kill(victim)
        answer = search(cluster, 1 - victim)
        assert answer.body["hits"]["total"]["value"] == 40
        assert answer.body["_shards"]["successful"] == answer.body["_shards"]["total"]
        cluster.restart(victim)
        assert search(cluster, victim).body["hits"]["total"]["value"] == 40


def test_without_a_replica_answers_are_partial(cluster: Cluster) -> None:
    """Without a replica half of the documents is answered with status 200, and only `_shards` says so."""
    fill(cluster, shards=2, replicas=0)
    victim = 1 - cluster.elected()
    cluster.kill(victim)
    end = time.monotonic() + 20
    while (answer := search(cluster, 1 - victim)).body["_shards"]["failed"] != 1 and time.monotonic() < end:
        time.sleep(0.1)
    assert answer.status == 200
    assert answer.body["_shards"]["successful"] == 1
    assert 0 < answer.body["hits"]["total"]["value"] < 40


def test_a_paused_node_is_silent_and_comes_back(cluster: Cluster) -> None:
    """A stopped node takes the connection and says nothing, and answers once it goes on."""
    cluster.pause(1)
    try:
        cluster.ask("GET", "/", node=1, timeout=0.5)
    except TimeoutError:
        silent = True
    else:
        silent = False
    cluster.resume(1)
    assert silent
    assert cluster.ask("GET", "/", node=1).status == 200


def test_nodes_die_with_the_process_that_started_them(cluster: Cluster) -> None:
    """Where the tests are killed outright no node stays, not even one that is paused."""
    program = (
        "import signal, sys; from tests.engine.cluster import *\n"
        "c = Cluster(find_engine(sys.argv[1]), nodes=1); c.pause(0); print(c.folder, c.pid(0), flush=True)\n"
        "signal.pause()"
    )
    command = [sys.executable, "-c", program, cluster.engine.version]
    # In the test's own home the engine would be made anew.
    env = {**os.environ, "XDG_CACHE_HOME": str(CACHE.parent)}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        folder, pid = parent.stdout.readline().split()
        parent.send_signal(signal.SIGKILL)
    end = time.monotonic() + 20
    while read_state(pid) not in ("", "Z"):
        assert time.monotonic() < end
        time.sleep(0.1)
    shutil.rmtree(folder)


def read_state(pid: str) -> str:
    """The letter of a process's state, "" where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
