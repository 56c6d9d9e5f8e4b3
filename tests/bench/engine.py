"""The index on an engine beside the local one: quality on retrieval sets, and how often both give the same ten cards.

python -m tests.bench.engine quality SET [SET …] [--queries 300]
python -m tests.bench.engine agreement SET [SET …] --corpus FOLDER [--documents 20000] [--queries 300]
python -m tests.bench.engine load SET [SET …] --corpus FOLDER [--documents 20000] [--clients 1,16,64] [--seconds 20]

Two nodes are started for it, unless --urls says where some are. Tables are Markdown.
"""

import argparse
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from statistics import quantiles

from kbcli.foundation.opensearch.access import read_access
from kbcli.foundation.opensearch.client import Engine
from kbcli.foundation.text.pipeline import analyse_query, analyse_text
from kbcli.knowledge.evals.evaluation import Asker, average, judge_queries
from kbcli.knowledge.evals.retrieval_set import (
    RetrievalSet,
    SetText,
    ThrowawayBase,
    build_base,
    read_retrieval_set,
)
from kbcli.knowledge.index.documents import read_document, read_file
from kbcli.knowledge.index.opensearch.index import EngineIndex
from kbcli.knowledge.index.opensearch.opening import make_record_reader
from kbcli.knowledge.index.opensearch.state import State
from kbcli.knowledge.search.query import parse_query
from tests.bench import serving
from tests.bench.corpus import cut_documents, find_documents, make_base

DAY = date(2026, 11, 21)
SEED = 1
FIRST = 15
_OPEN = threading.local()


@contextmanager
def start_engine(urls: Sequence[str]) -> Iterator[Engine]:
    """An engine at some addresses, or two nodes of our own."""
    if urls:
        yield Engine(read_access(urls))
        return
    from tests.engine.cluster import HEAP, Cluster

    # Without the flags that let nodes of tests start fast and answer slowly.
    with Cluster(java=HEAP) as cluster:
        yield Engine(read_access(cluster.urls))


@contextmanager
def push_base(engine: Engine, base: ThrowawayBase) -> Iterator[tuple[EngineIndex, float]]:
    """The cards of a base on the engine, and the seconds that took; gone afterwards."""
    name = f"kb-bench-{os.getpid()}-{time.time_ns():x}"
    config = base.config
    index = EngineIndex(engine, name, State(), make_record_reader(config))
    began = time.monotonic()
    generation = index.begin("one", full=True)
    paths = sorted(path.relative_to(config.root).as_posix() for path in config.root.rglob("*.md"))
    readings = (reading for path in paths if (reading := read_file(config, path)) is not None)
    generation.put(read_document(config, reading)._replace(digest=reading.digest) for reading in readings)
    pushed = generation.finish(None)
    assert pushed is not None
    try:
        yield pushed, time.monotonic() - began
    finally:
        for index_name in (pushed.state.index_name, f"{name}-state"):
            engine.ask("DELETE", f"/{index_name}")


def sample(found: RetrievalSet, count: int) -> tuple[SetText, ...]:
    """So many of the questions, always the same."""
    queries = list(found.queries)
    Random(SEED).shuffle(queries)
    return tuple(queries[:count])


def compare_quality(engine: Engine, sets: Sequence[RetrievalSet], count: int) -> None:
    """Print nDCG@10 of both indexes on each set, and how often the ten are the same."""
    print("| set | queries | local | engine | difference | same ten |\n|---|---|---|---|---|---|")
    for found in sets:
        queries = sample(found, count)
        with build_base(found) as base, push_base(engine, base) as (index, _):
            local = judge_queries(found, queries, base, DAY)
            with engine.allow(3600):
                far = judge_queries(found, queries, base._replace(reader=index), DAY)
        one, other = (average(item.score for item in judged).ndcg for judged in (local, far))
        same = sum(a.ranked == b.ranked for a, b in zip(local, far, strict=True)) / len(queries)
        print(
            f"| {found.name} | {len(queries)} | {one:.4f} | {other:.4f} | {other - one:+.4f} | {same:.3f} |",
            flush=True,
        )


def merge_sets(sets: Sequence[RetrievalSet], corpus: Path, documents: int, count: int) -> RetrievalSet:
    """One set of all their documents, filled up with texts of a folder, and a share of the questions of each."""
    texts = [item._replace(id=f"{found.name}-{item.id}") for found in sets for item in found.documents]
    filler = cut_documents(find_documents(corpus), max(documents - len(texts), 1))
    texts += [SetText(f"filler-{n}", title, body, "en") for n, (title, body) in enumerate(filler)]
    queries = [item for found in sets for item in sample(found, -(-count // len(sets)))][:count]
    queries = [item._replace(id=f"q{n}") for n, item in enumerate(queries)]
    return replace(
        sets[0],
        name="merged",
        documents=tuple(texts[:documents]),
        queries=tuple(queries),
        grades={item.id: {} for item in queries},
    )


def compare_answers(engine: Engine, found: RetrievalSet) -> None:
    """Print how often both indexes give the same ten, and how far the engine's lie from the local ones."""
    with build_base(found) as base, push_base(engine, base) as (index, took):
        print(f"{len(found.documents)} documents pushed in {took:.0f} s")
        local, far = (Asker(base.config, reader, DAY) for reader in (base.reader, index))
        same, within = 0, 0
        with engine.allow(3600):
            for item in found.queries:
                one, other = (
                    local.find(parse_query(item.text), FIRST),
                    far.find(parse_query(item.text), FIRST),
                )
                same += one[:10] == other[:10]
                within += set(one[:10]) <= set(other)
        total = len(found.queries)
        print(f"same ten, in order: {same} of {total}; all ten among the first {FIRST}: {within} of {total}")


def measure_load(engine: Engine, found: RetrievalSet, clients: Sequence[int], seconds: float) -> None:
    """Print queries a second, latencies and processor time: `kb serve` on the local index and on the engine, and SQLite's FTS5 with kb's words.

    FTS5 is asked by threads of one process of its own. CPU is in ms a query, and that of nodes only of those started here.
    """
    print(
        "| index | clients | queries a second | p50 ms | p95 ms | answered locally | own CPU | CPU of nodes | own memory MB |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    questions = [item.text for item in found.queries]
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder, fill_fts(found) as table:
        base = Path(folder, "base")
        make_base(base, [(item.title, item.text) for item in found.documents])
        for name in ("local", "engine"):
            if name == "engine":
                push(engine, base)
            with serving.serve(base, 1, "/api/search") as process:
                # What is compiled while it runs is slow at first, and no answer is asked twice.
                serving.measure(process, questions, "/api/search", 8, seconds)
                for count in clients:
                    before = read_nodes_time()
                    asked = [f"{text} {count}" for text in questions]
                    load = serving.measure(process, asked, "/api/search", count, seconds)
                    # The server is a child of this process as the nodes are.
                    nodes = read_nodes_time() - before - load.processor
                    print_row(name, count, load, nodes, seconds)
        for count in clients:
            load = ask_table(table, found, count, seconds)
            print_row("FTS5", count, load, 0, seconds)


def push(engine: Engine, base: Path) -> None:
    """Name an engine in a base's settings and this process's environment, and push the base."""
    with (base / "kb.toml").open("a") as settings:
        settings.write(f'[engine]\nindex = "kb-bench-{os.getpid()}"\n')
    os.environ["KB_ENGINE_URLS"] = " ".join(
        f"http{'s' * node.is_secure}://{node.host}:{node.port}" for node in engine.access.nodes
    )
    command = [sys.executable, "-m", "kbcli", "--kb", str(base)]
    subprocess.run([*command, "index", "push"], check=True, stdout=sys.stderr)


def print_row(name: str, clients: int, load: serving.Load, nodes: float, seconds: float) -> None:
    """Print a row of the table."""
    cut, each = quantiles(load.times, n=20), 1e3 / len(load.times)
    cells = (
        f"{len(load.times) / seconds:.0f}", f"{cut[9] * 1e3:.0f}", f"{cut[18] * 1e3:.0f}", f"{load.fallen}",
        f"{load.processor * each:.1f}", f"{nodes * each:.1f}", f"{load.memory:.0f}",
    )  # fmt: skip
    print(f"| {name} | {clients} | {' | '.join(cells)} |", flush=True)


def ask_table(table: str, found: RetrievalSet, count: int, seconds: float) -> serving.Load:
    """Ask the table of full-text search from so many threads."""
    times: list[float] = []
    until, began = time.monotonic() + seconds, time.process_time()

    def work(place: int) -> None:
        while time.monotonic() < until:
            asked = time.monotonic()
            ask_fts(table, found.queries[place % len(found.queries)])
            times.append(time.monotonic() - asked)
            place += 7

    threads = [threading.Thread(target=work, args=(n * 13,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return serving.Load(times, 0, time.process_time() - began, memory)


def read_nodes_time() -> float:
    """Seconds of processor time that the nodes which this process started took so far."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12]) if int(fields[1]) == os.getpid() else 0
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def fill_fts(found: RetrievalSet) -> Iterator[str]:
    """A table of SQLite's full-text search with kb's words of all documents."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/fts.sqlite"
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(
                "create virtual table cards using fts5(title, body, tokenize=\"unicode61 tokenchars '.-_#/'\")"
            )
            rows = (
                [hexed(analyse_text(text, item.lang or "en")) for text in (item.title, item.text)]
                for item in found.documents
            )
            database.executemany("insert into cards values (?, ?)", rows)
        yield path


def hexed(terms: Sequence[str]) -> str:
    """Terms as FTS5 takes them for words, whatever signs they are of."""
    return " ".join(term.encode().hex() for term in terms)


def ask_fts(path: str, item: SetText) -> list[object]:
    """The first ten rows by its bm25, of any of the words."""
    if getattr(_OPEN, "path", "") != path:
        _OPEN.database, _OPEN.path = sqlite3.connect(path), path
    words = analyse_query(item.text, [item.lang or "en"])
    terms = dict.fromkeys(term.encode().hex() for word in words for term, _ in word.terms)
    query = "select rowid from cards where cards match ? order by bm25(cards, 1.5, 1.0) limit 10"
    found: list[object] = _OPEN.database.execute(query, [" OR ".join(terms)]).fetchall()
    return found


def main() -> None:
    """Read the command line and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("quality", "agreement", "load"))
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--clients", default="1,16,64")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--urls", nargs="*", default=())
    given = parser.parse_args()
    sets = [read_retrieval_set(folder) for folder in given.sets]
    with start_engine(given.urls) as engine:
        if given.what == "quality":
            compare_quality(engine, sets, given.queries)
            return
        if given.corpus is None:
            sys.exit("--corpus names the folder of Markdown that the base is filled up with")
        found = merge_sets(sets, given.corpus, given.documents, given.queries)
        if given.what == "agreement":
            compare_answers(engine, found)
        else:
            measure_load(engine, found, [int(count) for count in given.clients.split(",")], given.seconds)


if __name__ == "__main__":
    main()
