"""Real nodes of OpenSearch and Elasticsearch on this machine, from the artifacts that both publish for Maven.

    engine = find_engine("2.19.6")              # raises NoEngineError, which says why there is none
    with Cluster(engine, nodes=2) as cluster:   # green when it is entered
        cluster.ask("PUT", "/cards", {"settings": {"number_of_replicas": 1}})
        cluster.kill(cluster.elected())

`python -m tests.engine.cluster [VERSION] [NODES]` starts one to try things on, until Ctrl-C.
"""

import contextlib
import hashlib
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

HERE = Path(__file__).parent
# What the node itself takes is the heap and about 150 MB; compiled by C1 alone it is up in half the time.
HEAP = ("-Xms512m", "-Xmx512m")
QUICK = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


class Release(NamedTuple):
    """A version of a server: the oldest Java that runs it, the log library of its own, what its jars hash to, and whose it is."""

    java: int
    log4j: str
    digest: str
    product: str = "opensearch"

    @property
    def manager(self) -> str:
        """What it calls the elected node."""
        return "master" if self.product == "elasticsearch" else "cluster_manager"


RELEASES = {
    "2.19.6": Release(17, "2.25.4", "fd9fe8aa96a3b1121d2bed3131bd81da2c016b25958877d1449bfa94723b70f2"),
    "3.9.0": Release(21, "2.25.5", "0a8478dd3e43ce8139f2001b2f2485cd697c796410504ac3617217ba02106313"),
    "7.17.28": Release(
        17, "2.17.1", "4725475a3b04d6ca8468eea3a8dde24fbfd51a43548049497b8493c910c83dd2", "elasticsearch"
    ),
}
VERSIONS = tuple(RELEASES)
# Where class paths are kept; known before a test has a home of its own.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kb-tests"


class Engine(NamedTuple):
    """What starts a node: the Java machine, the class path, and what the machine keeps of the classes once read."""

    version: str
    java: str
    classpath: str
    archive: Path


class NoEngineError(Exception):
    """There is no engine on this machine; the message says why."""


class EngineError(Exception):
    """A node did not start, or did not do its part in time; the message ends with its log."""


def find_engine(version: str = VERSIONS[0]) -> Engine:
    """The engine, made once by Maven and javac, then from a cache folder; raises NoEngineError."""
    from filelock import FileLock

    home = find_java(RELEASES[version].java)
    sources = (HERE / "pom.xml", HERE / "EngineNode.java", Path(home, "release"))
    made_of = hashlib.sha256(repr(RELEASES[version]).encode())
    for source in sources:
        made_of.update(source.read_bytes())
    folder = CACHE / f"engine-{version}-{made_of.hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    listed = folder / "classpath"
    with FileLock(f"{folder}.lock"):
        paths = listed.read_text() if listed.exists() else ""
        if not paths or not all(map(os.path.exists, paths.split(os.pathsep))):
            jars = _resolve_jars(version, home)
            paths = os.pathsep.join((_compile_node(RELEASES[version].product, jars, home, folder), jars))
            _archive_classes(Engine(version, f"{home}/bin/java", paths, folder / "classes.jsa"))
            listed.write_text(paths)
    return Engine(version, f"{home}/bin/java", paths, folder / "classes.jsa")


def find_java(oldest: int) -> str:
    """The home of the oldest development kit that will do, $JAVA_HOME first; raises NoEngineError."""
    named, found = os.environ.get("JAVA_HOME", ""), shutil.which("javac")
    homes = [
        named,
        str(Path(found).resolve().parent.parent) if found else "",
        *Path("/usr/lib/jvm").glob("*"),
    ]
    versions: dict[str, int] = {}
    for home in map(str, filter(None, homes)):
        with contextlib.suppress(OSError):
            match = re.search(r'^JAVA_VERSION="(\d+)', Path(home, "release").read_text(), re.MULTILINE)
            if match and int(match[1]) >= oldest and os.access(f"{home}/bin/javac", os.X_OK):
                versions[home] = int(match[1])
    if not versions:
        raise NoEngineError(f"no Java development kit of version {oldest} or newer here")
    return named if named in versions else min(versions, key=lambda home: versions[home])


def _resolve_jars(version: str, home: str) -> str:
    """The jars as a class path, checked by Maven against the checksums of its repository, then against our own."""
    release = RELEASES[version]
    if not shutil.which("mvn"):
        raise NoEngineError("no Maven here")
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "classpath")
        goal = ["dependency:build-classpath", f"-Dmdep.outputFile={listed}"]
        pinned = [f"-Dproduct={release.product}", f"-Dengine={version}", f"-Dlog4j={release.log4j}"]
        # -C: a checksum that differs, or is not there, is an error.
        _run(["mvn", "-B", "-C", "-q", "-ntp", "-f", str(HERE / "pom.xml"), *goal, *pinned], home)
        jars = listed.read_text().strip()
    digest = hash_jars(jars.split(os.pathsep))
    if digest != release.digest:
        raise EngineError(
            f"the jars of {version} hash to {digest}, and not to {release.digest} as they should"
        )
    return jars


def _compile_node(product: str, jars: str, home: str, folder: Path) -> str:
    """The jar of our own class; classes in folders cannot be archived."""
    source = (HERE / "EngineNode.java").read_text()
    if product == "elasticsearch":
        # What OpenSearch began with, under the names it had; this one has moved since.
        source = source.replace("org.opensearch.index.reindex", "org.elasticsearch.reindex")
        source = source.replace("org.opensearch", "org.elasticsearch")
    with tempfile.TemporaryDirectory() as made:
        Path(made, "EngineNode.java").write_text(source)
        _run([f"{home}/bin/javac", "-cp", jars, "-d", made, f"{made}/EngineNode.java"], home)
        with zipfile.ZipFile(folder / "node.jar", "w") as jar:
            jar.write(Path(made, "EngineNode.class"), "EngineNode.class")
    return str(folder / "node.jar")


def _archive_classes(engine: Engine) -> None:
    """Let a node read its classes once for all: one that finds them in the archive starts in half the time."""
    engine.archive.unlink(missing_ok=True)
    with Cluster(
        engine, nodes=1, java=(*HEAP, *QUICK, f"-XX:ArchiveClassesAtExit={engine.archive}")
    ) as cluster:
        cluster.ask("POST", "/_bulk?refresh=true", [{"index": {"_index": "any"}}, {"title": "A card"}])
        cluster.ask("POST", "/any/_search", {"query": {"match": {"title": "card"}}})
        cluster.end(0)


def hash_jars(jars: Iterable[str]) -> str:
    """One hash of all jars, whatever folder they are in."""
    lines = (
        f"{os.path.basename(jar)} {hashlib.sha256(Path(jar).read_bytes()).hexdigest()}\n" for jar in jars
    )
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def _run(command: list[str], home: str) -> None:
    env = {**os.environ, "JAVA_HOME": home}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        said = next(
            (line for line in done.stdout.splitlines() if "[ERROR]" in line), done.stderr or done.stdout
        )
        raise NoEngineError(f"{os.path.basename(command[0])} failed: {said.strip()[:400]}")


class Answer(NamedTuple):
    """What a node answered: the status of HTTP, and the JSON."""

    status: int
    body: Any


class Cluster:
    """Nodes that know each other, on 127.0.0.1, known by their numbers 0, 1, …; data and logs in a temporary folder.

    `settings` are of the server (`{"cluster.fault_detection.follower_check.timeout": "1s"}`), `java` flags
    of the machine, `took` the seconds until it was green. The nodes die with the process that made them,
    however it dies.
    """

    def __init__(
        self,
        engine: Engine | None = None,
        nodes: int = 2,
        settings: Mapping[str, str] | None = None,
        java: tuple[str, ...] = (*HEAP, *QUICK),
        within: float = 120,
    ) -> None:
        began = time.monotonic()
        self.engine = engine or find_engine()
        self.folder = Path(tempfile.mkdtemp(prefix="kb-engine-"))
        self._ports = list(_choose_ports(2 * nodes))
        self._settings, self._java = settings or {}, java
        self._release = RELEASES[self.engine.version]
        self._processes: list[subprocess.Popen[bytes] | None] = [None] * nodes
        try:
            for node in range(nodes):
                self._start(node)
            self.wait_green(within=within)
        except BaseException:
            self.close()
            raise
        self.took = time.monotonic() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def nodes(self) -> range:
        """The numbers of all nodes, dead ones too."""
        return range(len(self._processes))

    @property
    def urls(self) -> list[str]:
        """Where each node answers; the same after a restart."""
        return [f"http://127.0.0.1:{self._ports[node]}" for node in self.nodes]

    def pid(self, node: int) -> int:
        """The process of a node that runs."""
        process = self._processes[node]
        assert process is not None, f"node {node} is dead"
        return process.pid

    def data(self, node: int) -> Path:
        """The folder of all that a node keeps."""
        return self.folder / f"node-{node}" / "data"

    def read_log(self, node: int, lines: int = 40) -> str:
        """The end of what a node said."""
        with contextlib.suppress(FileNotFoundError):
            return "\n".join(
                (self.folder / f"node-{node}.log").read_text(errors="replace").splitlines()[-lines:]
            )
        return ""

    def measure_memory(self, node: int) -> int:
        """The bytes of a node's process that lie in memory."""
        status = Path(f"/proc/{self.pid(node)}/status").read_text()
        return 1024 * int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)[1])  # type: ignore[index]

    def ask(
        self, method: str, path: str, body: object = None, *, node: int = 0, timeout: float = 30
    ) -> Answer:
        """Ask a node; `body` goes out as JSON, a list as lines of JSON. Raises OSError, HTTPException."""
        connection = http.client.HTTPConnection("127.0.0.1", self._ports[node], timeout=timeout)
        text, kind = None, "application/json"
        if isinstance(body, list):
            text, kind = "".join(json.dumps(line) + "\n" for line in body), "application/x-ndjson"
        elif body is not None:
            text = json.dumps(body)
        with contextlib.closing(connection):
            connection.request(
                method, path, text and text.encode(), {"Content-Type": kind} if text is not None else {}
            )
            answer = connection.getresponse()
            said = answer.read()
        return Answer(answer.status, json.loads(said) if said.strip() else None)

    def elected(self) -> int:
        """The number of the cluster manager, asked of any node that answers."""
        for node in self.nodes:
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer = self.ask("GET", f"/_cat/{self._release.manager}?format=json", node=node, timeout=5)
                if answer.status == 200:
                    return int(answer.body[0]["node"].removeprefix("node-"))
        raise EngineError("no node knows a cluster manager")

    def kill(self, node: int) -> None:
        """End a node with SIGKILL, in the middle of whatever it does."""
        if (process := self._processes[node]) is not None:
            self._processes[node] = None
            process.kill()
            process.wait()
            assert process.stdin is not None
            process.stdin.close()

    def end(self, node: int) -> None:
        """Let a node end by itself."""
        process = self._processes[node]
        assert process is not None
        process.communicate()
        self._processes[node] = None

    def restart(self, node: int, within: float = 120) -> None:
        """Start a node that was killed, on its data and ports, and wait until all who run are one green cluster."""
        self.kill(node)
        self._start(node)
        self.wait_green(within=within)

    def pause(self, node: int) -> None:
        """Stop a node's process: it accepts connections, and does not answer."""
        os.kill(self.pid(node), signal.SIGSTOP)
        # Until the last of its threads stands still.
        os.waitid(os.P_PID, self.pid(node), os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self, node: int) -> None:
        """Let a stopped node go on."""
        os.kill(self.pid(node), signal.SIGCONT)

    def heal(self, within: float = 120) -> None:
        """Resume and restart what was paused and killed, and wait until the cluster is whole and green."""
        for node in self.nodes:
            process = self._processes[node]
            if process is None or process.poll() is not None:
                self.kill(node)
                self._start(node)
            else:
                self.resume(node)
        self.wait_green(within=within)

    def clear(self) -> None:
        """Delete every index, with its aliases."""
        for index in self.ask("GET", "/_cat/indices?format=json&expand_wildcards=all").body:
            self.ask("DELETE", f"/{index['index']}")

    def wait_green(self, within: float = 120) -> None:
        """Wait until each node that runs sees all that run, and every shard is where it should be."""
        running = [node for node in self.nodes if self._processes[node] is not None]
        end = time.monotonic() + within
        query = f"/_cluster/health?wait_for_status=green&wait_for_nodes={len(running)}&timeout=1s"
        for node in running:
            while not self._sees_whole(node, query):
                self._check_alive(running)
                if time.monotonic() > end:
                    raise EngineError(f"not green within {within:g} s; node {node}:\n{self.read_log(node)}")
                time.sleep(0.1)

    def close(self) -> None:
        """Kill all nodes and remove the folder."""
        for node in self.nodes:
            self.kill(node)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, node: int) -> None:
        names = [f"node-{number}" for number in self.nodes]
        own = self.folder / names[node]
        settings = {
            "cluster.name": self.folder.name,
            "node.name": names[node],
            "path.home": own,
            "path.repo": self.folder / "snapshots",
            "network.host": "127.0.0.1",
            "http.port": self._ports[node],
            "transport.port": self._ports[len(self.nodes) + node],
            "discovery.seed_hosts": ",".join(f"127.0.0.1:{port}" for port in self._ports[len(self.nodes) :]),
            f"cluster.initial_{self._release.manager}_nodes": ",".join(names),
            # The disk of who runs the tests may be as full as it likes.
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            "logger.level": "INFO",
            **self._settings,
        }
        own.mkdir(exist_ok=True)
        archive = [f"-XX:SharedArchiveFile={self.engine.archive}"] if self.engine.archive.exists() else []
        command = [self.engine.java, *archive, *self._java, "-cp", self.engine.classpath, "EngineNode"]
        command += [f"{name}={value}" for name, value in settings.items()]
        with (self.folder / f"{names[node]}.log").open("ab") as log:
            # The pipe ends with this process, and so does the node. In a group of its own a stopped node is told
            # by the system, and no Ctrl-C reaches it before the test that was interrupted.
            self._processes[node] = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, cwd=own, process_group=0
            )

    def _sees_whole(self, node: int, query: str) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException, json.JSONDecodeError):
            answer = self.ask("GET", query, node=node, timeout=5)
            return answer.status == 200 and not answer.body["timed_out"]
        return False

    def _check_alive(self, nodes: Iterable[int]) -> None:
        for node in nodes:
            process = self._processes[node]
            if process is not None and process.poll() is not None:
                raise EngineError(
                    f"node {node} ended with status {process.returncode}:\n{self.read_log(node)}"
                )


def _choose_ports(count: int) -> Iterator[int]:
    """Free ports below those that the system gives to whoever asks for any, so that they stay free for a restart."""
    chosen: set[int] = set()
    while len(chosen) < count:
        port = random.randrange(15_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            if port not in chosen:
                chosen.add(port)
                yield port


def main() -> None:
    """Start a cluster, print where it is, and keep it until Ctrl-C."""
    version, nodes = (*sys.argv[1:3], *(VERSIONS[0], "2")[len(sys.argv) - 1 :])
    with Cluster(find_engine(version), int(nodes)) as cluster:
        print(f"{version} green in {cluster.took:.1f} s, in {cluster.folder}")  # noqa: T201
        for node in cluster.nodes:
            print(f"{cluster.urls[node]} {cluster.measure_memory(node) >> 20} MB")  # noqa: T201
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
